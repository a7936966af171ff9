"""Input partitions, each owned by one process at a time: the common part of both ways to deliver."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from pipeline import metrics
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.progress import Progress
from pipeline.wire.reader import Reader
from pipeline.wire.received import Received

log = logging.getLogger(__name__)

_SETTLING_SECONDS = 5.0


class RecordsSkipped(Exception):
    """The client handed over a record, but not one before it: going on would lose that one."""


class Lease(ABC):
    """One input partition as this process owns it, from an assignment until the next rebalance.

    `generation`: of the assignment. `committed`: the offset of the first record that is not yet dealt with;
    `admitted`: of the first one that is not yet in hand. `progress`: what the committed offset says (see Progress). A
    closed lease belongs to an earlier assignment: nothing commits through it.
    """

    def __init__(self, source: TopicPartition, generation: int, committed: OffsetAndMetadata | None) -> None:
        self.source = source
        self.generation = generation
        self.committed = self.admitted = committed.offset if committed is not None else 0
        self.progress = Progress.decode(committed.metadata if committed is not None else None)
        self.closed = False
        self._lock = asyncio.Lock()

    def owns(self, record: Received) -> bool:
        """Whether `record` is to be dealt with here: read in this assignment, and not before."""
        return not self.closed and record.generation == self.generation and record.offset >= self.admitted

    async def commit(self, offset: int, outgoing: Sequence[Outgoing], progress: Progress) -> list[int] | None:
        """Sends `outgoing`, and says that everything before `offset` is dealt with. Commits happen in the order of
        calls.

        Returns the offset of each record sent (-1 where the broker did not say), or None where the lease is closed:
        then nothing was sent, and the next owner reads the records again. Any error is fatal: what has happened is
        unknown, and only a new lease finds out.
        """
        async with self._lock:
            return await self._commit_now(offset, outgoing, progress)

    async def mark(self, progress: Progress) -> None:
        """Changes what the committed offset says, and not the offset."""
        async with self._lock:
            if progress != self.progress:
                await self._commit_now(self.committed, [], progress)

    async def _commit_now(self, offset: int, outgoing: Sequence[Outgoing], progress: Progress) -> list[int] | None:
        if self.closed:
            return None
        sent = await self._commit(OffsetAndMetadata(offset, progress.encode()), outgoing)
        if sent is not None:
            self.committed, self.progress = offset, progress
        return sent

    async def close(self) -> None:
        """Nothing commits through this lease once this returns."""
        self.closed = True
        async with self._lock:
            await self._close()

    @abstractmethod
    async def _commit(self, offset: OffsetAndMetadata, outgoing: Sequence[Outgoing]) -> list[int] | None: ...

    @abstractmethod
    async def _close(self) -> None: ...


class Leases(ABC):
    """The leases of this process on partitions of one input topic.

    `reader`: another client than the one that delivers the records; it knows the group's committed offsets.
    """

    def __init__(self, topic: str, reader: Reader) -> None:
        self.topic = topic
        self._reader = reader
        self.assigned = False  # whether the group has said which partitions are ours, if only none
        self._revoked = False
        self._leases: dict[TopicPartition, Lease] = {}
        self._locks: defaultdict[TopicPartition, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def lease(self, partitions: Iterable[TopicPartition], generation: int) -> None:
        """Takes these partitions for the assignment `generation`; does nothing for those that it has already taken."""
        ours = [TopicPartition(*source) for source in partitions if source[0] == self.topic]
        self._revoked = False
        await asyncio.gather(*(self._lease(source, generation) for source in ours))
        self.assigned = True

    def revoke(self) -> None:
        """Admits nothing more until the next assignment: the group waits for what is in hand, and for no more."""
        self._revoked = True

    def current(self) -> list[Lease]:
        """The leases that this process holds now."""
        return [lease for lease in self._leases.values() if not lease.closed]

    async def admit(self, records: Sequence[Received]) -> tuple[Lease, list[Received]] | None:
        """Takes those of `records` (of one partition, in order) that are to be dealt with, and the lease to commit by.

        None where there are none: read under an earlier assignment, dealt with already, or to be read again under the
        next one (`revoke`). Raises RecordsSkipped where one is missing.
        """
        if self._revoked:
            return None
        lease = self._leases.get(records[0].source)
        admitted = [record for record in records if lease is not None and lease.owns(record)]
        if lease is None or not admitted:
            return None
        expected = lease.admitted
        for record in admitted:
            # A gap is right where the topic holds none there: markers of transactions, expired or compacted records.
            if record.offset != expected:
                found = await self._reader.first_offset(record.source, expected, record.offset)
                if found is not None:
                    raise RecordsSkipped(f"{record.source}: got offset {record.offset} before {found}")
            expected = record.offset + 1
        lease.admitted = expected
        return lease, admitted

    async def release(self) -> None:
        """Gives every partition back, and says so: the next owner need not suspect that this one died."""
        self.assigned = False
        await asyncio.gather(*(self._release(source) for source in list(self._leases)))

    async def close(self) -> None:
        """Ends every lease and every connection."""
        for source in list(self._leases):
            await self._drop(source)

    async def _lease(self, source: TopicPartition, generation: int) -> None:
        async with self._locks[source]:
            held = self._leases.get(source)
            if held is not None and held.generation == generation and not held.closed:
                return
            await self._drop(source)
            lease = await self._open(source, generation)
            if await self._ends_before(lease.committed, source):
                log.warning(
                    "%s ends before the committed offset: a new topic of that name, read from its start", source
                )
                lease.committed = lease.admitted = 0
            if lease.progress.open:
                metrics.TRANSACTIONS.labels("aborted").inc()
            self._leases[source] = lease
            log.info("took %s from offset %d (generation %d)", source, lease.committed, generation)

    async def _ends_before(self, offset: int, source: TopicPartition) -> bool:
        if await self._reader.end(source) >= offset:
            return False
        # A leader that has just been elected may not yet know how far the partition goes.
        await asyncio.sleep(_SETTLING_SECONDS)
        return await self._reader.end(source) < offset

    async def _release(self, source: TopicPartition) -> None:
        async with self._locks[source]:
            lease = self._leases.get(source)
            if lease is not None and lease.progress.open:
                await lease.mark(replace(lease.progress, open=False))
            await self._drop(source)

    async def _drop(self, source: TopicPartition) -> None:
        lease = self._leases.pop(source, None)
        if lease is not None:
            await lease.close()

    @abstractmethod
    async def _open(self, source: TopicPartition, generation: int) -> Lease:
        """Makes the lease: nobody else can commit for `source` once this has read the committed offset."""
