"""A relations processor that compares words: what differs by a "not" contradicts, what is the same otherwise agrees."""

import os
import zlib
from collections.abc import Sequence

import numpy as np

from pipeline.language.relating import Comparison
from pipeline.language.relation_model import RelationModel
from pipeline.language.sources import SourceNames
from pipeline.language.stance_model import Question
from pipeline.language.token_model import Floats
from tests.samples import ANNOTATOR

WIDTH = 64


def words(text: str) -> list[str]:
    """Its words, without the negation."""
    return [word for word in text.casefold().strip(".").split() if word != "not"]


def vector(text: str) -> Floats:
    """Of a bag of words."""
    found = np.zeros(WIDTH, np.float32)
    for word in words(text):
        found[zlib.crc32(word.encode()) % WIDTH] += 1
    length = float(np.linalg.norm(found))
    return found / np.float32(length or 1)


def _compared(one: str, other: str) -> list[float]:
    if words(one) != words(other):
        return [0.1, 0.1, 0.8]
    return [0.05, 0.9, 0.05] if ("not" in one.split()) != ("not" in other.split()) else [0.9, 0.05, 0.05]


class StubJudge:
    """Of stances: favor, against, neutral."""

    digest = "sha256:00"

    def __call__(self, questions: Sequence[Question]) -> Floats:
        return np.array([_compared(question.text, question.target) for question in questions], np.float32)


def relation(comparisons: Sequence[Comparison]) -> Floats:
    """Of pairs: agree, contradict, other."""
    scores = [_compared(pair.one, pair.other) for pair in comparisons]
    for score, pair in zip(scores, comparisons, strict=True):
        if pair.opposed:
            score[0], score[1] = score[1], score[0]
    return np.array(scores, np.float32).reshape(-1, 3)


MODEL = RelationModel(vector, WIDTH, StubJudge(), relation, ANNOTATOR)


def main() -> None:
    """A relations processor with the stub, its settings from the environment. STUB_RUN: the replay run that it works
    for."""
    from pipeline.processors import logs, relations
    from pipeline.settings_loading import load

    logs.set_up("relations")
    relations.run(load(), lambda: MODEL, SourceNames(), run=os.environ.get("STUB_RUN"))


if __name__ == "__main__":
    main()
