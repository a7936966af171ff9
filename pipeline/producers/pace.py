"""No faster than asked for."""

import time
from collections.abc import Callable


class Pace:
    """Lets `rate` things pass in a second, evenly; any number where that is None."""

    def __init__(
        self,
        rate: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._clock = clock
        self._sleep = sleep
        self._due = clock()

    def wait(self) -> None:
        """Returns when the next thing may pass. Time that nobody used is not made up for."""
        now = self._clock()
        if self._due > now:
            self._sleep(self._due - now)
        self._due = max(self._due, now) + self._interval
