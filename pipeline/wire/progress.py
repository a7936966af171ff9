"""What a committed offset says beyond its number: whether work goes on there, and how often it killed the process.

The metadata string of the committed offset holds it: so it is as durable as the offset, moves with it in the same
transaction, and is there for the next owner of the partition, on whatever machine.
"""

from dataclasses import dataclass

import orjson

_LONGEST = 2000  # characters; brokers accept 4,096 bytes by default


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of the first record at or after a committed offset.

    `open`: an owner began to work from here and has not said that it stopped; found by the next owner, it means that
    the process died. `attempts`: how often this record was begun alone. `cause`: what ended the last attempt, where
    known ("too-slow"). `targets`: of the relations processor, the offset before which all of `targets` is dealt with.
    """

    open: bool = False
    attempts: int = 0
    cause: str = ""
    targets: int = 0

    def encode(self) -> str:
        """The metadata string; empty for a clean state."""
        if self == Progress():
            return ""
        return orjson.dumps(self).decode()

    @classmethod
    def decode(cls, metadata: str | None) -> "Progress":
        """From a metadata string. What this program did not write (a reset by another tool) is a clean state."""
        try:
            found = orjson.loads((metadata or "")[:_LONGEST])
            targets = max(0, int(found.get("targets", 0)))
            return cls(bool(found["open"]), max(0, int(found["attempts"])), str(found["cause"]), targets)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError, OverflowError):
            return cls()
