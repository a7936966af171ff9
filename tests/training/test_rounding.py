"""Rounding that minds what comes out of a layer."""

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.export import Exported, write
from training.rounding import STEPS, linear, moments, rounded, settle


def inputs(count: int, seed: int) -> torch.Tensor:
    """(1, count, 24) of few causes, some of them large."""
    dice = torch.Generator().manual_seed(seed)
    causes = torch.randn(count, 5, generator=dice) * torch.tensor([30.0, 3.0, 1.0, 1.0, 0.3])
    mixed = causes @ torch.randn(5, 24, generator=torch.Generator().manual_seed(1))
    return (mixed + 0.1 * torch.randn(count, 24, generator=dice)).unsqueeze(0)


def layer() -> torch.nn.Sequential:
    torch.manual_seed(2)
    return torch.nn.Sequential(torch.nn.Linear(24, 16), torch.nn.GELU(), torch.nn.Linear(16, 4)).eval()


def test_what_comes_out_is_nearer_than_by_rounding_each_weight() -> None:
    first, seen, new = linear(layer())["0"], inputs(500, 3), inputs(500, 4)
    values, scales = rounded(first.weight, moments(layer(), [(seen,)])["0"])
    assert values.dtype == torch.int8
    assert int(values.abs().max()) <= STEPS
    nearest = (first.weight / scales.unsqueeze(1)).round() * scales.unsqueeze(1)
    found = values.float() * scales.unsqueeze(1)
    gone, left = ((new @ (each - first.weight).T).square().mean() for each in (nearest, found))
    assert left < 0.3 * gone


def test_an_input_that_is_never_seen_is_rounded_as_it_is() -> None:
    weight, moment = torch.tensor([[1.0, 0.26, -0.5]]), torch.diag(torch.tensor([2.0, 0.0, 1.0]))
    values, scales = rounded(weight, moment)
    np.testing.assert_allclose((values * scales).numpy(), weight.numpy(), atol=1 / STEPS)


def test_a_file_is_rounded_anew(tmp_path: Path) -> None:
    module, new = layer(), inputs(300, 5)
    axes = {"given": ("rows", "words")}, {"out": ("rows", "words")}
    full, file = tmp_path / "full.onnx", tmp_path / "int8.onnx"
    write(Exported(module, (inputs(7, 6),), *axes), full)
    quantize_dynamic(str(full), str(file), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)

    def wrong() -> float:
        (out,) = onnxruntime.InferenceSession(str(file)).run(None, {"given": new.numpy()})
        return float(np.square(out - module(new).detach().numpy()).mean())

    before = wrong()
    assert settle(full, file, module, [(inputs(500, 7),)]) == 2
    assert wrong() < before
