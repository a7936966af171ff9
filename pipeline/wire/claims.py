"""Input partitions, each owned by one process at a time: the common part of both ways to deliver."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from pipeline.wire.outgoing import Outgoing
from pipeline.wire.progress import Progress
from pipeline.wire.reader import Reader
from pipeline.wire.received import Received

log = logging.getLogger(__name__)

_SETTLING_SECONDS = 5.0


class RecordsSkipped(Exception):
    """The client handed over a record, but not one before it: going on would lose that one."""


class Claim(ABC):
    """One input partition as this process owns it, from an assignment until the next rebalance.

    `generation`: of the assignment. `committed`: the offset of the first record that is not yet dealt with;
    `admitted`: of the first one that is not yet in hand. `progress`: what the committed offset says (see Progress). A
    closed claim belongs to an earlier assignment: nothing commits through it.
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

        Returns the offset of each record sent (-1 where the broker did not say), or None where the claim is closed:
        then nothing was sent, and the next owner reads the records again. Any error is fatal: what has happened is
        unknown, and only a new claim finds out.
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
        """Nothing commits through this claim once this returns."""
        self.closed = True
        async with self._lock:
            await self._close()

    @abstractmethod
    async def _commit(self, offset: OffsetAndMetadata, outgoing: Sequence[Outgoing]) -> list[int] | None: ...

    @abstractmethod
    async def _close(self) -> None: ...


class Claims(ABC):
    """The claims of this process on partitions of one input topic.

    `reader`: another client than the one that delivers the records; it knows the group's committed offsets.
    """

    def __init__(self, topic: str, reader: Reader) -> None:
        self.topic = topic
        self._reader = reader
        self._claims: dict[TopicPartition, Claim] = {}
        self._locks: defaultdict[TopicPartition, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def claim(self, partitions: Iterable[TopicPartition], generation: int) -> None:
        """Takes these partitions for the assignment `generation`; does nothing for those that it has already taken."""
        ours = [TopicPartition(*source) for source in partitions if source[0] == self.topic]
        await asyncio.gather(*(self._claim(source, generation) for source in ours))

    async def admit(self, records: Sequence[Received]) -> tuple[Claim, list[Received]] | None:
        """Takes those of `records` (of one partition, in order) that are to be dealt with, and the claim to commit by.

        None where there are none: read under an earlier assignment, or dealt with already. Raises RecordsSkipped where
        one is missing.
        """
        claim = self._claims.get(records[0].source)
        admitted = [record for record in records if claim is not None and claim.owns(record)]
        if claim is None or not admitted:
            return None
        expected = claim.admitted
        for record in admitted:
            # A gap is right where the topic holds none there: markers of transactions, expired or compacted records.
            if record.offset != expected:
                found = await self._reader.first_offset(record.source, expected, record.offset)
                if found is not None:
                    raise RecordsSkipped(f"{record.source}: got offset {record.offset} before {found}")
            expected = record.offset + 1
        claim.admitted = expected
        return claim, admitted

    async def release(self) -> None:
        """Gives every partition back, and says so: the next owner need not suspect that this one died."""
        await asyncio.gather(*(self._release(source) for source in list(self._claims)))

    async def close(self) -> None:
        """Ends every claim and every connection."""
        for source in list(self._claims):
            await self._drop(source)

    async def _claim(self, source: TopicPartition, generation: int) -> None:
        async with self._locks[source]:
            held = self._claims.get(source)
            if held is not None and held.generation == generation and not held.closed:
                return
            await self._drop(source)
            claim = await self._open(source, generation)
            if await self._ends_before(claim.committed, source):
                log.warning(
                    "%s ends before the committed offset: a new topic of that name, read from its start", source
                )
                claim.committed = claim.admitted = 0
            self._claims[source] = claim
            log.info("took %s from offset %d (generation %d)", source, claim.committed, generation)

    async def _ends_before(self, offset: int, source: TopicPartition) -> bool:
        if await self._reader.end(source) >= offset:
            return False
        # A leader that has just been elected may not yet know how far the partition goes.
        await asyncio.sleep(_SETTLING_SECONDS)
        return await self._reader.end(source) < offset

    async def _release(self, source: TopicPartition) -> None:
        async with self._locks[source]:
            claim = self._claims.get(source)
            if claim is not None and claim.progress.open:
                await claim.mark(Progress(attempts=claim.progress.attempts, cause=claim.progress.cause))
            await self._drop(source)

    async def _drop(self, source: TopicPartition) -> None:
        claim = self._claims.pop(source, None)
        if claim is not None:
            await claim.close()

    @abstractmethod
    async def _open(self, source: TopicPartition, generation: int) -> Claim:
        """Makes the claim: nobody else can commit for `source` once this has read the committed offset."""
