import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ModelNotFound, WeightsCorrupt
from pipeline.language import loading, weights


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The weights' folder, to be damaged."""
    folder = tmp_path / "weights"
    shutil.copytree(weights.FOLDER, folder)
    monkeypatch.setattr(weights, "FOLDER", folder)
    monkeypatch.setattr(weights, "TOKENIZER", folder / "tokenizer.json")
    weights.manifest.cache_clear()
    yield folder
    weights.manifest.cache_clear()


def test_the_shipped_files_are_what_the_manifest_says() -> None:
    for model in weights.manifest():
        assert weights.path(model).stat().st_size < 40_000_000
    for model in ("tokens", "stance"):
        assert 20_000_000 < weights.path(model).stat().st_size < 40_000_000
        assert weights.digest(model) == f"sha256:{weights.manifest()[model]['sha256']}"


def test_a_damaged_file_is_refused(copy: Path) -> None:
    with (copy / "tokens.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff\x00\xff")
    with pytest.raises(WeightsCorrupt):
        weights.path("tokens")


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "stance.onnx").unlink()
    with pytest.raises(ModelNotFound, match="stance"):
        weights.path("stance")
    (copy / "tokenizer.json").unlink()
    with pytest.raises(ModelNotFound, match="lacks its weights"):
        loading.tokeniser()
    weights.manifest.cache_clear()
    (copy / "manifest.json").unlink()
    with pytest.raises(ModelNotFound, match="lacks its weights"):
        weights.manifest()
