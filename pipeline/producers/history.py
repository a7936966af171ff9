"""History in pieces, each with the position after it: what a replay sends and writes down in one transaction."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from pipeline.errors import ArticleRefused
from pipeline.formats import Skipped
from pipeline.records import Run
from pipeline.wire.outgoing import Outgoing

Unsent = Skipped | ArticleRefused

_RECORDS = 500
_BYTES = 4 * 1024 * 1024
_SECONDS = 1.0


class Piece(NamedTuple):
    """`run`: the run as it is once `records` are sent."""

    records: list[Outgoing]
    run: Run


@dataclass
class Gathering:
    """A piece in the making. Closed when it is large enough, or a second old: a slow pace must not keep it open.

    What is not sent makes no piece full: it is counted with the records that follow.
    """

    run: Run
    records: list[Outgoing] = field(default_factory=list)
    sent: int = 0
    withdrawn: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _bytes: int = 0
    _began: float | None = None

    def article(self, record: Outgoing) -> None:
        """Adds an article, or whatever else counts as one; a null value as a withdrawal."""
        self._began = self._began or time.monotonic()
        self.records.append(record)
        self._bytes += len(record.value or b"")
        if record.value is None:
            self.withdrawn += 1
        else:
            self.sent += 1

    def unsent(self, outcome: Unsent) -> None:
        """Counts an item that is not sent."""
        counts = self.skipped if isinstance(outcome, Skipped) else self.refused
        counts[outcome.reason] += 1

    @property
    def full(self) -> bool:
        """Whether it should be closed."""
        old = self._began is not None and time.monotonic() - self._began > _SECONDS
        return len(self.records) >= _RECORDS or self._bytes >= _BYTES or old

    def close(self, **position: object) -> Piece:
        """The piece; `position`: fields of Run."""
        run = self.run
        return Piece(
            self.records,
            replace(
                run,
                sent=run.sent + self.sent,
                withdrawn=run.withdrawn + self.withdrawn,
                skipped=_added(run.skipped, self.skipped),
                refused=_added(run.refused, self.refused),
                **position,  # type: ignore[arg-type]
            ),
        )


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(one) + Counter(other))


def by_reason(counts: Iterable[tuple[str, int]]) -> str:
    """Counts by reason, for people: "3 empty, 1 too-large"."""
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts, key=lambda one: (-one[1], one[0])))
