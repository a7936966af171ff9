"""The token model on ONNX Runtime and on OpenVINO: `python -m benchmarks.runtimes`.

Word pieces a second of the encoder with its heads over words, on one thread, the product's own windows one by one, in
turns. What each does:

- ONNX Runtime as shipped: int8 weights, activations scaled while running, each window at its own length.
- ONNX Runtime in float: the same weights, int8 back to float.
- OpenVINO in bf16: those floats, in bfloat16 where the processor has it; the note says what it came to.
- OpenVINO in static int8: those floats quantised by NNCF with SmoothQuant, scales fitted beforehand on one window each
  of other articles (`--calibration`); what is not int8 is as OpenVINO chooses.
- the same, each window padded to a multiple of 32 pieces, with a mask: OpenVINO makes code for each new length.

Each reads all windows once before it is timed. Memory is of a process that does nothing else, after one pass over all
windows. Labels are of single words, by the likeliest, and show what is lost by rounding and nothing of which is right.
"""

import argparse
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, put, ratio
from benchmarks.openvino_model import OpenVinoTokens, PaddedTokens
from benchmarks.processes import resident
from benchmarks.report import show
from benchmarks.rounds import Task, rounds, say, until_interrupted
from benchmarks.sample import sample
from pipeline.language import weights
from pipeline.language.loading import tokeniser
from pipeline.language.memory import give_back
from pipeline.language.model import MAX_WINDOW
from pipeline.language.token_model import Scores, TokenModel
from pipeline.language.windows import Window

BENCHMARK = "runtimes"
SHIPPED, FLOAT = "ONNX Runtime, as shipped", "ONNX Runtime, float"

# No runtime is imported above, nor torch: a process whose memory is measured imports this file and its own runtime.
Load = Callable[[], TokenModel]


class FloatTokens(TokenModel):
    """The token model on ONNX Runtime from another file."""

    def __init__(self, file: Path) -> None:
        self.session = weights.opened(file, 1)


def runtimes(folder: Path, calibration: Sequence[Window]) -> dict[str, Load]:
    """All that can be had here, to be loaded, their files in the folder; says which cannot."""
    from benchmarks.openvino_weights import floats, static_int8
    from training import shipped

    model = shipped.token_model()
    plain, masked = floats(model, folder / "float.onnx"), floats(model, folder / "masked.onnx", masked=True)
    found: dict[str, Load] = {SHIPPED: partial(TokenModel, 1), FLOAT: partial(FloatTokens, plain)}
    say(BENCHMARK, f"NNCF quantises twice, by {len(calibration)} windows of other articles: minutes")
    try:
        int8 = static_int8(plain, calibration, folder / "int8.xml")
        int8_masked = static_int8(masked, calibration, folder / "int8-masked.xml")
    except ImportError as error:
        say(BENCHMARK, f"without OpenVINO ({error}): pip install 'claimwire[peers]' on Python 3.11, which NNCF wants")
        return found
    found["OpenVINO, bf16"] = partial(OpenVinoTokens, plain, "bf16")
    found["OpenVINO, static int8"] = partial(OpenVinoTokens, int8)
    found["OpenVINO, static int8, padded"] = partial(PaddedTokens, int8_masked)
    return found


def speed(model: TokenModel, windows: Sequence[Window]) -> Task:
    """Word pieces a second."""
    pieces = sum(len(window.ids) for window in windows)

    def task() -> float:
        began = time.perf_counter()
        model(windows)
        return pieces / (time.perf_counter() - began)

    return task


def memory(load: Load | None, windows: Sequence[Window]) -> float:
    """Resident MiB of this process once a model has read the windows; without a model, of what else is there."""
    model = load() if load else None
    if model:
        model(windows)
    give_back()
    return resident(os.getpid())


def alone(load: Load | None, windows: Sequence[Window]) -> float:
    """`memory` of a new process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(memory, load, windows).result()


def unlike(scores: Sequence[Scores], others: Sequence[Scores]) -> dict[str, float]:
    """Entity and cue labels: how many percent of the words have another one."""
    words = sum(len(one.entities) for one in scores)
    pairs = list(zip(scores, others, strict=True))
    entities = sum(int((a.entities.argmax(-1) != b.entities.argmax(-1)).sum()) for a, b in pairs)
    cues = sum(int((a.cues.argmax(-1) != b.cues.argmax(-1)).sum()) for a, b in pairs)
    return {"entity": 100 * entities / words, "cue": 100 * cues / words}


def measured(loads: Mapping[str, Load], windows: Sequence[Window], count: int) -> list[Figure]:
    """Speeds and their ratios, memory, and labels."""
    models = {name: load() for name, load in loads.items()}
    scores = {name: model(windows) for name, model in models.items()}
    found = rounds(BENCHMARK, {n: speed(m, windows) for n, m in models.items()}, count, "word pieces/s")
    kinds = {name: f"what is not int8: {getattr(model, 'precision', 'f32')}" for name, model in models.items()}
    speeds = [Figure(BENCHMARK, name, "word pieces/s", values, kinds[name]) for name, values in found.items()]
    figures = [*speeds, *(ratio(other, speeds[0]) for other in speeds[1:])]
    for name, load in {"no model": None, **loads}.items():
        figures.append(Figure(BENCHMARK, f"{name}: resident memory", "MiB", (alone(load, windows),)))
    note = f"of {sum(len(window.first) for window in windows):,} words"
    for name in (name for name in loads if name != FLOAT):
        for kind, share in unlike(scores[name], scores[FLOAT]).items():
            figures.append(Figure(BENCHMARK, f"{name}: {kind} labels unlike float's", "%", (share,), note))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=15, help="read in a round (15)")
    parser.add_argument("--calibration", type=int, default=100, help="other articles to fit int8 scales on (100)")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    reading, articles = tokeniser(), sample(args.articles)
    windows = [w for article in articles for w in reading.windows(article.text, MAX_WINDOW)]
    texts, pick = {article.text for article in articles}, random.Random(1)
    others = [article for article in sample(args.calibration + args.articles, seed=2) if article.text not in texts]
    fitting = [pick.choice(reading.windows(o.text, MAX_WINDOW)) for o in others[: args.calibration]]
    if not fitting:
        parser.error("no other articles to fit int8 scales on: fewer --articles, or the research data")
    with tempfile.TemporaryDirectory(prefix="claimwire-") as folder:
        figures = measured(runtimes(Path(folder), fitting), windows, args.rounds)
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
