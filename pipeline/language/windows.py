"""Text -> windows: the pieces of an article that one encoder pass reads.

A window holds whole paragraphs, as many as fit, each closed by a separator, so that the model sees the neighbours
of a paragraph and where it ends. A paragraph longer than a window is cut after a sentence. Nothing is left out: every
word of the text stands in exactly one window.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from pipeline.language.shapes import SPECIAL, shape

Ints = npt.NDArray[np.int64]

SENTENCE_END = frozenset(".!?…")
CLOSERS = frozenset("\"'”’»)]")


@dataclass(frozen=True, slots=True)
class Window:
    """One encoder input. Arrays are int64.

    ids, shapes: (pieces,), with [CLS] first and [SEP] after each paragraph.
    first: (words,) index into `ids` of each word's first piece.
    spans: (words, 2) code points of the text, end exclusive.
    paragraphs: (words,) number of the paragraph of the text that the word stands in.
    """

    ids: Ints
    shapes: Ints
    first: Ints
    spans: Ints
    paragraphs: Ints


class Word(NamedTuple):
    """A word or punctuation mark as the vocabulary's pre-tokeniser cuts it."""

    start: int
    end: int
    shape: int
    paragraph: int
    pieces: tuple[int, ...]


class Tokeniser:
    """WordPiece over whole texts, by the `tokenizer.json` beside the weights.

    This is what `transformers` runs inside its fast tokenisers, without the wrapper: importing that takes seconds, and
    loads torch wherever torch is installed.
    """

    def __init__(self, path: Path) -> None:
        self.backend = Tokenizer.from_file(str(path))
        self.backend.no_truncation()
        self.backend.no_padding()
        vocabulary = self.backend.get_vocab()
        self.cls, self.sep = vocabulary["[CLS]"], vocabulary["[SEP]"]

    def words(self, text: str) -> list[Word]:
        """The words of a text in order; a line break ends a paragraph."""
        encoding = self.backend.encode(text, add_special_tokens=False)
        words: list[Word] = []
        pieces: list[int] = []
        start, end, current, paragraph, seen = 0, 0, None, 0, 0

        def close() -> None:
            nonlocal paragraph, seen
            if pieces:
                paragraph += "\n" in text[seen:start]
                seen = end
                words.append(Word(start, end, shape(text[start:end]), paragraph, tuple(pieces)))

        for piece, (s, e), word in zip(encoding.ids, encoding.offsets, encoding.word_ids, strict=True):
            if word != current:
                close()
                pieces, start, current = [], s, word
            pieces.append(piece)
            end = e
        close()
        return words

    def windows(self, text: str, max_pieces: int) -> list[Window]:
        """The text as windows of at most `max_pieces` word pieces, separators counted."""
        return [self._window(part) for part in pack(self.words(text), text, max_pieces)]

    def _window(self, words: list[Word]) -> Window:
        ids, shapes, first = [self.cls], [SPECIAL], []
        previous = words[0].paragraph
        for word in words:
            if word.paragraph != previous:
                ids.append(self.sep)
                shapes.append(SPECIAL)
                previous = word.paragraph
            first.append(len(ids))
            ids.extend(word.pieces)
            shapes.extend([word.shape] * len(word.pieces))
        ids.append(self.sep)
        shapes.append(SPECIAL)
        return Window(
            np.array(ids, np.int64),
            np.array(shapes, np.int64),
            np.array(first, np.int64),
            np.array([(w.start, w.end) for w in words], np.int64).reshape(-1, 2),
            np.array([w.paragraph for w in words], np.int64),
        )


def pack(words: list[Word], text: str, max_pieces: int) -> Iterator[list[Word]]:
    """Groups of consecutive words that fit a window: whole paragraphs where they fit, else whole sentences."""
    group: list[Word] = []
    size = 1  # [CLS]
    for unit in units(words, text, max_pieces - 2):
        cost = sum(len(w.pieces) for w in unit) + 1
        if group and size + cost > max_pieces:
            yield group
            group, size = [], 1
        group.extend(unit)
        size += cost
    if group:
        yield group


def units(words: list[Word], text: str, limit: int) -> Iterator[list[Word]]:
    """Paragraphs, those longer than `limit` pieces cut after a sentence, or anywhere if a sentence is too long."""
    unit: list[Word] = []
    size, boundary = 0, 0
    for i, word in enumerate(words):
        if unit and word.paragraph != unit[-1].paragraph:
            yield unit
            unit, size, boundary = [], 0, 0
        while unit and size + len(word.pieces) > limit:
            cut = boundary or len(unit)
            yield unit[:cut]
            unit, boundary = unit[cut:], 0
            size = sum(len(w.pieces) for w in unit)
        unit.append(word)
        size += len(word.pieces)
        if ends_sentence(words, i, text):
            boundary = len(unit)
    if unit:
        yield unit


def ends_sentence(words: list[Word], i: int, text: str) -> bool:
    """Whether a sentence ends with word `i`: a final mark, or closing quotes after one, before a new start."""
    j = i
    while j > 0 and text[words[j].start] in CLOSERS:
        j -= 1
    if text[words[j].start] not in SENTENCE_END:
        return False
    if i + 1 == len(words):
        return True
    following = text[words[i + 1].start]
    return following not in CLOSERS and following not in SENTENCE_END and not following.islower()
