"""At least once: outputs are sent and acknowledged, then the offset after them is committed. A crash repeats a batch.

The simpler of the two ways (`delivery = "at_least_once"`): no transactions, so readers need no isolation level and
wait for none. Nothing is lost, for the same reasons as in `transactions` without its second step: a process that has
lost its partitions without noticing may send the outputs of one batch again.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from aiokafka.structs import OffsetAndMetadata

from pipeline.wire import faults
from pipeline.wire.leases import Lease, Leases
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.reader import Reader
from pipeline.wire.sending import send_all

Commit = Callable[[TopicPartition, OffsetAndMetadata], Awaitable[None]]


class AtLeastOnce(Leases):
    """Leases whose commits are sends, then a commit by the consumer. `commit`: the consumer's own."""

    def __init__(self, topic: str, reader: Reader, *, commit: Commit, producer: Callable[[], AIOKafkaProducer]) -> None:
        super().__init__(topic, reader)
        self._commit = commit
        self._new_producer = producer
        self._producer: AIOKafkaProducer | None = None

    async def lease(self, partitions: Iterable[TopicPartition], generation: int) -> None:
        """As in Leases."""
        if self._producer is None:
            self._producer = self._new_producer()
            await self._producer.start()
        await super().lease(partitions, generation)

    async def close(self) -> None:
        """As in Leases."""
        await super().close()
        if self._producer is not None:
            await self._producer.stop()

    async def _open(self, source: TopicPartition, generation: int) -> Lease:
        assert self._producer is not None  # lease() made it
        return _Acknowledged(source, generation, await self._reader.committed(source), self._producer, self._commit)


class _Acknowledged(Lease):
    def __init__(
        self,
        source: TopicPartition,
        generation: int,
        committed: OffsetAndMetadata | None,
        producer: AIOKafkaProducer,
        commit: Commit,
    ) -> None:
        super().__init__(source, generation, committed)
        self._producer = producer
        self._commit_offset = commit

    async def _commit(self, offset: OffsetAndMetadata, outgoing: Sequence[Outgoing]) -> list[int] | None:
        sent = await send_all(self._producer, outgoing)
        if outgoing:
            faults.reach("transaction.sent")
        try:
            await self._commit_offset(self.source, offset)
        except (CommitFailedError, IllegalStateError):
            # The group has been rebalanced: the next owner sends these once more.
            self.closed = True
            return None
        faults.reach("transaction.committed")
        return sent

    async def _close(self) -> None:
        pass
