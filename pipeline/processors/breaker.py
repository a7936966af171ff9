"""The circuit breaker: when too much fails, a processor stops instead of emptying its topic into the dead letters."""

from collections import deque


class BreakerOpen(Exception):
    """Too much failed. The message says what, how much, and what to do."""


class Breaker:
    """Counts successes and failures of one kind.

    Opens after `in_a_row` failures without a success, or when `share` of the last `window` outcomes are failures.
    `what`: the failures, for people; `advice`: what to do about them.
    """

    def __init__(self, what: str, *, in_a_row: int, share: float, window: int, advice: str) -> None:
        self.what = what
        self.in_a_row = in_a_row
        self.share = share
        self.window = window
        self.advice = advice
        self._streak = 0
        self._outcomes: deque[bool] = deque(maxlen=window)

    def add(self, failed: bool) -> None:
        """Counts one outcome. Raises BreakerOpen where that was one failure too many."""
        self._streak = self._streak + 1 if failed else 0
        self._outcomes.append(failed)
        if self._streak >= self.in_a_row:
            raise BreakerOpen(f"{self._streak} {self.what} in a row. {self.advice}")
        failures = sum(self._outcomes) if failed else 0
        if len(self._outcomes) == self.window and failures >= self.share * self.window:
            raise BreakerOpen(f"{failures} of the last {self.window} were {self.what}. {self.advice}")
