"""Two claims -> whether they agree, contradict each other, or neither.

Inference between claims of the news in both directions, by the stance model (each claim's words as text, the other's as
proposition), weighed together with how similar they are: `training/train_relations.py` fits the weights to pairs of
news claims that were read and labelled.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.language import weights
from pipeline.language.stance_model import Question, StanceJudge
from pipeline.language.token_model import Floats
from pipeline.records import RelationName

RELATIONS = ("agree", "contradict", "other")
FEATURES = 7

_WORD = re.compile(r"[\w’']+")
_NEGATION = re.compile(
    r"\b(?:not?|never|none|nobody|nothing|neither|nor|without|false|untrue|\w+n['’]t)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two claims to be compared. `similarity`: cosine of their vectors."""

    one: str
    other: str
    similarity: float


def features(pair: Comparison, forth: Floats, back: Floats) -> Floats:
    """(FEATURES,) of one pair, the same in either order. `forth`, `back`: (3,) probabilities by STANCES."""
    mean = np.clip((forth + back) / 2, 1e-3, 1 - 1e-3)
    return np.concatenate([np.log(mean / (1 - mean)), _surface(pair), [1.0]]).astype(np.float32)


def _surface(pair: Comparison) -> list[float]:
    """What the words show: how near they are, how many are shared, a negation in one of both."""
    one, other = ({word.casefold() for word in _WORD.findall(text)} for text in (pair.one, pair.other))
    return [
        pair.similarity,
        len(one & other) / max(1, min(len(one), len(other))),
        float(bool(_NEGATION.search(pair.one)) != bool(_NEGATION.search(pair.other))),
    ]


def decided(scores: Floats, *, agree: float, contradict: float) -> RelationName | None:
    """What a pair's (3,) probabilities come to, from these on; None where it is neither."""
    likely: list[tuple[float, RelationName]] = [(float(scores[1]), "contradict"), (float(scores[0]), "agree")]
    score, label = max(likely)
    return label if score >= (agree if label == "agree" else contradict) else None


class PairJudge(Protocol):
    """Whatever compares claims."""

    def __call__(self, comparisons: Sequence[Comparison]) -> Floats:
        """(comparisons, 3) probabilities, in the order of RELATIONS."""
        ...


class RelationJudge:
    """`stance`: judges both directions. `matrix`: (FEATURES, 3), from features to the logits of RELATIONS."""

    def __init__(self, stance: StanceJudge, matrix: npt.NDArray[np.float32]) -> None:
        self._stance = stance
        self._matrix = matrix

    @classmethod
    def load(cls, stance: StanceJudge) -> "RelationJudge":
        """Raises ModelNotFound, WeightsCorrupt."""
        return cls(stance, np.load(weights.path("relations"), allow_pickle=False))

    def __call__(self, comparisons: Sequence[Comparison]) -> Floats:
        """(comparisons, 3) probabilities, in the order of RELATIONS.

        Each pair is a batch of its own, so that its score does not depend on what is asked beside it.
        """
        return np.array([self._one(each) for each in comparisons], np.float32).reshape(-1, len(RELATIONS))

    def _one(self, pair: Comparison) -> Floats:
        forth, back = self._stance([Question(pair.one, pair.other), Question(pair.other, pair.one)])
        logits = features(pair, forth, back) @ self._matrix
        odds = np.exp(logits - logits.max())
        scores: Floats = odds / odds.sum()
        return scores
