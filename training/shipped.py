"""The shipped ONNX weights as torch modules, int8 back to float: to train on, or to measure what torch makes of them.

`python -m training.shipped stance --out build/stance.pt` writes a checkpoint that `--start` of the trainers takes.
Nothing here knows how many layers there are, nor how wide they are: that is read from the files.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel
from transformers.utils.logging import disable_progress_bar

from pipeline.language import weights
from pipeline.language.entity_stances import NAME as ENTITY_STANCES
from pipeline.language.role_model import NAME as ROLES
from training.stance_model import StanceModel
from training.token_model import TokenModel

Floats = npt.NDArray[np.float32]
M = TypeVar("M", TokenModel, StanceModel)

_QUANTIZED = "_quantized"
_TRANSPOSED = "_Transposed"  # what torch's Gemm becomes when it is quantised
_MATRICES = ("MatMul", "MatMulInteger")


def graph(model: str) -> onnx.GraphProto:
    """The graph of a shipped model."""
    return onnx.load(str(weights.path(model))).graph


def initialisers(given: onnx.GraphProto) -> dict[str, Floats]:
    """Every constant by its name without "_quantized", as floats: (value - zero point) × scale, by column of a matrix
    that was quantised so."""
    arrays = {i.name: numpy_helper.to_array(i) for i in given.initializer}
    found = {}
    for name, array in arrays.items():
        plain = name.removesuffix(_QUANTIZED)
        if name.endswith(_QUANTIZED):
            point = arrays[f"{plain}_zero_point"].astype(np.float32)
            found[plain] = ((array.astype(np.float32) - point) * arrays[f"{plain}_scale"]).astype(np.float32)
        elif not name.endswith(("_scale", "_zero_point")):
            found[name] = array.astype(np.float32)
    return found


def state(given: onnx.GraphProto) -> dict[str, Floats]:
    """The weights by the names that they have in torch, without "model.".

    Embeddings, biases and norms keep their names in the file. Matrices of linear layers lose them, and are transposed:
    each feeds a multiplication whose output comes, by way of scales where it is int8, to the addition of its layer's
    bias, which has kept its name. One without a bias is called after its node.
    """
    arrays = initialisers(given)
    named = {name: array for name, array in arrays.items() if not name.startswith("onnx::")}
    after = {name: node for node in given.node for name in node.input if name}
    for node in given.node:
        if node.op_type not in _MATRICES:
            continue
        matrix = node.input[1].removesuffix(_QUANTIZED)
        if matrix not in arrays:
            continue  # two activations: attention itself
        named.pop(matrix, None)
        if matrix.endswith(f".weight{_TRANSPOSED}"):
            name = matrix.removesuffix(_TRANSPOSED)
        else:
            name = _layer(node, after, arrays) + ".weight"
        named[name] = arrays[matrix].T
    return {name.removeprefix("model."): array for name, array in named.items() if not name.startswith("onnx::")}


def _layer(node: onnx.NodeProto, after: Mapping[str, onnx.NodeProto], arrays: Mapping[str, Floats]) -> str:
    """The name of the linear layer whose product a node is."""
    place: str = node.name.strip("/").rpartition("/")[0]
    at: onnx.NodeProto | None = node
    while at is not None and at.op_type in (*_MATRICES, "Cast", "Mul", "Add"):
        biases = [name for name in at.input if name.endswith(".bias") and name in arrays]
        if at.op_type == "Add":
            return biases[0].removesuffix(".bias") if biases else place.replace("/", ".")
        at = after.get(at.output[0])
    return place.replace("/", ".")


def config(given: onnx.GraphProto, found: Mapping[str, Floats]) -> BertConfig:
    """Of the encoder that a graph has, from its weights `found` and the constants of its first layer."""
    bert = {name.removeprefix("encoder.bert."): array.shape for name, array in found.items()}
    width = bert["embeddings.word_embeddings.weight"][1]
    return BertConfig(
        vocab_size=bert["embeddings.word_embeddings.weight"][0],
        hidden_size=width,
        num_hidden_layers=len({n.split(".")[2] for n in bert if n.startswith("encoder.layer.")}),
        num_attention_heads=width // _head_width(given),
        intermediate_size=bert["encoder.layer.0.intermediate.dense.weight"][0],
        max_position_embeddings=bert["embeddings.position_embeddings.weight"][0],
        type_vocab_size=bert["embeddings.token_type_embeddings.weight"][0],
        layer_norm_eps=next(a.f for n in given.node if n.op_type == "LayerNormalization" for a in n.attribute if a.f),
    )


def _head_width(given: onnx.GraphProto) -> int:
    """What attention cuts the vectors into: the one positive constant of the shapes of its first layer."""
    for node in given.node:
        if node.op_type == "Constant" and "/layer.0/attention/self/" in node.name:
            value = numpy_helper.to_array(node.attribute[0].t)
            if value.shape == (1,) and value.dtype == np.int64 and value[0] > 1:
                return int(value[0])
    raise ValueError("no width of the heads in the file")


def token_model() -> TokenModel:
    """The token model with its role scorer and its stance head, in evaluation mode."""
    given = graph("tokens")
    found = state(given)
    head = {name.replace("head.", "stances.", 1): array for name, array in state(graph(ENTITY_STANCES)).items()}
    return _filled(_empty(TokenModel, config(given, found)), {**found, **state(graph(ROLES)), **head})


def stance_model() -> StanceModel:
    """The model of pairs of a text and a target, in evaluation mode."""
    given = graph("stance")
    found = state(given)
    return _filled(_empty(StanceModel, config(given, found)), found)


def _empty(kind: type[M], configuration: BertConfig) -> M:
    disable_progress_bar()
    with tempfile.TemporaryDirectory(prefix="claimwire-") as folder:
        BertModel(configuration, add_pooling_layer=False).save_pretrained(folder)
        return kind(Path(folder))


def _filled(model: M, found: Mapping[str, Floats]) -> M:
    """With every weight of the file, none left over and none missing."""
    tensors = {name: torch.tensor(np.ascontiguousarray(array)) for name, array in found.items()}
    missing, unknown = model.load_state_dict(tensors, strict=False)
    if missing or unknown:
        raise ValueError(f"the files are not laid out as expected: {missing} are missing, {unknown} unknown")
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=("tokens", "stance"))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    model = token_model() if args.model == "tokens" else stance_model()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), args.out)


if __name__ == "__main__":
    main()
