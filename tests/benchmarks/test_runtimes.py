"""What the runtimes are given to read, and how their labels are compared."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from benchmarks import openvino_weights
from benchmarks.openvino_model import STEP, padded
from benchmarks.openvino_weights import MaskedGraph
from benchmarks.runtimes import FLOAT, SHIPPED, runtimes, unlike
from pipeline.language.loading import tokeniser
from pipeline.language.token_model import Scores
from training import shipped
from training.export import TokenGraph

TEXT = "“There is no progress yet,” a Hamas official told reporters in Cairo. Israel would not accept the terms."


def test_padding_behind_a_mask_changes_nothing() -> None:
    (window,) = tokeniser().windows(TEXT, 200)
    longer, size = padded(window), len(window.first)
    assert 0 < len(longer.ids) - len(window.ids) < STEP
    assert len(longer.ids) % STEP == len(longer.shapes) % STEP == len(longer.first) % STEP == 0
    assert len(padded(longer).ids) == len(longer.ids)
    model = shipped.token_model()
    given = [[torch.from_numpy(a)[None] for a in (w.ids, w.shapes, w.first)] for w in (window, longer)]
    with torch.inference_mode():
        found = TokenGraph(model)(*given[0]), MaskedGraph(model)(*given[1])
    for exact, close in zip(*found, strict=True):
        np.testing.assert_allclose(exact[0], close[0, :size], atol=1e-4)


def test_labels_are_counted_by_the_likeliest() -> None:
    vectors = np.zeros((4, 1), np.float32)
    likely = np.log(np.array([[0.9, 0.1]] * 4, np.float32))
    less, other = np.log(np.array([[0.6, 0.4]] * 4, np.float32)), likely.copy()
    other[2] = other[2, ::-1]
    assert unlike([Scores(likely, likely, vectors)], [Scores(other, less, vectors)]) == {"entity": 25.0, "cue": 0.0}


def test_without_openvino_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object) -> Path:
        raise ImportError("No module named 'nncf'")

    monkeypatch.setattr(shipped, "token_model", lambda: None)
    monkeypatch.setattr(openvino_weights, "floats", lambda _model, file, masked=False: file)
    monkeypatch.setattr(openvino_weights, "static_int8", missing)
    assert list(runtimes(tmp_path, [])) == [SHIPPED, FLOAT]
    assert "pip install 'claimwire[peers]'" in capsys.readouterr().err
