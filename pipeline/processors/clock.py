"""The time that one article may take, enforced even where native code hangs."""

import faulthandler
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LAST_RESORT = 10.0  # seconds after the limit; a hang that holds the interpreter's lock lets nothing else run
_POLL_SECONDS = 0.25


class ArticleClock:
    """Watches the work on one article at a time, from a thread of its own.

    `limit`: seconds. `expired` is called, once, in that thread. Where not even that thread gets to run, the
    interpreter's fault handler (a thread that needs no lock) prints where every thread is, and ends the process.
    """

    def __init__(self, limit: float, expired: Callable[[], None]) -> None:
        self.limit = limit
        self._expired = expired
        self._deadline: float | None = None
        threading.Thread(target=self._watch, name="article-clock", daemon=True).start()

    @property
    def ticking(self) -> bool:
        """Whether an article is being worked on."""
        return self._deadline is not None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within: one article is being worked on."""
        faulthandler.dump_traceback_later(self.limit + _LAST_RESORT, exit=True, file=sys.stderr.fileno())
        self._deadline = time.monotonic() + self.limit
        try:
            yield
        finally:
            self._deadline = None
            faulthandler.cancel_dump_traceback_later()

    def _watch(self) -> None:
        while True:
            time.sleep(min(_POLL_SECONDS, self.limit / 4))
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self._expired()
                return
