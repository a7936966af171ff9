"""The shipped weights in torch compute what they do in ONNX Runtime, but for int8's rounding."""

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip("torch")

from benchmarks import torch_pipeline
from benchmarks.peak import multiplications
from pipeline.language import weights
from pipeline.language.decoding import Cue
from pipeline.language.loading import tokeniser
from pipeline.language.role_model import RoleModel
from pipeline.language.stance_model import Question, StanceModel
from pipeline.language.token_model import TokenModel
from training import shipped

TEXT = (
    "“There is no progress yet,” a Hamas official told reporters in Cairo on Monday. Israel's foreign minister, "
    "Israel Katz, said that his country would not accept the terms.\n\nThe United Nations warned of famine."
)


def test_the_encoder_is_laid_out_as_the_file_is() -> None:
    given = shipped.graph("tokens")
    config = shipped.config(given, shipped.state(given))
    norms = sum(node.op_type == "LayerNormalization" for node in given.node)
    assert config.num_hidden_layers == (norms - 1) / 2
    width, inner = config.hidden_size, config.intermediate_size
    assert multiplications(given) == config.num_hidden_layers * (4 * width * width + 2 * width * inner)


def test_the_token_model_and_the_role_scorer() -> None:
    windows = tokeniser().windows(TEXT * 3, 200)
    model = shipped.token_model()
    ours, theirs = TokenModel(1)(windows), torch_pipeline.TorchTokens(model, 0)(windows)
    for one, other in zip(ours, theirs, strict=True):
        assert _cosine(one.vectors, other.vectors).min() > 0.97
        assert (one.entities.argmax(-1) == other.entities.argmax(-1)).mean() > 0.98
        assert np.abs(np.exp(one.cues) - np.exp(other.cues)).max() < 0.15
    # The scorer is float in both: given the same vectors it must give the same.
    vectors = ours[0].vectors
    cues = [Cue((9, 10), (0, 15), 1.0), Cue((25, 27), (16, 40), 1.0)]
    found = RoleModel(1)([vectors, vectors], cues), torch_pipeline.TorchRoles(model)([vectors, vectors], cues)
    for exact, close in zip(*found, strict=True):
        np.testing.assert_allclose(exact, close, atol=1e-4)


def test_batches_by_length_give_what_single_passes_give() -> None:
    windows = torch_pipeline.Sentences(weights.TOKENIZER).windows(TEXT, 256)
    assert len(windows) == 3
    model = shipped.token_model()
    single, batched = (torch_pipeline.TorchTokens(model, budget)(windows) for budget in (0, 4096))
    for one, other in zip(single, batched, strict=True):
        np.testing.assert_allclose(one.vectors, other.vectors, atol=1e-4)
        np.testing.assert_allclose(one.entities, other.entities, atol=1e-3)


def test_the_model_of_pairs() -> None:
    questions = [
        Question("The senator said the treaty was a disgrace.", "the treaty", "The senator"),
        Question("“We fully support Ukraine,” the minister said.", "Ukraine", "the minister"),
        Question("The mayor welcomed the new bridge.", "bridge"),
    ]
    reading = tokeniser()
    ours = StanceModel(reading, 1, 2048, 1.0)(questions)
    theirs = torch_pipeline.TorchStances(shipped.stance_model(), reading, 2048)(questions)
    np.testing.assert_allclose(ours, theirs, atol=0.12)
    assert ours.argmax(-1).tolist() == theirs.argmax(-1).tolist()


def test_columns_have_scales_of_their_own_and_matrices_are_called_after_their_bias() -> None:
    matrix = np.array([[10, -20], [30, 40], [5, 0]], np.int8)
    given = helper.make_graph(
        [
            helper.make_node(
                "MatMulInteger",
                ["x", "onnx::MatMul_7_quantized", "z", "onnx::MatMul_7_zero_point"],
                ["p"],
                "/out/MatMul",
            ),
            helper.make_node("Cast", ["p"], ["c"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["c", "s"], ["m"]),
            helper.make_node("Add", ["model.out.bias", "m"], ["y"]),
            helper.make_node("MatMul", ["y", "onnx::MatMul_8"], ["v"], "/roles/product/MatMul"),
        ],
        "small",
        [],
        [],
        [
            numpy_helper.from_array(matrix, "onnx::MatMul_7_quantized"),
            numpy_helper.from_array(np.array([0.5, 2.0], np.float32), "onnx::MatMul_7_scale"),
            numpy_helper.from_array(np.array([0, 10], np.int8), "onnx::MatMul_7_zero_point"),
            numpy_helper.from_array(np.array([1, 2], np.float32), "model.out.bias"),
            numpy_helper.from_array(np.array([[1.0], [3.0]], np.float32), "onnx::MatMul_8"),
        ],
    )
    found = shipped.state(given)
    assert set(found) == {"out.weight", "out.bias", "roles.product.weight"}
    np.testing.assert_allclose(found["out.weight"], np.array([[5, 15, 2.5], [-60, 60, -20]]))
    np.testing.assert_allclose(found["roles.product.weight"], np.array([[1, 3]]))


def test_a_file_that_lacks_a_weight_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shipped.state

    def less(given: onnx.GraphProto) -> dict[str, npt.NDArray[np.float32]]:
        found = whole(given)
        found.pop("hidden.bias", None)
        return found

    monkeypatch.setattr(shipped, "state", less)
    with pytest.raises(ValueError, match=r"hidden\.bias"):
        shipped.stance_model()


def _cosine(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    found: npt.NDArray[np.float32] = (one * other).sum(1) / lengths
    return found
