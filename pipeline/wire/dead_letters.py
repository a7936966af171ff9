"""Dead letters: records that can never succeed, untouched, with headers that say which record, what failed, and where.

A dead letter's headers are those of the record, in their order, then one block of ours, which begins with the reason.
Whatever a producer put into headers of the same names is before that block, so the last one of a name counts.
"""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline import __version__
from pipeline.errors import ArticleRefused
from pipeline.records import DeadLetterHeader
from pipeline.topics import DEAD_LETTERS
from pipeline.wire.headers import Headers, header
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.partition import partition_for
from pipeline.wire.received import Received

RETRIED = "claimwire-retried"
"""Header of a record that `claimwire dead-letters retry` sent once more: how often that was done."""

ERROR = "error"
"""The reason of a dead letter that no ArticleRefused explains: the processor itself failed."""

_LONGEST_MESSAGE = 300  # characters
_MOST_ITEMS = 20  # named in a header
_ENVELOPE = 16 * 1024  # bytes for our headers and framing


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record, or some items of it, is given up. `errors`: at least one; `stage`: what was being done."""

    stage: str
    errors: Sequence[BaseException]
    attempts: int = 1

    @property
    def refused(self) -> bool:
        """Whether the input is at fault, not the processor."""
        return all(isinstance(error, ArticleRefused) for error in self.errors)


def dead_letter(
    record: Received, failure: Failure, *, group: str, destination: Destination, largest: int, now: datetime
) -> Outgoing:
    """The record for `dead-letters`: one for `record`, however many of its items failed.

    It lies in the partition of its key, like everything of that article; without a key, in the one of its own
    partition. `largest`: bytes of the largest record that the topic takes; a value that does not fit is left out, and
    said to be.
    """
    name = DEAD_LETTERS.full_name(destination.prefix, destination.run)
    partitions = destination.partitions[name]
    partition = record.partition % partitions if record.key is None else partition_for(record.key, partitions)
    error = failure.errors[0]
    refused = isinstance(error, ArticleRefused)
    said: dict[DeadLetterHeader, str | None] = {
        DeadLetterHeader.REASON: error.reason if isinstance(error, ArticleRefused) else ERROR,
        DeadLetterHeader.MESSAGE: (str(error) if refused else what_and_where(error))[:_LONGEST_MESSAGE],
        DeadLetterHeader.EXCEPTION: f"{type(error).__module__}.{type(error).__qualname__}",
        DeadLetterHeader.ITEM: _items(failure.errors),
        DeadLetterHeader.STAGE: failure.stage,
        DeadLetterHeader.ATTEMPTS: str(failure.attempts),
        DeadLetterHeader.VERSION: __version__,
        DeadLetterHeader.TIME: _rfc3339(now),
        DeadLetterHeader.TOPIC: record.topic,
        DeadLetterHeader.PARTITION: str(record.partition),
        DeadLetterHeader.OFFSET: str(record.offset),
        DeadLetterHeader.TIMESTAMP: _rfc3339(record.origin.timestamp),
        DeadLetterHeader.GROUP: group,
    }
    value = record.value
    if (
        len(record.key or b"") + record.size + sum(len(k) + len(v or b"") for k, v in record.headers)
        > largest - _ENVELOPE
    ):
        value, said[DeadLetterHeader.OMITTED] = b"", str(record.size)
    ours = [(key.value, text.encode("utf-8", "replace")) for key, text in said.items() if text is not None]
    return Outgoing(name, record.key, value, [*record.headers, *ours], partition)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter as read back. `offset` and `partition`: in `dead-letters`. Absent numbers are None."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    received: Headers  # as the record came
    said: dict[DeadLetterHeader, str]

    @classmethod
    def of(cls, record: Received) -> "DeadLetter":
        """From a record of `dead-letters`. One that something else has written has little in `said`."""
        starts = [index for index, (name, _) in enumerate(record.headers) if name == DeadLetterHeader.REASON]
        start = starts[-1] if starts else len(record.headers)
        received = list(record.headers[:start])
        block = {name: (data or b"").decode("utf-8", "replace") for name, data in record.headers[start:]}
        said = {name: block[name.value] for name in DeadLetterHeader if name.value in block}
        return cls(record.partition, record.offset, record.key, record.value, received, said)

    @property
    def reason(self) -> str:
        """Why; empty where unknown."""
        return self.said.get(DeadLetterHeader.REASON, "")

    @property
    def retries(self) -> int:
        """How often it had been retried before it came here."""
        text = header(self.received, RETRIED) or "0"
        return int(text) if text.isascii() and text.isdigit() else 0


def what_and_where(error: BaseException) -> str:
    """The type of an unforeseen error and the place that raised it. Not its message, which may quote the article."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}{place}"


def _items(errors: Sequence[BaseException]) -> str | None:
    items = [str(e.item) for e in errors if isinstance(e, ArticleRefused) and e.item is not None]
    if not items:
        return None
    more = f" and {len(items) - _MOST_ITEMS} more" if len(items) > _MOST_ITEMS else ""
    return ", ".join(items[:_MOST_ITEMS])[:_LONGEST_MESSAGE] + more


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
