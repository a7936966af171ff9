"""Matrices in seven bits that change least what comes out of their layers: GPTQ (Frantar et al., arXiv:2210.17323).

Rounding each weight to its nearest step is best for the weights, not for their products: inputs of a layer are
correlated, and some are a hundred times larger than others. Here weights are rounded one input at a time, those with
the largest inputs first, and each time what was lost is made up for by the weights that are still to come.
"""

from collections.abc import Iterable
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

STEPS = 64  # each way from zero, as ONNX Runtime's `reduce_range` has it
_BLOCK = 128  # inputs, after which the rest is brought up to date
_DAMPING = 0.01  # of the mean second moment: for inputs that are hardly seen


def linear(module: nn.Module) -> dict[str, nn.Linear]:
    """Its linear layers by name."""
    return {name: layer for name, layer in module.named_modules() if isinstance(layer, nn.Linear)}


def moments(module: nn.Module, sample: Iterable[tuple[Tensor, ...]]) -> dict[str, Tensor]:
    """By name of each linear layer that is used: (inputs, inputs), the sum of x·xᵀ over what the sample gives it."""
    found: dict[str, Tensor] = {}

    def watch(name: str, layer: nn.Linear) -> torch.utils.hooks.RemovableHandle:
        def see(_: nn.Module, inputs: tuple[Tensor]) -> None:
            rows = inputs[0].detach().flatten(0, -2)
            found[name] = found.get(name, torch.zeros(())) + rows.T @ rows

        return layer.register_forward_pre_hook(see)

    watching = [watch(name, layer) for name, layer in linear(module).items()]
    with torch.no_grad():
        for inputs in sample:
            module(*inputs)
    for one in watching:
        one.remove()
    return found


def rounded(weight: Tensor, moment: Tensor) -> tuple[Tensor, Tensor]:
    """(outputs, inputs) weights -> the same as int8 in ±STEPS, and (outputs,) scales to multiply them by."""
    inputs = weight.shape[1]
    moment = moment.double().clone()
    unseen = moment.diagonal() == 0
    moment[unseen, unseen] = 1.0
    moment += _DAMPING * moment.diagonal().mean() * torch.eye(inputs, dtype=torch.float64)
    order = moment.diagonal().argsort(descending=True)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(moment[order][:, order]))
    factor = torch.linalg.cholesky(inverse, upper=True)
    left = weight.detach().double()[:, order]
    scales = left.abs().amax(1).clamp(min=1e-12) / STEPS
    values = torch.zeros_like(left)
    lost = torch.zeros_like(left)
    for begin in range(0, inputs, _BLOCK):
        end = min(begin + _BLOCK, inputs)
        for at in range(begin, end):
            values[:, at] = (left[:, at] / scales).round().clamp(-STEPS, STEPS)
            lost[:, at] = (left[:, at] - values[:, at] * scales) / factor[at, at]
            left[:, at:end] -= lost[:, at].unsqueeze(1) * factor[at, at:end]
        left[:, end:] -= lost[:, begin:end] @ factor[begin:end, end:]
    back = torch.empty_like(values)
    back[:, order] = values
    return back.to(torch.int8), scales.float()


def settle(full: Path, file: Path, module: nn.Module, sample: Iterable[tuple[Tensor, ...]]) -> int:
    """Rounds the matrices of `file` anew, which `quantize_dynamic` made of `full`, the ONNX file of `module`.

    Returns how many. `sample`: inputs of the module such as it will have.
    """
    names = {numpy_helper.to_array(one).tobytes(): one.name for one in onnx.load(str(full)).graph.initializer}
    model = onnx.load(str(file))
    arrays = {one.name: one for one in model.graph.initializer}
    seen, count = moments(module, sample), 0
    for name, layer in linear(module).items():
        plain = names.get(layer.weight.detach().T.contiguous().numpy().tobytes())
        if plain is None or name not in seen or f"{plain}_quantized" not in arrays:
            continue
        values, scales = rounded(layer.weight, seen[name])
        for part, array in (("quantized", values.T.contiguous()), ("scale", scales)):
            arrays[f"{plain}_{part}"].CopyFrom(numpy_helper.from_array(array.numpy(), f"{plain}_{part}"))
        count += 1
    onnx.save(model, str(file))
    return count
