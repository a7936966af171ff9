"""Rounds that take turns."""

import pytest

from benchmarks.rounds import rounds


def test_every_second_round_goes_backwards(capsys: pytest.CaptureFixture[str]) -> None:
    order: list[str] = []

    def task(name: str) -> float:
        order.append(name)
        return len(order)

    found = rounds("b", {"x": lambda: task("x"), "y": lambda: task("y")}, 3, "s")
    assert order == ["x", "y", "y", "x", "x", "y"]
    assert found == {"x": (1.0, 4.0, 5.0), "y": (2.0, 3.0, 6.0)}
    assert "6 of 6" in capsys.readouterr().err
