"""How often somebody may do something: a token bucket for each."""

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_KEYS = 10_000  # that are remembered; the one that was seen longest ago is forgotten


class Rates:
    """Each key may act `burst` times at once, and `per_second` times a second in the long run."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key: actions left, as of when

    def wait(self, key: str) -> float:
        """0 where `key` may act now, which counts; else after how many seconds it may."""
        now = self._clock()
        left, since = self._left.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        if len(self._left) > _MOST_KEYS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._per_second
