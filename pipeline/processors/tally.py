"""What a processor has done, in its log now and then."""

import logging
import time
from collections import Counter

log = logging.getLogger(__name__)

_EVERY_SECONDS = 10.0


class Tally:
    """Counts by name, logged with the rate of `unit` every ten seconds in which anything was counted."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._counts: Counter[str] = Counter()
        self._since = time.monotonic()

    def add(self, counts: Counter[str]) -> None:
        """Adds to the counts."""
        self._counts += counts
        seconds = time.monotonic() - self._since
        if seconds > _EVERY_SECONDS and self._counts:
            said = ", ".join(f"{count} {name}" for name, count in sorted(self._counts.items()))
            log.info("%s (%.1f %s/s)", said, self._counts[self._unit] / seconds, self._unit)
            self._counts.clear()
            self._since = time.monotonic()
