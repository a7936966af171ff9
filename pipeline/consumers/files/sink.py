"""Topics into files, exactly once.

A file holds the records of one partition from the first to before the next offset of its name. It is written under
another name and renamed when it is whole and on the disk: that is the commit, and the names say where to read on.
"""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from pipeline import metrics
from pipeline.errors import FolderBusy
from pipeline.settings import Settings
from pipeline.topics import Topic
from pipeline.wire.received import Received
from pipeline.wire.tail import Positions, Tail

_POLL_SECONDS = 0.5
_FILE_BYTES = 64 * 1024 * 1024  # of records in memory, in all, before files are written
_NAME = re.compile(r"(\d{20})-(\d{20})")
_UNFINISHED = ".unfinished"


class Writer(Protocol):
    """A format of files. `suffix`: of their names, with its dot."""

    suffix: str

    def write(self, topic: Topic, records: Sequence[Received], path: Path) -> None:
        """Writes all of `records` to `path`, which does not exist."""


@dataclass(slots=True)
class _Waiting:
    """Records of one partition that have no file yet. `first`, `next`: offsets."""

    first: int
    next: int
    records: list[Received] = field(default_factory=list)


class FileSink:
    """Writes what comes on `topics` into `folder`. A context manager: within, the folder is this one's alone."""

    def __init__(self, settings: Settings, folder: Path, writer: Writer, topics: Sequence[Topic]) -> None:
        self._settings = settings
        self._folder = folder
        self._writer = writer
        self._topics = {topic.full_name(settings.topic_prefix): topic for topic in topics}
        self._waiting: dict[tuple[str, int], _Waiting] = {}
        self._lock = -1

    def run(
        self,
        *,
        follow: bool,
        every: float = 60.0,
        stopping: Callable[[], bool] = lambda: False,
        told: Callable[[Tail, int], None] = lambda tail, records: None,
    ) -> int:
        """Reads on from where the files end: to the present ends of the topics, or with `follow` for ever.

        `every`: seconds that a record waits for others to share its file. `told` hears of each poll. Returns how many
        records were read. Raises BrokerUnavailable, TopicMissing, TopicReplaced, OSError. Whatever ends it, records
        that are in no file yet will be read again.
        """
        count, due = 0, time.monotonic() + every
        with Tail(self._settings, list(self._topics), self._stored()) as tail:
            while not stopping() and (follow or not tail.ended):
                before = tail.positions
                batch = tail.poll(_POLL_SECONDS)
                if batch is not None:
                    self._take(batch.records, before, batch.positions)
                    count += len(batch.records)
                told(tail, len(batch.records) if batch else 0)
                if time.monotonic() >= due or self._size() > _FILE_BYTES:
                    self._write()
                    due = time.monotonic() + every
            self._write()
        return count

    def _stored(self) -> Positions:
        """The offset after the last file of each partition."""
        found: Positions = {}
        for name, topic in self._topics.items():
            for path in sorted((self._folder / topic.name).glob(f"*/*{self._writer.suffix}")):
                offsets = _NAME.fullmatch(path.name.removesuffix(self._writer.suffix))
                if offsets and path.parent.name.isdecimal():
                    partition = name, int(path.parent.name)
                    found[partition] = max(found.get(partition, 0), int(offsets[2]))
        return found

    def _take(self, records: Sequence[Received], before: Positions, after: Positions) -> None:
        for partition, position in after.items():
            self._waiting.setdefault(partition, _Waiting(before.get(partition, 0), position)).next = position
        for record in records:
            self._waiting[record.topic, record.partition].records.append(record)

    def _size(self) -> int:
        return sum(record.size for waiting in self._waiting.values() for record in waiting.records)

    def _write(self) -> None:
        for (name, partition), waiting in list(self._waiting.items()):
            # Nothing but transaction markers: the next file begins before them.
            if not waiting.records:
                continue
            topic = self._topics[name]
            folder = self._folder / topic.name / str(partition)
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{waiting.first:020}-{waiting.next:020}{self._writer.suffix}"
            unfinished = path.with_name(path.name + _UNFINISHED)
            self._writer.write(topic, waiting.records, unfinished)
            _to_disk(unfinished)
            unfinished.rename(path)
            _to_disk(folder)
            del self._waiting[name, partition]
            metrics.STORED.labels(name).inc(len(waiting.records))

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / ".claimwire-sink.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise FolderBusy(self._folder) from None
        for path in _unfinished(self._folder):
            path.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)


def _unfinished(folder: Path) -> Iterator[Path]:
    """What a killed sink had begun to write."""
    yield from list(folder.glob(f"*/*/*{_UNFINISHED}"))


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
