from pathlib import Path

import pytest

from schemas.files import FOLDER, files, write


def test_what_is_committed_is_what_the_source_says() -> None:
    committed = {path.name: path.read_bytes() for path in FOLDER.glob("*.schema.json")}
    committed["asyncapi.yaml"] = (FOLDER / "asyncapi.yaml").read_bytes()
    assert committed == files(), "records.py or topics.py changed: run `make schemas` and commit schemas/"


def test_the_same_source_gives_the_same_bytes() -> None:
    assert files() == files()


@pytest.mark.parametrize("name", ["claim.schema.json", "asyncapi.yaml"])
def test_a_changed_file_is_written_anew(tmp_path: Path, name: str) -> None:
    assert set(write(tmp_path)) == set(files())
    (tmp_path / name).write_text("{}")
    (tmp_path / "gone.schema.json").write_text("{}")
    assert set(write(tmp_path)) == {name, "gone.schema.json"}
    assert write(tmp_path) == []
    assert not (tmp_path / "gone.schema.json").exists()
