"""Windows -> scores of entities, cues and roles, in one pass of the encoder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.language import weights
from pipeline.language.batches import batches, padded
from pipeline.language.windows import Ints, Window

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """Log-probabilities of one window.

    entities: (words, 19), labels as `labels.ENTITY_LABELS`.
    cues: (words, 3), labels as `labels.CUE_LABELS`.
    candidates: (n,) words that may begin a cue. roles: (n, words, 5) given each of them, as `labels.ROLE_LABELS`.
    """

    entities: Floats
    cues: Floats
    candidates: Ints
    roles: Floats


class TokenModel:
    """The shipped token model on ONNX Runtime."""

    def __init__(self, threads: int, batch_tokens: int) -> None:
        self.session = weights.session("tokens", threads)
        self.batch_tokens = batch_tokens

    def __call__(self, windows: Sequence[Window]) -> list[Scores]:
        """Scores of every window, in order."""
        scores: dict[int, Scores] = {}
        for batch in batches([len(w.ids) for w in windows], self.batch_tokens):
            scores.update(zip(batch, self._run([windows[n] for n in batch]), strict=True))
        return [scores[n] for n in range(len(windows))]

    def _run(self, windows: list[Window]) -> Iterator[Scores]:
        inputs = {
            "ids": padded([w.ids for w in windows]),
            "shapes": padded([w.shapes for w in windows]),
            "mask": padded([np.ones_like(w.ids) for w in windows]),
            "first": padded([w.first for w in windows]),
            "real": padded([np.ones_like(w.first) for w in windows]),
        }
        entities, cues, candidates, roles = self.session.run(("entities", "cues", "candidates", "roles"), inputs)
        for n, window in enumerate(windows):
            words = len(window.first)
            mine = candidates[:, 0] == n
            yield Scores(entities[n, :words], cues[n, :words], candidates[mine, 1], roles[mine, :words])
