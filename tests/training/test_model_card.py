"""The figures that are quoted are those that `make evaluate` printed for the shipped weights."""

import json
import re

import pytest

from tests.conftest import REPOSITORY

ROW = re.compile(r"^\| ([^|]+?) \| ([\d.]+) \| ([\d.]+) – ([\d.]+) \|$", re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "docs/models.md"])
def test_figures_are_those_of_the_shipped_weights(page: str) -> None:
    kept = json.loads((REPOSITORY / "training/figures.json").read_text())
    quoted = ROW.findall((REPOSITORY / page).read_text())
    assert len(quoted) > 10
    for name, *values in quoted:
        figure = kept[name]
        assert values == [f"{figure[key]:.1f}" for key in ("value", "low", "high")], name
