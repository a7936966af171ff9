"""The token model on OpenVINO, a window at a time as claimwire's own on ONNX Runtime.

Nothing here imports torch or ONNX Runtime: the memory of a process that runs this is OpenVINO's alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.language.token_model import Floats, Scores, TokenModel
from pipeline.language.windows import Ints, Window

STEP = 32  # lengths that padded windows are multiples of


class Session:
    """One thread of OpenVINO, to be called as a session of ONNX Runtime is. `hint`: what floats are reckoned in.

    Without a hint it is what OpenVINO takes the processor to be best at.
    """

    def __init__(self, file: Path, hint: str = "") -> None:
        import openvino  # slow to import, and no part of what a test of the rest needs

        settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
        given = settings | ({"INFERENCE_PRECISION_HINT": hint} if hint else {})
        compiled = openvino.Core().compile_model(str(file), "CPU", given)
        self.precision = str(compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name())
        self._request = compiled.create_infer_request()

    def run(self, names: Sequence[str], inputs: dict[str, Ints]) -> list[Floats]:
        """The outputs of these names."""
        found = self._request.infer(inputs, share_inputs=True)
        return [found[name] for name in names]


class OpenVinoTokens(TokenModel):
    """Each window at its own length. `precision`: of what is not int8."""

    def __init__(self, file: Path, hint: str = "") -> None:
        self.session = Session(file, hint)
        self.precision = self.session.precision


class PaddedTokens(OpenVinoTokens):
    """Each window padded, so that few lengths occur: OpenVINO makes code for each, and keeps it."""

    def _run(self, window: Window) -> Scores:
        scores, size = super()._run(padded(window)), len(window.first)
        return Scores(scores.entities[:size], scores.cues[:size], scores.vectors[:size])


def padded(window: Window) -> Window:
    """With zeros behind pieces and words, up to multiples of `STEP`; zero is the piece [PAD]."""
    ids, shapes, first = (np.pad(a, (0, -len(a) % STEP)) for a in (window.ids, window.shapes, window.first))
    return replace(window, ids=ids, shapes=shapes, first=first)
