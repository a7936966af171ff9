"""The shipped weights: int8 ONNX files in package data, checked against the SHA-256 of their manifest."""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import ModelNotFound, WeightsCorrupt

FOLDER = Path(str(files("pipeline.language"))) / "weights"
TOKENIZER = FOLDER / "tokenizer.json"


@cache
def manifest() -> dict[str, dict[str, Any]]:
    """`{model: {"file", "sha256", …}}` of every shipped model. Raises ModelNotFound."""
    if not (FOLDER / "manifest.json").is_file():
        raise ModelNotFound(str(FOLDER), "the installation lacks its weights")
    loaded: dict[str, dict[str, Any]] = orjson.loads((FOLDER / "manifest.json").read_bytes())
    return loaded


def path(model: str) -> Path:
    """The weights of a shipped model, verified. Raises ModelNotFound, WeightsCorrupt."""
    entry = manifest().get(model)
    if entry is None or not (FOLDER / entry["file"]).is_file():
        raise ModelNotFound(model, "not among the shipped weights")
    file = FOLDER / str(entry["file"])
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != entry["sha256"]:
        raise WeightsCorrupt(file, entry["sha256"], found)
    return file


def digest(model: str) -> str:
    """`sha256:<hex>` of a shipped model, as records name it."""
    return f"sha256:{manifest()[model]['sha256']}"


def session(model: str, threads: int) -> Any:
    """An ONNX Runtime session on the CPU for a shipped model."""
    return opened(path(model), threads)


def opened(file: Path, threads: int, profile: Path | None = None) -> Any:
    """An ONNX Runtime session on the CPU, as every model here has one.

    `profile`: what the file begins with into which `end_profiling` writes the time of each operator.
    """
    import onnxruntime  # slow to import, and only needed with a model

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Every batch has another shape: the arena would keep the largest buffer of each for ever.
    options.enable_cpu_mem_arena = False
    # A thread that spins between batches takes the core from the tokeniser and from the wire.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if profile is not None:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    # Fused with the addition before it, a layer norm takes four times as long as both (ONNX Runtime 1.32).
    return onnxruntime.InferenceSession(
        str(file), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )
