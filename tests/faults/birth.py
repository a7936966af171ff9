"""How the processes of the suite come into being.

A run starts many annotators, and the imports of each take three seconds of a core: so they are forked from a server
that has done them (multiprocessing's, which is single-threaded). From there on each is a process like any other, with
its own environment, session, log and signals. `executed` starts a new interpreter instead, as in production.
"""

import ctypes
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

REPOSITORY = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.faults.birth", "tests.processors.stub", "pipeline.processors.annotator"])


class Child(Protocol):
    """A process that was started from here."""

    @property
    def pid(self) -> int | None: ...

    def code(self) -> int | None:
        """An exit code, minus a signal's number, or None while it runs."""
        ...

    def wait(self, seconds: float | None) -> bool:
        """Whether it ends within that time."""
        ...

    def kill(self) -> None:
        """SIGKILL."""
        ...


class Forked:
    """An annotator with the stub model, from the fork server."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._process = _CONTEXT.Process(target=_be, args=(dict(environment), str(log)), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def code(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float | None) -> bool:
        self._process.join(seconds)
        return self._process.exitcode is not None

    def kill(self) -> None:
        self._process.kill()


class Executed:
    """A Python module with arguments, in a new interpreter. It ends with this process: its standard input is a pipe."""

    def __init__(self, module: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        setpriv = shutil.which("setpriv")
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*([setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []), sys.executable, "-m", *module],
                cwd=REPOSITORY,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def code(self) -> int | None:
        return self._process.poll()

    def wait(self, seconds: float | None) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        self._process.kill()


def _be(environment: dict[str, str], log: str) -> None:
    """In the new process: becomes the annotator."""
    from pipeline.wire import faults
    from tests.processors import stub

    os.setsid()
    if sys.platform == "linux":
        # No annotator outlives the suite, not even a frozen one. (The fork server ends with it.)
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(REPOSITORY)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.clear()
    os.environ.update(environment)
    faults._PLAN = faults._plan(environment)  # made from the environment when the server imported it
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    stub.main()
