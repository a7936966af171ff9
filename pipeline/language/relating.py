"""Two claims -> whether they agree, contradict each other, or neither.

Inference between claims of the news, by the stance model (one claim's words as text, the other's as proposition, and
the other way round unless the first way has settled it), weighed together with how similar they are:
`training/train_relations.py` fits the weights to pairs of news claims that were read and labelled.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.language import weights
from pipeline.language.labels import STANCES
from pipeline.language.stance_model import Question, StanceJudge
from pipeline.language.token_model import Floats
from pipeline.records import RelationName

RELATIONS = ("agree", "contradict", "other")
FEATURES = 10
# Probability of neutral from which one direction is enough: true of half the pairs that were read, on which the judge
# errs hardly more for it.
SETTLED = 0.8

# Of a claim, when the order of its words is compared: that takes a time that grows with the product of both lengths.
_MOST_WORDS = 150
_LEAST_CONTAINED = 4

_WORD = re.compile(r"[\w’']+")
_NEGATION = re.compile(
    r"\b(?:not?|never|none|nobody|nothing|neither|nor|without|false|untrue|\w+n['’]t)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two claims to be compared. `similarity`: cosine of their vectors. `days`: between their articles, 0
    where one source speaks twice. `opposed`: one of both is what its source says is not so, the other is not.
    `surveyed`: both are what shares of the people asked say ("57 percent", "40 percent"), who deny nobody's words."""

    one: str
    other: str
    similarity: float
    days: float = 0.0
    opposed: bool = False
    surveyed: bool = False


def legible(claim: str) -> str:
    """A claim's words for the stance model.

    The encoder has hardly seen the character of a gap: with it "There is nothing new … There is no progress yet" is
    progress to the model (0.93), with three dots it is not (0.02).
    """
    return claim.replace("…", "...")


def inferred(stance: StanceJudge, pair: Comparison) -> Floats:
    """(3,) probabilities by STANCES, the same in either order: the mean of both directions, or the first where settled.

    Each question is a batch of its own, so that a score does not depend on what is asked beside it. The shorter claim
    is the text of the first: what follows from less follows from more.
    """
    less, more = sorted((legible(pair.one), legible(pair.other)), key=lambda text: (len(text), text))
    first: Floats = stance([Question(less, more)])[0]
    if first[STANCES.index("neutral")] >= SETTLED:
        return first
    second: Floats = stance([Question(more, less)])[0]
    mean: Floats = np.mean([first, second], axis=0)
    return mean


def features(pair: Comparison, inference: Floats) -> Floats:
    """(FEATURES,) of one pair. `inference`: as of `inferred`."""
    likely = np.clip(inference, 1e-3, 1 - 1e-3)
    return np.concatenate([np.log(likely / (1 - likely)), _surface(pair), [1.0]]).astype(np.float32)


def _surface(pair: Comparison) -> list[float]:
    """What else shows: how near the words are, how many are shared, a negation in one of both, how much of the words
    stands in the same order, whether one claim holds the other, and how far apart they were published: what is said
    days later is mostly said of something later."""
    one, other = sorted((_words(pair.one), _words(pair.other)), key=lambda words: (len(words), words))
    order = SequenceMatcher(None, one[:_MOST_WORDS], other[:_MOST_WORDS], autojunk=False)
    held = len(one) >= _LEAST_CONTAINED and order.find_longest_match().size == len(one)
    return [
        pair.similarity,
        len({*one} & {*other}) / max(1, min(len({*one}), len({*other}))),
        float(bool(_NEGATION.search(pair.one)) != bool(_NEGATION.search(pair.other))),
        order.ratio(),
        float(held),
        pair.days / 7,
    ]


def _words(claim: str) -> list[str]:
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(claim)]
    return words[1:] if words[:1] == ["that"] else words


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
    """`stance`: judges inference. `matrix`: (FEATURES, 3), from features to the logits of RELATIONS."""

    def __init__(self, stance: StanceJudge, matrix: npt.NDArray[np.float32]) -> None:
        self._stance = stance
        self._matrix = matrix

    @classmethod
    def load(cls, stance: StanceJudge) -> "RelationJudge":
        """Raises ModelNotFound, WeightsCorrupt."""
        return cls(stance, np.load(weights.path("relations"), allow_pickle=False))

    def __call__(self, comparisons: Sequence[Comparison]) -> Floats:
        """(comparisons, 3) probabilities, in the order of RELATIONS."""
        return np.array([self._one(each) for each in comparisons], np.float32).reshape(-1, len(RELATIONS))

    def _one(self, pair: Comparison) -> Floats:
        logits = features(pair, inferred(self._stance, pair)) @ self._matrix
        odds = np.exp(logits - logits.max())
        agree, contradict, other = odds / odds.sum()
        if pair.surveyed:
            contradict, other = 0.0, other + contradict
        return np.array([contradict, agree, other] if pair.opposed else [agree, contradict, other], np.float32)
