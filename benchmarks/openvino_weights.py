"""The shipped weights as files that other runtimes read: floats in ONNX, and static int8 by NNCF for OpenVINO.

The shipped ones are int8 already, seven bits of it; the floats are what those stand for, and what NNCF quantises anew.
"""

import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from sys import stderr

from torch import Tensor

from pipeline.language.windows import Window
from training.export import TokenGraph, tokens, write
from training.token_model import TokenModel


class MaskedGraph(TokenGraph):
    """Pays no attention to pieces that are [PAD]."""

    def forward(self, ids: Tensor, shapes: Tensor, first: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        words = self.model.words(ids, shapes, (ids != 0).float(), first)
        return self.model.entities(words).log_softmax(-1), self.model.cues(words).log_softmax(-1), words


def floats(model: TokenModel, file: Path, masked: bool = False) -> Path:
    """Writes the model as ONNX in floats."""
    write(tokens(MaskedGraph(model) if masked else TokenGraph(model)), file)
    return file


def static_int8(given: Path, windows: Sequence[Window], file: Path) -> Path:
    """Quantises floats as NNCF advises for transformers, SmoothQuant included, with scales fitted on these windows.

    Raises ImportError without OpenVINO or NNCF.
    """
    os.environ.setdefault("NNCF_CI", "1")  # or it tells its makers of each use
    import nncf
    import openvino
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix

    inputs = [{"ids": w.ids[None], "shapes": w.shapes[None], "first": w.first[None]} for w in windows]
    with redirect_stdout(stderr):  # its progress
        quantised = nncf.quantize(
            openvino.Core().read_model(str(given)),
            nncf.Dataset(inputs),
            model_type=nncf.ModelType.TRANSFORMER,
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(inputs),
            # Seven bits for weights, as the shipped ones: it must say the same on processors without VNNI.
            advanced_parameters=AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE),
        )
    openvino.save_model(quantised, str(file), compress_to_fp16=False)
    return file
