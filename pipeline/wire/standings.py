"""Keeps the stores of what stands up to date with `articles.annotated`.

An article whose raw record has the article's id as its key, in the partition that Kafka's partitioner gives that key,
is written by one process at a time: the owner of that raw partition. For those it is enough to read on to the end
once after each lease, and then to add what this process itself commits. Anybody may be writing the others (a null key
lands anywhere): for those it reads on before each batch. Two owners that work on the same such article in the same
moment do not see each other: then claims of the earlier one may stay until the article comes again.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TypeVar

from aiokafka import TopicPartition

from pipeline.wire.leases import Lease
from pipeline.wire.reader import Reader
from pipeline.wire.standing import Change, Standing, StandingStore, change

T = TypeVar("T")

log = logging.getLogger(__name__)

_JUST_SECONDS = 5.0
_LONG_OFFSETS = 1000  # so many take a second or more


class Standings:
    """What stands for the articles in every partition of `topic` (the full name of `articles.annotated`).

    `folder`: where the files are; `executor`: one thread, the only one that uses them. `markers`: whether each commit
    of this process leaves a transaction marker behind its records.
    """

    def __init__(self, topic: str, folder: Path, reader: Reader, executor: Executor, *, markers: bool) -> None:
        self._topic = topic
        self._folder = folder
        self._reader = reader
        self._executor = executor
        self._markers = markers
        self._stores: dict[int, StandingStore] = {}
        self._current: dict[int, list[Lease]] = {}  # partition: leases since which it has been read to the end
        self._own: dict[int, int] = {}  # partition: the position after this process's own last commit
        self._read_at = -math.inf  # when records came, in monotonic seconds

    @property
    def reading(self) -> bool:
        """Whether it has just read something."""
        return time.monotonic() - self._read_at < _JUST_SECONDS

    def has_read(self, partition: int, lease: Lease) -> bool:
        """Whether the store contains all that was committed before `lease`, and what this process has committed
        since."""
        return lease in self._current.get(partition, ())

    async def read_on(self, partition: int, lease: Lease) -> None:
        """Makes sure that the store contains all that is committed. Not while a commit of this process goes on."""
        source = TopicPartition(self._topic, partition)
        store = await self._store(partition)
        end = await self._reader.end(source)
        position = await self._run(lambda: store.position)
        if end - position > _LONG_OFFSETS:
            log.info("reading what stands: %s from offset %d to %d", source, position, end)
        if position > end:
            await self._run(store.clear)
            position = 0
        if not self._only_own_marker(partition, position, end):
            await self._read(source, store, position, end)
        current = self._current.get(partition, [])
        self._current[partition] = [*(one for one in current if not one.closed and one is not lease), lease]

    def of(self, articles: Iterable[tuple[int, str]]) -> dict[str, Standing]:
        """What stands for these articles, each with its partition. Call in the executor's thread."""
        found: dict[str, Standing] = {}
        by_partition: dict[int, list[str]] = {}
        for partition, article in articles:
            by_partition.setdefault(partition, []).append(article)
        for partition, ids in by_partition.items():
            found |= self._stores[partition].of(ids)
        return found

    async def committed(self, partition: int, changes: Sequence[Change]) -> None:
        """Takes in what this process has just committed there, in the order of the offsets."""
        store = self._stores[partition]
        end = changes[-1].offset + 1

        def apply() -> bool:
            position = store.position
            # The one offset after this process's own last commit is that transaction's marker.
            after_marker = self._markers and self._own.get(partition) == position and changes[0].offset == position + 1
            gapless = end - changes[0].offset == len(changes)
            return gapless and (changes[0].offset == position or after_marker) and store.apply(changes, end=end)

        if await self._run(apply):
            self._own[partition] = end
        else:
            # Others have written in between, or the store was lost: it reads on before the next use.
            self._current.pop(partition, None)

    def _only_own_marker(self, partition: int, position: int, end: int) -> bool:
        """Whether the one thing behind `position` is the marker of this process's own last commit.

        A reader would wait for a record that does not come: half a second for each batch of records without keys.
        """
        return self._markers and self._own.get(partition) == position and end == position + 1

    async def _store(self, partition: int) -> StandingStore:
        if partition not in self._stores:
            path = self._folder / f"{self._topic}-{partition}.sqlite"
            self._stores[partition] = await self._run(lambda: StandingStore(path))
        return self._stores[partition]

    async def _read(self, source: TopicPartition, store: StandingStore, position: int, end: int) -> None:
        while position < end:
            async with aclosing(self._reader.records(source, position, end)) as batches:
                async for records in batches:
                    self._read_at = time.monotonic()
                    changes = [change(record.offset, record.key or b"", record.value) for record in records]
                    position = changes[-1].offset + 1
                    if not await self._run(partial(store.apply, changes, end=position)):
                        position = 0
                        break
                else:
                    # The last offsets may be markers.
                    position = end if await self._run(partial(store.apply, [], end=end)) else 0

    async def _run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)
