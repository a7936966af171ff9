"""The sink that runs inside the page's service, and how it gets on."""

import logging
import threading
import time
from collections import deque
from typing import Any

from sqlalchemy import Engine

from pipeline.consumers.database.connection import end_rebuilding
from pipeline.consumers.database.sink import DatabaseSink
from pipeline.errors import ClaimwireError
from pipeline.settings import Settings
from pipeline.wire.tail import Positions, Tail

log = logging.getLogger(__name__)

_LAG_SECONDS = 5.0
_RATE_SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds before it tries again
_PATIENCE_SECONDS = 10.0  # of trying, before the page says that something is wrong: brokers start slowly


class Filling:
    """Fills the database from a thread until it is stopped. Whatever fails is said on the page, and tried again."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.problem = ""
        self.catching_up = False
        self._engine = engine
        self._sink = DatabaseSink(settings, engine)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sink", daemon=True)
        self._lock = threading.Lock()
        self._lag: Positions = {}
        self._measured = 0.0
        self._came: deque[tuple[float, int]] = deque()
        self._failing_since: float | None = None
        self._caught_up = False

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Lets the transaction in hand end."""
        self._stopping.set()
        self._thread.join(seconds)

    def status(self) -> dict[str, Any]:
        """Lag by partition, and records a second over the last minute."""
        now = time.monotonic()
        with self._lock:
            count = sum(count for at, count in self._came if now - at < _RATE_SECONDS)
            lag = [{"topic": topic, "partition": part, "lag": left} for (topic, part), left in self._lag.items()]
        return {"lag": sorted(lag, key=lambda one: (one["topic"], one["partition"])), "rate": count / _RATE_SECONDS}

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self._sink.run(follow=True, stopping=self._stopping.is_set, told=self._told)
            except ClaimwireError as error:
                self._failed(f"{error.message}. {error.remedy}")
            except Exception as error:
                log.exception("the sink failed")
                self._failed(f"{type(error).__name__}: see the log")
            else:
                return
            self._stopping.wait(pause)
            pause = _FIRST_PAUSE if not self._failing_since else min(_LONGEST_PAUSE, pause * 2)

    def _failed(self, problem: str) -> None:
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
            log.warning("the database is not being filled: %s", problem)
        if now - self._failing_since >= _PATIENCE_SECONDS:
            self.problem = problem

    def _told(self, tail: Tail, records: int) -> None:
        now = time.monotonic()
        if self._failing_since is not None:
            self._failing_since, self.problem = None, ""
            log.info("the database is being filled again")
        with self._lock:
            self._came.append((now, records))
            while now - self._came[0][0] > _RATE_SECONDS:
                self._came.popleft()
        if tail.ended and not self._caught_up:
            end_rebuilding(self._engine)
        self._caught_up, self.catching_up = tail.ended, not tail.ended
        if now - self._measured > _LAG_SECONDS:
            self._measured = now
            lag = tail.lag()
            with self._lock:
                self._lag = lag
