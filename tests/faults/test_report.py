from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.results import Results, Row
from tests.faults.run import Outcome
from tests.faults.scenarios import SCENARIOS
from tests.faults.verifier import Verdict

STOP, ZOMBIE = (one for name in ("stop", "zombie") for one in SCENARIOS if one.name == name)
GOOD = Row.of(STOP, 1, "abc", "commit 123", Outcome(200, Verdict(), 12.34))
BAD = Row.of(ZOMBIE, 2, "abc", "commit 123", Outcome(200, Verdict(lost=2, doubled=3, problems=["lost: story-1"]), 20))


def test_results_are_kept_for_the_same_sources(tmp_path: Path) -> None:
    results = Results(tmp_path / "a" / "faults.jsonl")
    assert results.read("abc") == []
    for row in (BAD, replace(GOOD, source="other"), GOOD, replace(BAD, lost=0)):
        results.add(row)
    # A run that is done again replaces the one before.
    assert results.read("abc") == [GOOD, replace(BAD, lost=0)]
    results.clear()
    assert results.read("abc") == []


@pytest.mark.parametrize("count", ["lost", "doubled", "out_of_order", "orphaned", "dead_letters"])
def test_one_of_anything_is_too_much(count: str) -> None:
    assert GOOD.good
    verdict = Verdict()
    setattr(verdict, count, 1)
    assert not Row.of(STOP, 1, "abc", "commit 123", Outcome(200, verdict, 1)).good


def test_what_else_went_wrong_counts_too() -> None:
    row = Row.of(STOP, 1, "abc", "commit 123", Outcome(200, Verdict(), 1, wrong=["it took 11 s"]))
    assert not row.good


def test_the_page_has_a_line_for_each_scenario_and_says_what_was_not_run() -> None:
    lines = list(report.page(SCENARIOS, [GOOD, BAD, replace(GOOD, number=2)]))
    (stop,) = [line for line in lines if line.startswith("| SIGTERM under load")]
    assert stop == "| SIGTERM under load: exit within 10 s | 10 of 10 | 2 | 400 | 0 | 0 | 0 | 0 | 25 |"
    (total,) = [line for line in lines if line.startswith("| **all**")]
    assert total.startswith("| **all** | 15 | 3 | 600 | 2 | 3 | 0 | 0 |")
    assert sum("not run" in line or "needs root" in line for line in lines) == len(SCENARIOS) - 2
    assert any("zombie 2: lost: story-1" in line for line in lines)
    assert "- Sources: commit 123" in lines


def test_every_scenario_of_the_table_is_known_by_one_name() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert all(scenario.short <= scenario.times for scenario in SCENARIOS)
    assert all(scenario.times % scenario.each == 0 for scenario in SCENARIOS)
