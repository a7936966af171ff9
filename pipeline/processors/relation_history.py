"""What an earlier owner of a partition has read and published, for the one who goes on."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from aiokafka import TopicPartition

from pipeline.errors import UndecodableRecord
from pipeline.processors.targeting import TargetChange
from pipeline.records import Proposition, Relation, Target
from pipeline.topics import PROPOSITIONS, RELATIONS, TARGETS, Topic
from pipeline.wire.codec import decode
from pipeline.wire.leases import Lease
from pipeline.wire.outgoing import Destination
from pipeline.wire.reader import Reader
from pipeline.wire.received import Received

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class History:
    """`reader`: beside the group's own consumer."""

    reader: Reader
    destination: Destination

    async def input(self, lease: Lease) -> AsyncIterator[list[Received]]:
        """Everything of the lease's partition that has been dealt with and is still there, in order."""
        async with aclosing(self.reader.records(lease.source, 0, lease.committed)) as batches:
            async for records in batches:
                yield [Received.read(record) for record in records]

    async def published(self, partition: int) -> tuple[list[Relation], list[Proposition]]:
        """The relations and propositions that stand in that partition."""
        return (
            await self._standing(RELATIONS, Relation, partition),
            await self._standing(PROPOSITIONS, Proposition, partition),
        )

    async def targets_end(self) -> int:
        """The offset after the last change of a target."""
        return await self.reader.end(self._source(TARGETS, 0))

    async def targets(self, start: int, end: int) -> list[TargetChange]:
        """The changes of targets from offset `start` until before `end`, in order. What is no target is passed over:
        any producer may write there."""
        changes = []
        async with aclosing(self.reader.records(self._source(TARGETS, 0), start, end)) as batches:
            async for records in batches:
                for record in records:
                    name = (record.key or b"").decode("utf-8", "replace")
                    try:
                        target = decode(Target, record.value) if record.value is not None else None
                    except UndecodableRecord:
                        continue
                    changes.append(TargetChange(target.id if target else name, target))
        return changes

    async def _standing(self, topic: Topic, kind: type[T], partition: int) -> list[T]:
        source = self._source(topic, partition)
        latest: dict[bytes, bytes | None] = {}
        async with aclosing(self.reader.records(source, 0, await self.reader.end(source))) as batches:
            async for records in batches:
                for record in records:
                    latest[record.key or b""] = record.value
        return [decode(kind, value) for value in latest.values() if value is not None]

    def _source(self, topic: Topic, partition: int) -> TopicPartition:
        return TopicPartition(topic.full_name(self.destination.prefix, self.destination.run), partition)
