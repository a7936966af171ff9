"""Plays runs one after the other, with as few clusters as they need."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.faults.brokers import Brokers, Kind, brokers
from tests.faults.run import Outcome, Run, Scenario

_ORDER: tuple[Kind, ...] = ("one", "three", "cables")


@dataclass(frozen=True, slots=True)
class Turn:
    """One run that is to be done: the scenario's `number`th, from 1."""

    scenario: Scenario
    number: int

    @property
    def seed(self) -> int:
        """Decides every choice of the run."""
        return 1000 * sum(self.scenario.name.encode()) + self.number


def play(turns: Iterable[Turn], logs: Path, say: Callable[[str], None]) -> Iterator[tuple[Turn, Outcome]]:
    """Each turn and what it came to. `logs`: a folder where those of a run that went wrong are kept."""
    # One of everything first: a table that is stopped half-way says something about each.
    turns = sorted(turns, key=lambda turn: (_ORDER.index(turn.scenario.brokers), turn.number))
    for kind, some in groupby(turns, key=lambda turn: turn.scenario.brokers):
        with (
            tempfile.TemporaryDirectory(prefix="claimwire-faults-", ignore_cleanup_errors=True) as temporary,
            brokers(kind, Path(temporary, "brokers"), say) as cluster,
        ):
            for turn in some:
                folder = Path(temporary, f"{turn.scenario.name}-{turn.number}")
                folder.mkdir()
                outcome = Run(turn.scenario, cluster, folder, turn.seed).go()
                if not outcome.good:
                    _keep(folder, cluster, logs)
                shutil.rmtree(folder, ignore_errors=True)
                yield turn, outcome


def _keep(folder: Path, cluster: Brokers, logs: Path) -> None:
    kept = logs / folder.name
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("state", "small"))
    for node in cluster.nodes:
        shutil.copy(node.config.log, kept / f"broker-{node.config.node_id}.log")
