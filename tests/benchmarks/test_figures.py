"""Figures: their ratios, the file that gathers them, the table that is made of it."""

from pathlib import Path

import pytest

from benchmarks.figures import Figure, Results, put, ratio, read
from benchmarks.report import markdown, number, row, text


def test_ratio_is_taken_round_by_round() -> None:
    # The machine was three times slower in the second round: the medians alone would say 1.33.
    one = Figure("b", "one", "1/s", (30.0, 10.0, 40.0))
    other = Figure("b", "other", "1/s", (15.0, 5.0, 20.0))
    assert ratio(one, other) == Figure("b", "one ÷ other", "×", (2.0, 2.0, 2.0))


def test_ratio_of_rounds_that_do_not_pair_is_that_of_the_medians() -> None:
    one, other = Figure("b", "one", "1/s", (1.0, 6.0, 7.0)), Figure("b", "other", "1/s", (2.0, 4.0))
    assert ratio(one, other).values == (2.0,)


def test_a_benchmark_that_runs_again_replaces_its_own_figures_only(tmp_path: Path) -> None:
    file = tmp_path / "build" / "bench.json"
    put([Figure("a", "x", "s", (1.0,)), Figure("b", "y", "s", (2.0,))], file)
    put([Figure("a", "z", "s", (3.0, 5.0), "so")], file)
    results = read(file)
    assert results.figures == [Figure("b", "y", "s", (2.0,)), Figure("a", "z", "s", (3.0, 5.0), "so")]
    assert results.median("a", "z") == 4.0
    assert results.median("a", "x") is None
    assert int(results.machine["cores"]) > 0


def test_nothing_measured(tmp_path: Path) -> None:
    assert read(tmp_path / "none.json") == Results()


@pytest.mark.parametrize(
    ("value", "said"), [(0.16834, "0.168"), (9.8712, "9.87"), (1234.6, "1,235"), (99.96, "100"), (0.0, "0")]
)
def test_numbers_have_three_digits(value: float, said: str) -> None:
    assert number(value) == said


def test_rows() -> None:
    assert row(Figure("b", "x", "s", (1.0, 4.0, 2.0), "n")) == ("x", "s", "2", "1 … 4", "3", "n")
    assert row(Figure("b", "x", "s", (1.0,))) == ("x", "s", "1", "", "1", "")


def test_markdown_escapes_what_ends_a_cell() -> None:
    assert markdown(("a", "b"), [("1|2", "3")]) == "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |"


def test_the_text_has_the_machine_and_a_table_for_each_benchmark() -> None:
    said = text(Results({"cores": "2"}, [Figure("a", "x", "s", (1.0,)), Figure("b", "y", "s", (2.0,))]))
    assert "| cores | 2 |" in said
    assert said.index("## a") < said.index("| x | s | 1 |") < said.index("## b") < said.index("| y | s | 2 |")
