"""Trained weights -> int8 ONNX in package data: `python -m training.export tokens build/tokens.pt`.

Weights are quantised per channel, activations while running (ONNX Runtime's dynamic int8).
"""

import argparse
import datetime
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from pipeline.language.weights import FOLDER
from training.encoder import pretrained
from training.stance_model import StanceModel
from training.token_model import TokenModel

# A word becomes a candidate at this probability of beginning a cue; decoding may ask for more, never for less.
CANDIDATE = 0.1


class TokenGraph(nn.Module):
    """What runs in production: log-probabilities, and roles for the words that may begin a cue."""

    def __init__(self, model: TokenModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, ids: Tensor, shapes: Tensor, mask: Tensor, first: Tensor, real: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        words = self.model.words(ids, shapes, mask, first)
        entities = self.model.entities(words).log_softmax(-1)
        cues = self.model.cues(words).log_softmax(-1)
        candidates = torch.nonzero((cues[:, :, 1].exp() * real) > CANDIDATE)
        roles = self.model.roles(words, candidates[:, 0], candidates[:, 1]).log_softmax(-1)
        return entities, cues, candidates, roles


class StanceGraph(nn.Module):
    """Log-probabilities of the stance labels."""

    def __init__(self, model: StanceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, shapes: Tensor, segments: Tensor, marks: Tensor, mask: Tensor) -> Tensor:
        scores: Tensor = self.model(ids, shapes, segments, marks, mask)
        return scores.log_softmax(-1)


def graph(name: str, checkpoint: Path) -> tuple[nn.Module, tuple[Tensor, ...], list[str], list[str]]:
    """The module to export, an example of its inputs, and the names of inputs and outputs."""
    torch.manual_seed(0)
    pieces = torch.randint(1000, 20000, (2, 24))
    zeros, ones = torch.zeros_like(pieces), torch.ones_like(pieces)
    if name == "tokens":
        model = TokenModel(pretrained())
        model.load_state_dict(torch.load(checkpoint, weights_only=True))
        first = torch.arange(1, 21).repeat(2, 1)
        inputs = (pieces, zeros, ones, first, torch.ones_like(first))
        return (
            TokenGraph(model),
            inputs,
            ["ids", "shapes", "mask", "first", "real"],
            ["entities", "cues", "candidates", "roles"],
        )
    stance = StanceModel(pretrained())
    stance.load_state_dict(torch.load(checkpoint, weights_only=True))
    return (
        StanceGraph(stance),
        (pieces, zeros, zeros, zeros, ones),
        ["ids", "shapes", "segments", "marks", "mask"],
        ["stances"],
    )


def enter(model: str, file: Path) -> dict[str, Any]:
    """Writes a file of weights into the manifest beside it."""
    book = file.parent / "manifest.json"
    entries: dict[str, dict[str, Any]] = json.loads(book.read_text()) if book.exists() else {}
    entries[model] = {
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "made": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "bytes": file.stat().st_size,
    }
    book.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n")
    return entries[model]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=("tokens", "stance"))
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the weights and the manifest go")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    module, example, inputs, outputs = graph(args.model, args.checkpoint)
    full, small = args.checkpoint.with_suffix(".onnx"), args.folder / f"{args.model}.onnx"
    axes = {name: {0: "rows", 1: "words" if name in ("first", "real") else "pieces"} for name in inputs}
    axes |= {"entities": {0: "rows", 1: "words"}, "cues": {0: "rows", 1: "words"}, "stances": {0: "rows"}}
    axes |= {"candidates": {0: "candidates"}, "roles": {0: "candidates", 1: "words"}}
    torch.onnx.export(
        module.eval(),
        example,
        str(full),
        input_names=inputs,
        output_names=outputs,
        dynamic_axes={k: v for k, v in axes.items() if k in (*inputs, *outputs)},
        opset_version=17,
        dynamo=False,
    )
    onnx.checker.check_model(str(full))
    quantize_dynamic(str(full), str(small), per_channel=True, weight_type=QuantType.QInt8)
    shutil.copy(pretrained() / "tokenizer.json", args.folder / "tokenizer.json")
    entry = enter(args.model, small)
    print(f"{small} {small.stat().st_size / 1e6:.1f} MB {entry['sha256'][:12]}")


if __name__ == "__main__":
    main()
