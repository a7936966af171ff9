"""Windows -> scores of entities and cues, and the vectors that all else is read from, in one pass of the encoder."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.language import weights
from pipeline.language.windows import Window

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """Log-probabilities of one window.

    entities: (words, 19), labels as `labels.ENTITY_LABELS`.
    cues: (words, 3), labels as `labels.CUE_LABELS`.
    vectors: (words, width) of the encoder.
    """

    entities: Floats
    cues: Floats
    vectors: Floats


class TokenModel:
    """The shipped token model on ONNX Runtime.

    Each window is a pass of its own: nothing is padded or masked, the attention stays in the processor's cache, and
    what is found in a window depends on it alone (int8 activations are scaled by the whole input).
    """

    def __init__(self, threads: int) -> None:
        self.session = weights.session("tokens", threads)

    def __call__(self, windows: Sequence[Window]) -> list[Scores]:
        """Scores of every window, in order."""
        return [self._run(window) for window in windows]

    def _run(self, window: Window) -> Scores:
        inputs = {"ids": window.ids[None], "shapes": window.shapes[None], "first": window.first[None]}
        entities, cues, vectors = self.session.run(("entities", "cues", "vectors"), inputs)
        return Scores(entities[0], cues[0], vectors[0])
