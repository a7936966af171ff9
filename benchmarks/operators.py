"""Where the time of a pass of the encoder goes, by kind of operator."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipeline.language import weights
from pipeline.language.windows import Window

KINDS = {
    "int8 products, quantising included": (
        "DynamicQuantizeMatMul",
        "MatMulIntegerToFloat",
        "MatMulInteger",
        "DynamicQuantizeLinear",
    ),
    "attention, in floats": ("FusedMatMul", "MatMul", "Softmax", "Transpose"),
    "activations": ("Gelu", "BiasGelu", "FastGelu", "Erf"),
    "additions and layer norms": ("Add", "LayerNormalization", "SkipLayerNormalization"),
}
REST = "the rest"


def operators(windows: Sequence[Window]) -> dict[str, float]:
    """Percent of the time of all operators of the shipped token model, by KINDS; on one thread, window by window."""
    with tempfile.TemporaryDirectory(prefix="claimwire-") as folder:
        session = weights.opened(weights.path("tokens"), 1, profile=Path(folder, "profile"))
        for window in windows:
            session.run(None, {"ids": window.ids[None], "shapes": window.shapes[None], "first": window.first[None]})
        events = json.loads(Path(session.end_profiling()).read_bytes())
    spent: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"]
    whole = sum(spent.values())
    shares = {kind: 100 * sum(spent.pop(each, 0) for each in named) / whole for kind, named in KINDS.items()}
    return {**shares, REST: 100 * sum(spent.values()) / whole}
