"""Answers that cost the whole table, kept for a while."""

import threading
import time
from collections.abc import Callable
from typing import Any

_SECONDS = 30.0


class Cache:
    """One answer a key. While one request finds a new one, the others get the one of before."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}
        self._finding: set[str] = set()

    def get(self, key: str, find: Callable[[], Any]) -> Any:
        """What `find` gave, at most some seconds ago."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and (time.monotonic() - kept[0] < self._seconds or key in self._finding):
                return kept[1]
            self._finding.add(key)
        try:
            found = find()
            with self._lock:
                self._kept[key] = time.monotonic(), found
        finally:
            with self._lock:
                self._finding.discard(key)
        return found
