"""Two claims -> whether they agree, contradict each other, or neither.

Inference between claims of the news in both directions, by the stance model (each claim's words as text, the other's as
proposition), weighed together with how similar they are: `training/train_relations.py` fits the weights to pairs of
news claims that were read and labelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.language import weights
from pipeline.language.stance_model import Question, StanceJudge
from pipeline.language.token_model import Floats

RELATIONS = ("agree", "contradict", "other")
FEATURES = 9


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two claims to be compared. `similarity`: cosine of their vectors."""

    one: str
    other: str
    similarity: float


def features(forth: Floats, back: Floats, similarity: float) -> Floats:
    """(FEATURES,) of one pair, the same in either order. `forth`, `back`: (3,) probabilities by STANCES."""
    low, high = np.minimum(forth, back), np.maximum(forth, back)
    logits = np.log(np.clip(np.concatenate([low, high]), 1e-4, 1.0))
    return np.concatenate([logits, [similarity, similarity**2, 1.0]]).astype(np.float32)


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
        logits = features(forth, back, pair.similarity) @ self._matrix
        odds = np.exp(logits - logits.max())
        scores: Floats = odds / odds.sum()
        return scores
