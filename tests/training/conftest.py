"""Training reads the research data; these tests give it a little of their own."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training import corpora

Writer = Callable[[str, list[dict[str, Any]]], None]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Writes rows as a data set of a given name."""
    monkeypatch.setattr(corpora, "ROOT", tmp_path)

    def write(name: str, rows: list[dict[str, Any]]) -> None:
        path = tmp_path / f"{name}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    return write
