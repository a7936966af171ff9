"""Keeps the worker processes of a service running."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.processors.endings import Ending

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
_FIRST_PAUSE = 0.5  # seconds before the first new start; doubled each time
_LONGEST_PAUSE = 30.0
_HEALTHY_SECONDS = 60.0  # a worker that lived so long did not fail early
_GRACE_SECONDS = 2.0  # beyond the worker's own time to stop: it ends itself then, and says so
_FINAL = frozenset({Ending.BREAKER, Ending.MISCONFIGURED})


@dataclass(slots=True)
class _Worker:
    number: int
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    due: float = 0.0  # when to start it, while it has no process
    early: int = field(default=0)  # ends in a row before it was healthy


class Supervisor:
    """Runs `workers` processes of `command` until a signal, starting again each one that ends.

    A worker that ends is started again after a pause, longer each time. After `restarts` early ends in a row, or an end
    that a new start cannot mend (a circuit breaker, a wrong setting), all are stopped. The first SIGTERM or SIGINT lets
    each worker finish its batch, for `stop_seconds`; the second one kills them. Each worker's standard input is a pipe
    from here: when it ends, the supervisor is gone (killed), and the worker stops by itself.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        workers: int,
        restarts: int,
        stop_seconds: float,
        variables: Callable[[int], Mapping[str, str]] = lambda number: {},
    ) -> None:
        """`variables`: more of the environment, by the number of the worker, from 1."""
        self._variables = variables
        self._command = list(command)
        self._workers = [_Worker(number) for number in range(1, workers + 1)]
        self._restarts = restarts
        self._stop_seconds = stop_seconds
        self._signals = 0

    def run(self) -> int:
        """Until all is stopped. The exit code: 0 after a signal, else the one that ended it (see Ending)."""
        before = {number: signal.signal(number, self._signalled) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            code = self._run()
        finally:
            self._kill()
            for number, handler in before.items():
                signal.signal(number, handler)
        return code

    def _run(self) -> int:
        while not self._signals:
            for worker in self._workers:
                if worker.process is None and time.monotonic() >= worker.due:
                    self._start(worker)
                final = self._ended(worker)
                if final is not None:
                    self._stop()
                    return final
            time.sleep(_POLL_SECONDS)
        self._stop()
        return Ending.STOPPED

    def _start(self, worker: _Worker) -> None:
        worker.process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, env={**os.environ, **self._variables(worker.number)}
        )
        worker.started = time.monotonic()
        log.info("worker %d started (process %d)", worker.number, worker.process.pid)

    def _ended(self, worker: _Worker) -> int | None:
        """Looks after a worker that has ended. The code to end with, where it is not to be started again."""
        code = worker.process.poll() if worker.process is not None else None
        if code is None:
            return None
        self._forget(worker)
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
        if code in _FINAL:
            log.error("worker %d ended %s: stopping", worker.number, how)
            return code
        if time.monotonic() - worker.started > _HEALTHY_SECONDS:
            worker.early = 0
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**worker.early)
        # A broker that is away for an hour is no failure of the worker: it may try for ever.
        worker.early = min(worker.early + 1, self._restarts) if code == Ending.TRY_AGAIN else worker.early + 1
        if worker.early > self._restarts:
            log.error("worker %d ended %s, %d times in a row: stopping", worker.number, how, worker.early)
            return Ending.CRASHED if code < 0 else code
        worker.due = time.monotonic() + pause
        log.warning("worker %d ended %s: starting it again in %.1f s", worker.number, how, pause)
        return None

    def _signalled(self, number: int, frame: object) -> None:
        self._signals += 1

    def _stop(self) -> None:
        signals, deadline = self._signals, time.monotonic() + self._stop_seconds + _GRACE_SECONDS
        self._each(lambda process: process.terminate())
        while any(worker.process is not None and worker.process.poll() is None for worker in self._workers):
            if self._signals > max(signals, 1) or time.monotonic() > deadline:
                log.warning("killing the workers that still run; what they had in hand will be read again")
                return  # run() kills
            time.sleep(_POLL_SECONDS)

    def _kill(self) -> None:
        self._each(lambda process: process.kill())
        for worker in self._workers:
            self._forget(worker)

    def _each(self, act: "Callable[[subprocess.Popen[bytes]], None]") -> None:
        for worker in self._workers:
            if worker.process is not None and worker.process.poll() is None:
                act(worker.process)

    def _forget(self, worker: _Worker) -> None:
        if worker.process is not None:
            worker.process.wait()
            if worker.process.stdin is not None:
                worker.process.stdin.close()
            worker.process = None
