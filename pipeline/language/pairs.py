"""A text and a target -> one input of the stance model.

`[CLS] text [SEP] target [SEP]`, and `source [SEP]` where who speaks is known. Where the target or the source stands
in the text word for word, its pieces are marked, so that the model knows which of several mentions is meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.language.shapes import SPECIAL
from pipeline.language.windows import Ints, Tokeniser, Word

PLAIN, TARGET, SOURCE = range(3)
MARKS = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """One input of the stance model; every array is (pieces,) int64."""

    ids: Ints
    shapes: Ints
    segments: Ints
    marks: Ints


def occurrences(pieces: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Where a run of pieces stands in another."""
    if not wanted:
        return []
    first, length = wanted[0], len(wanted)
    return [
        i
        for i in range(len(pieces) - length + 1)
        if pieces[i] == first and tuple(pieces[i : i + length]) == tuple(wanted)
    ]


def flat(words: Sequence[Word]) -> tuple[list[int], list[int]]:
    """Pieces and shapes of words in one run."""
    pieces = [p for w in words for p in w.pieces]
    return pieces, [w.shape for w in words for _ in w.pieces]


def pair(tokeniser: Tokeniser, text: str, target: str, source: str | None, max_pieces: int) -> Pair:
    """Build one input of at most `max_pieces`; a longer text keeps the part around the target's first mention."""
    body, shapes = flat(tokeniser.words(text))
    goal, goal_shapes = flat(tokeniser.words(target)[: max_pieces // 3])
    who, who_shapes = flat(tokeniser.words(source)[: max_pieces // 6]) if source else ([], [])
    goal, goal_shapes = goal[: max_pieces // 3], goal_shapes[: max_pieces // 3]
    who, who_shapes = who[: max_pieces // 6], who_shapes[: max_pieces // 6]
    room = max_pieces - len(goal) - len(who) - 3 - bool(who)
    if len(body) > room:
        at = (occurrences(body, goal) or [0])[0]
        begin = max(0, min(at - room // 2, len(body) - room))
        body, shapes = body[begin : begin + room], shapes[begin : begin + room]
    marks = np.full(len(body), PLAIN, np.int64)
    for mark, wanted in ((SOURCE, who), (TARGET, goal)):
        for at in occurrences(body, wanted):
            marks[at : at + len(wanted)] = mark
    ids = [tokeniser.cls, *body, tokeniser.sep, *goal, tokeniser.sep]
    shape = [SPECIAL, *shapes, SPECIAL, *goal_shapes, SPECIAL]
    second = [TARGET] * len(goal) + [PLAIN]
    if who:
        ids += [*who, tokeniser.sep]
        shape += [*who_shapes, SPECIAL]
        second += [SOURCE] * len(who) + [PLAIN]
    return Pair(
        np.array(ids, np.int64),
        np.array(shape, np.int64),
        np.array([0] * (len(body) + 2) + [1] * len(second), np.int64),
        np.concatenate([[PLAIN], marks, [PLAIN], second]).astype(np.int64),
    )
