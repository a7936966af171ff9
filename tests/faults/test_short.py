"""The short edition: a run or two of most scenarios. `make faults` runs the whole table."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.faults.brokers import Brokers, Kind, brokers
from tests.faults.playing import Turn
from tests.faults.run import Run, Scenario
from tests.faults.scenarios import SHORT, kill_at

pytestmark = [pytest.mark.broker, pytest.mark.slow]

# In the table's order, which is that of the clusters: each is started once.
_TURNS = [Turn(scenario, number) for scenario in SHORT for number in range(1, scenario.short + 1)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Kind], Brokers]]:
    """The cluster of a kind; the one before is stopped."""
    running: dict[Kind, Brokers] = {}
    with ExitStack() as stack:

        def of(kind: Kind) -> Brokers:
            if kind not in running:
                stack.close()
                running.clear()
                running[kind] = stack.enter_context(brokers(kind, tmp_path_factory.mktemp(kind)))
            return running[kind]

        yield of


@pytest.mark.parametrize(
    "turn",
    [pytest.param(turn, id=f"{turn.scenario.name}-{turn.number}") for turn in _TURNS],
)
def test_nothing_is_lost_doubled_or_out_of_order(
    turn: Turn, cluster: Callable[[Kind], Brokers], tmp_path: Path
) -> None:
    obstacle = turn.scenario.obstacle()
    if obstacle:
        pytest.skip(obstacle)
    outcome = Run(turn.scenario, cluster(turn.scenario.brokers), tmp_path, turn.seed).go()
    assert outcome.good, [*outcome.wrong, *outcome.verdict.problems]


def test_the_suite_can_fail(cluster: Callable[[Kind], Brokers], tmp_path: Path) -> None:
    """Delivery at least once repeats a batch whose process dies after the sends: that must be counted, and no loss."""
    scenario = Scenario(
        "at-least-once",
        "SIGKILL between sends and commit, delivery at least once",
        1,
        partial(kill_at, points=("transaction.sent",)),
        environment={"CLAIMWIRE_DELIVERY": "at_least_once"},
    )
    outcome = Run(scenario, cluster("one"), tmp_path, seed=1).go()
    assert not outcome.wrong
    assert outcome.verdict.doubled > 0
    assert (outcome.verdict.lost, outcome.verdict.dead_letters) == (0, 0)
