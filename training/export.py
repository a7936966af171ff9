"""Trained weights -> int8 ONNX in package data: `python -m training.export tokens build/tokens.pt`.

Weights are quantised per channel, so that outputs change least (see `rounding`), activations while running (ONNX
Runtime's dynamic int8). A checkpoint of the token model gives three files: the encoder with its heads over words, the
role scorer, and the stance head.
"""

import argparse
import datetime
import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from pipeline.language.entity_stances import NAME as ENTITY_STANCES
from pipeline.language.role_model import NAME as ROLES
from pipeline.language.weights import FOLDER
from pipeline.language.windows import Tokeniser
from training import rounding, train_stance, train_tokens
from training.encoder import pretrained
from training.stance_model import StanceModel
from training.token_model import TokenModel

SEED = 11
PAIRS, WINDOWS = 600, 200  # some 40,000 word pieces each
SHARE = 0.1  # of the research sets' pairs, that those are drawn from


class TokenGraph(nn.Module):
    """Log-probabilities of entities and cues, and the words' vectors."""

    def __init__(self, model: TokenModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, shapes: Tensor, first: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        words = self.model.words(ids, shapes, None, first)
        return self.model.entities(words).log_softmax(-1), self.model.cues(words).log_softmax(-1), words


class RoleGraph(nn.Module):
    """Log-probabilities of the role labels of the words around each cue."""

    def __init__(self, model: TokenModel) -> None:
        super().__init__()
        self.roles = model.roles

    def forward(self, around: Tensor, cue: Tensor, distance: Tensor, mask: Tensor) -> Tensor:
        scores: Tensor = self.roles(around, cue, distance, mask)
        return scores.log_softmax(-1)


class EntityStanceGraph(nn.Module):
    """Log-probabilities of the stance labels, from the vectors that the token model gives."""

    def __init__(self, model: TokenModel) -> None:
        super().__init__()
        self.head = model.stances

    def forward(self, parts: Tensor) -> Tensor:
        scores: Tensor = self.head(parts)
        return scores.log_softmax(-1)


class StanceGraph(nn.Module):
    """Log-probabilities of the stance labels."""

    def __init__(self, model: StanceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, shapes: Tensor, segments: Tensor, marks: Tensor, mask: Tensor) -> Tensor:
        scores: Tensor = self.model(ids, shapes, segments, marks, mask)
        return scores.log_softmax(-1)


@dataclass(frozen=True)
class Exported:
    """One ONNX file: the module, an example of its inputs, and the axes of inputs and outputs that may vary.

    `sample`: inputs as in training, to round the weights by; None leaves them in floats.
    """

    module: nn.Module
    example: tuple[Tensor, ...]
    inputs: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, tuple[str, ...]]
    sample: Callable[[], Iterator[tuple[Tensor, ...]]] | None = None


def windows() -> Iterator[tuple[Tensor, ...]]:
    """Windows that the token model is trained on."""
    rng = random.Random(SEED)
    examples = train_tokens.epoch(Tokeniser(pretrained() / "tokenizer.json"), 0, SEED, None)
    for example in rng.sample(examples, WINDOWS):
        window = example.window
        if len(window.first):
            yield tuple(torch.from_numpy(part).unsqueeze(0) for part in (window.ids, window.shapes, window.first))


def pairs() -> Iterator[tuple[Tensor, ...]]:
    """Pairs that the stance model is trained on."""
    rng = random.Random(SEED)
    examples = train_stance.examples(Tokeniser(pretrained() / "tokenizer.json"), rng, SHARE)
    for pair, *_ in rng.sample(examples, PAIRS):
        yield tuple(train_stance.collate([pair]))


def tokens(graph: nn.Module) -> Exported:
    """The encoder with its heads over words, by a graph that takes what `TokenGraph` does."""
    pieces = torch.arange(1000, 1024).repeat(2, 1)
    first = torch.arange(1, 21).repeat(2, 1)
    of_pieces, of_words = ("rows", "pieces"), ("rows", "words")
    inputs = dict.fromkeys(("ids", "shapes"), of_pieces) | {"first": of_words}
    outputs = dict.fromkeys(("entities", "cues", "vectors"), of_words)
    return Exported(graph, (pieces, torch.zeros_like(pieces), first), inputs, outputs, windows)


def graphs(name: str, checkpoint: Path, encoder: Path) -> dict[str, Exported]:
    """What a checkpoint is exported as, by the names of the manifest."""
    torch.manual_seed(0)
    pieces = torch.randint(1000, 20000, (2, 24))
    zeros, ones = torch.zeros_like(pieces), torch.ones_like(pieces)
    of_pieces = ("rows", "pieces")
    if name == "tokens":
        model = TokenModel(encoder)
        model.load_state_dict(torch.load(checkpoint, weights_only=True))
        of_words = ("rows", "words")
        # What runs after decoding has few weights: int8 would cost it more accuracy than it saves time.
        width = model.encoder.width
        roles = Exported(
            RoleGraph(model),
            (torch.randn(2, 9, width), torch.randn(2, width), torch.arange(9).repeat(2, 1), torch.ones(2, 9)),
            {"around": of_words, "cue": ("rows",), "distance": of_words, "mask": of_words},
            {"roles": of_words},
        )
        stances = Exported(
            EntityStanceGraph(model),
            (torch.randn(2, 4, width),),
            {"parts": ("rows",)},
            {"stances": ("rows",)},
        )
        return {"tokens": tokens(TokenGraph(model)), ROLES: roles, ENTITY_STANCES: stances}
    stance = StanceModel(encoder)
    stance.load_state_dict(torch.load(checkpoint, weights_only=True))
    inputs = dict.fromkeys(("ids", "shapes", "segments", "marks", "mask"), of_pieces)
    example = pieces, zeros, zeros, zeros, ones
    return {"stance": Exported(StanceGraph(stance), example, inputs, {"stances": ("rows",)}, pairs)}


def write(exported: Exported, file: Path) -> None:
    """As ONNX, in floats."""
    axes = {k: dict(enumerate(v)) for k, v in {**exported.inputs, **exported.outputs}.items()}
    torch.onnx.export(
        exported.module.eval(),
        exported.example,
        str(file),
        input_names=list(exported.inputs),
        output_names=list(exported.outputs),
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    onnx.checker.check_model(str(file))


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
    parser.add_argument("--encoder", type=Path, default=pretrained(), help="what training started from")
    parser.add_argument("--float", action="store_true", help="leave the weights in 32 bits, to see what int8 costs")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the weights and the manifest go")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(pretrained() / "tokenizer.json", args.folder / "tokenizer.json")
    for name, exported in graphs(args.model, args.checkpoint, args.encoder).items():
        full, file = args.checkpoint.with_name(f"{args.checkpoint.stem}-{name}.onnx"), args.folder / f"{name}.onnx"
        write(exported, full)
        if exported.sample is not None and not args.float:
            # Seven bits: processors without VNNI add pairs of products in 16 bits, which eight would overflow, and
            # the model would say other things there than here.
            quantize_dynamic(str(full), str(file), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
            print(f"{name}: rounding by what training reads, a minute or two", flush=True)
            rounding.settle(full, file, exported.module, exported.sample())
        else:
            shutil.copy(full, file)
        entry = enter(name, file)
        print(f"{file} {file.stat().st_size / 1e6:.1f} MB {entry['sha256'][:12]}")


if __name__ == "__main__":
    main()
