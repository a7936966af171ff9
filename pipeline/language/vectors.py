"""Sentences -> vectors that lie close together where two say something similar: to find what is worth comparing.

A table gives each word piece a vector, and a sentence is the mean of its pieces: microseconds, and no encoder pass.
`training/train_vectors.py` says how the table is made.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.language import weights
from pipeline.language.token_model import Floats
from pipeline.language.windows import Tokeniser

WIDTH = 128


class SentenceVectors:
    """The shipped table. `table`: (word pieces of the vocabulary, WIDTH) int8; only directions matter."""

    def __init__(self, tokeniser: Tokeniser, table: npt.NDArray[np.int8]) -> None:
        self._tokeniser = tokeniser
        self._table = table

    @classmethod
    def load(cls, tokeniser: Tokeniser) -> "SentenceVectors":
        """Raises ModelNotFound, WeightsCorrupt."""
        return cls(tokeniser, np.load(weights.path("vectors"), allow_pickle=False))

    def __call__(self, text: str) -> Floats:
        """(WIDTH,) of unit length; zeros for a text without words."""
        return self.of_pieces([piece for word in self._tokeniser.words(text) for piece in word.pieces])

    def of_pieces(self, pieces: Sequence[int]) -> Floats:
        """The same of word pieces."""
        if not pieces:
            return np.zeros(WIDTH, np.float32)
        mean = self._table[list(pieces)].mean(0, dtype=np.float32)
        length = float(np.linalg.norm(mean))
        vector: Floats = mean / length if length else mean
        return vector
