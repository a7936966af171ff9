"""Cues -> scores of the roles of the words around each, from the vectors of the article's own pass.

A role stays in the block of text that its cue stands in, so that only these words are scored, with a margin as wide as
the convolution over neighbouring words reaches: the scores are those that the whole window would give.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.language import weights
from pipeline.language.batches import batches, padded
from pipeline.language.decoding import Cue
from pipeline.language.token_model import Floats

NAME = "roles"  # in the manifest of the weights
MARGIN = 3  # words
BATCH_WORDS = 4096


class RoleModel:
    """The shipped role scorer on ONNX Runtime."""

    def __init__(self, threads: int) -> None:
        self.session = weights.session(NAME, threads)

    def __call__(self, vectors: Sequence[Floats], cues: Sequence[Cue]) -> list[Floats]:
        """For each cue (words of its block, 5) log-probabilities, labels as `labels.ROLE_LABELS`.

        `vectors`: (words, width) of the window of each cue.
        """
        spans = [
            (max(0, cue.block[0] - MARGIN), min(len(words), cue.block[1] + MARGIN))
            for words, cue in zip(vectors, cues, strict=True)
        ]
        scores: list[Floats] = [np.zeros((0, 0), np.float32)] * len(cues)
        for batch in batches([end - start for start, end in spans], BATCH_WORDS):
            around = [vectors[n][slice(*spans[n])] for n in batch]
            distances = [np.arange(*spans[n]) - cues[n].run[0] for n in batch]
            inputs = {
                "around": padded(around),
                "cue": np.stack([vectors[n][cues[n].run[0]] for n in batch]),
                "distance": padded(distances),
                "mask": padded([np.ones(len(words), np.float32) for words in around]),
            }
            for n, out in zip(batch, self.session.run(("roles",), inputs)[0], strict=True):
                start, (first, last) = spans[n][0], cues[n].block
                scores[n] = out[first - start : last - start]
        return scores
