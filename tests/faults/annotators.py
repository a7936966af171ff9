"""Annotator processes with the stub model: started, hurt, and started again as a supervisor would."""

import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.processors.endings import Ending
from tests.faults.birth import Child, Executed, Forked

_PAUSE_SECONDS = 0.3  # before a new start
_FINAL = frozenset({Ending.STOPPED, Ending.BREAKER, Ending.MISCONFIGURED})
"""Ends of a process that nobody stopped after which a supervisor would not go on as before."""


class Annotator:
    """One process. `log`: what it says, for people and checks; `own`: variables of it alone."""

    def __init__(self, name: str, child: Child, own: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self.own = own
        self._child = child

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._child.pid is not None
        return self._child.pid

    @property
    def code(self) -> int | None:
        """How it ended: an exit code, minus a signal's number, or None while it runs."""
        return self._child.code()

    @property
    def frozen(self) -> bool:
        """Whether it is stopped (SIGSTOP). Linux."""
        try:
            # The name of the program, in parentheses, may hold anything; the state is behind it.
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] in "tT"
        except FileNotFoundError:
            return False

    @property
    def taken(self) -> int:
        """How many partitions it has taken so far, those included that it has lost again."""
        return self.said().count("INFO stub: took ")

    @property
    def joined(self) -> bool:
        """Whether it has ever had a partition."""
        return self.taken > 0

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def send(self, number: signal.Signals) -> None:
        """Sends a signal; none where it has ended."""
        if self.code is None:
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Whether it ends within that time."""
        return self._child.wait(seconds)

    def kill(self) -> None:
        """SIGKILL, and its end."""
        if self.code is None:
            self._child.kill()
        self._child.wait(None)


class Fleet:
    """The annotators of a run. `environment`: variables of each; `folder`: for logs and what each keeps on disk.

    `module`: what each runs, and its arguments, in an interpreter of its own; by default the stub.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, *, module: Sequence[str] = ()) -> None:
        self.all: list[Annotator] = []
        self._environment = _clean() | {"CLAIMWIRE_STATE_DIR": str(folder / "state")} | dict(environment)
        self._folder = folder
        self._module = module
        self._retired: set[Annotator] = set()
        self._due: dict[Annotator, float] = {}

    @property
    def running(self) -> list[Annotator]:
        """Those that have not ended, in the order of their start."""
        return [one for one in self.all if one.code is None]

    def start(self, **own: str) -> Annotator:
        """A new process. `own`: variables of it and of those that follow it."""
        name = f"annotator-{len(self.all) + 1}"
        environment, log = {**self._environment, **own}, self._folder / f"{name}.log"
        child = Executed(self._module, environment, log) if self._module else Forked(environment, log)
        self.all.append(Annotator(name, child, own, log))
        return self.all[-1]

    def retire(self, annotator: Annotator) -> None:
        """It is not started again when it ends."""
        self._retired.add(annotator)

    def tend(self) -> None:
        """Starts a new process for each that has ended, except those that are retired. Call now and then."""
        for annotator in self.all:
            code = annotator.code
            if code is None or annotator in self._retired:
                continue
            if code in _FINAL:
                raise RuntimeError(f"{annotator.name} ended with {code}: {annotator.said()[-1000:]}")
            if time.monotonic() >= self._due.setdefault(annotator, time.monotonic() + _PAUSE_SECONDS):
                self.retire(annotator)
                self.start(**annotator.own)

    def stop(self, *, seconds: float = 15.0) -> list[str]:
        """SIGTERM to all; what went wrong with it, in words. None runs afterwards."""
        wrong = []
        stopping = self.running
        for annotator in stopping:
            self.retire(annotator)
            annotator.send(signal.SIGCONT)
            annotator.send(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for annotator in stopping:
            if not annotator.wait(max(0.1, deadline - time.monotonic())):
                wrong.append(f"{annotator.name} did not stop within {seconds:g} s of SIGTERM")
            elif annotator.code not in {Ending.STOPPED, Ending.TRY_AGAIN}:
                wrong.append(f"{annotator.name} ended with {annotator.code} when told to stop")
        self.kill()
        return wrong

    def kill(self) -> None:
        """Ends all of them at once."""
        for annotator in self.all:
            annotator.kill()


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CLAIMWIRE_")}
