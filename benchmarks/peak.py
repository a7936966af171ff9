"""How much of what this core can do the encoder does: `python -m benchmarks.peak`.

The peak is that of ONNX Runtime's own int8 matrix multiplication of a size that suits it, on one thread. The encoder's
share is of the multiplications that its file says it makes for each word piece, over the time that its pass takes, all
else that the pass does (attention in float, norms, quantising) included. In turns. A multiplication with its addition
is two operations. Then what that else is: the time of each kind of operator in a pass, by ONNX Runtime's own profile.
"""

import argparse
import time
from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from benchmarks.figures import Figure, put, ratio
from benchmarks.operators import operators
from benchmarks.report import show
from benchmarks.rounds import Task, rounds, until_interrupted
from benchmarks.sample import sample
from pipeline.language.loading import tokeniser
from pipeline.language.model import MAX_WINDOW
from pipeline.language.token_model import TokenModel
from pipeline.language.windows import Window
from training.shipped import graph

BENCHMARK = "peak"
SHAPE = (2048, 384, 1536)  # rows, inner, columns: eight windows, and the widest matrix of the encoder


def matrix_product(shape: tuple[int, int, int], seconds: float) -> Task:
    """Giga-operations a second of MatMulInteger, alone and over and over."""
    rows, inner, columns = shape
    weights = np.random.default_rng(1).integers(-127, 128, (inner, columns), np.int8)
    node = helper.make_node("MatMulInteger", ["a", "b", "a_zero", "b_zero"], ["y"])
    zero = helper.make_tensor("a_zero", TensorProto.UINT8, (), [128])
    zeros = helper.make_tensor("b_zero", TensorProto.INT8, (columns,), [0] * columns)
    made = helper.make_graph(
        [node],
        "peak",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, (rows, inner))],
        [helper.make_tensor_value_info("y", TensorProto.INT32, (rows, columns))],
        [onnx.numpy_helper.from_array(weights, "b"), zero, zeros],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = {"a": np.random.default_rng(2).integers(0, 256, (rows, inner), np.uint8)}

    def task() -> float:
        times, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            session.run(None, given)
            times += 1
        return 2 * rows * inner * columns * times / spent / 1e9

    session.run(None, given)
    return task


def multiplications(given: onnx.GraphProto) -> int:
    """Multiplications with additions of the int8 matrices of a graph, for one word piece, but for those of its heads.

    Attention itself multiplies floats, as many more as a window is long: it is no part of this.
    """
    sizes = {i.name: i.dims for i in given.initializer}
    products = (n for n in given.node if n.op_type == "MatMulInteger" and "/layer." in n.name)
    return sum(int(np.prod(sizes[product.input[1]])) for product in products)


def encoder(model: TokenModel, windows: Sequence[Window], each: int) -> Task:
    """Giga-operations a second that the encoder gets out of the core. `each`: multiplications for a word piece."""
    pieces = sum(len(window.ids) for window in windows)

    def task() -> float:
        began = time.perf_counter()
        model(windows)
        return 2 * each * pieces / (time.perf_counter() - began) / 1e9

    model(windows[:2])
    return task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=30, help="that the encoder reads in a round (30)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of multiplying in a round (3)")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    reading = tokeniser()
    windows = [w for article in sample(args.articles) for w in reading.windows(article.text, MAX_WINDOW)]
    each = multiplications(graph("tokens"))
    pieces = sum(len(window.ids) for window in windows)
    peak, share = "×".join(map(str, SHAPE)) + " int8 product", "encoder"
    tasks = {peak: matrix_product(SHAPE, args.seconds), share: encoder(TokenModel(1), windows, each)}
    found = rounds(BENCHMARK, tasks, args.rounds, "GOP/s")
    reached = Figure(BENCHMARK, share, "GOP/s", found[share], f"{each / 1e6:.1f} million multiplications a word piece")
    most = Figure(BENCHMARK, peak, "GOP/s", found[peak], "ONNX Runtime, one thread")
    speeds = tuple(1e9 * value / 2 / each for value in found[share])
    read = Figure(BENCHMARK, "word pieces", "1/s", speeds, f"{pieces / args.articles:.0f} an article")
    kinds = [Figure(BENCHMARK, f"of a pass: {kind}", "%", (share,)) for kind, share in operators(windows).items()]
    figures = [most, reached, ratio(reached, most), read, *kinds]
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
