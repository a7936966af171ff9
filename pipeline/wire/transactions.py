"""Exactly once: the outputs of a batch and the offset after it commit in one Kafka transaction.

Each input partition has one transactional producer, whose transactional id is made of the consumer group and the
partition: the same for every process that ever owns the partition. The argument, step by step:

1. **A batch is all or nothing.** Its outputs, its dead letters and the committed offset of its partition are in one
   transaction. A process that dies before the commit leaves an open transaction and the old offset; after the commit,
   the new offset. No order of events leaves outputs without the offset, or the offset without outputs. Each delivery
   is awaited before the offset is added: the client would otherwise commit although a send had failed.
2. **One owner at a time can commit.** A new owner first starts its producer (InitProducerId). The coordinator then
   raises the id's epoch, aborts what the old owner left open, and refuses everything that comes with the old epoch. A
   transaction that was already committing is completed first. So an old owner that wakes up (SIGSTOP, a long pause, a
   cut network) cannot commit any more: ProducerFenced, and the process ends.
3. **The new owner begins at the right place.** It reads the committed offset only after step 2: no transaction that
   could still change it is open by then. Whatever the old owner had not committed is read again, and nothing else.
4. **Nothing is dealt with twice in one process.** Messages carry the generation of the assignment in which they were
   read; those of an earlier one are dropped, and so are those below the offset that was committed last. Both are read
   again by whoever owns the partition then, or were dealt with.
5. **Nothing is passed over.** A batch must begin at the committed offset, and have no gap; where the client hands
   over a later record, another client looks whether the topic holds anything in between (`Leases.admit`). So a fault
   of the consumer's own seeking or buffering ends the process instead of losing records.
6. **Any failure ends the process**: fenced, a transaction that ran out of time (InvalidTxnState,
   InvalidProducerEpoch, InvalidProducerIdMapping), a refused record. What has been committed is then unknown here;
   the next start finds out by steps 2 and 3. Brokers that are away or change leaders are waited for by the client
   itself, without limit; a transaction that does not outlive such a wait is one of the failures above.

Limits: consumers must read with `isolation.level=read_committed`; others also see what aborted transactions wrote.
Everything that is written must go through the lease's own producer. A transaction holds back readers of its
partitions until it ends: a process that freezes between the sends and the commit holds them for
`processor.transaction_seconds`. The coordinator forgets a transactional id after `transactional.id.expiration.ms` (7
days) without use, and a producer id likewise: the first commit after that fails, and the restarted process goes on.
It forgets the committed offsets of a group without members after `offsets.retention.minutes` (7 days): then
everything is dealt with once more.
"""

import asyncio
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from pipeline import metrics
from pipeline.wire import faults
from pipeline.wire.leases import Lease, Leases
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.reader import Reader
from pipeline.wire.sending import send_all


def transactional_id(group: str, source: TopicPartition) -> str:
    """The id that every owner of `source` uses in `group`."""
    return f"{group}-{source.topic}-{source.partition}"


class Transactions(Leases):
    """Leases whose commits are transactions. `producer` makes a producer for a transactional id."""

    def __init__(self, topic: str, reader: Reader, *, group: str, producer: Callable[[str], AIOKafkaProducer]) -> None:
        super().__init__(topic, reader)
        self._group = group
        self._producer = producer

    async def _open(self, source: TopicPartition, generation: int) -> Lease:
        producer = self._producer(transactional_id(self._group, source))
        try:
            await producer.start()
            committed = await self._reader.committed(source)
        except BaseException:
            # A rebalance cancels this, or the broker is gone: the connections must not stay.
            await asyncio.shield(producer.stop())
            raise
        return _Transactional(source, generation, committed, producer, self._group)


class _Transactional(Lease):
    def __init__(
        self,
        source: TopicPartition,
        generation: int,
        committed: OffsetAndMetadata | None,
        producer: AIOKafkaProducer,
        group: str,
    ) -> None:
        super().__init__(source, generation, committed)
        self._producer = producer
        self._group = group

    async def _commit(self, offset: OffsetAndMetadata, outgoing: Sequence[Outgoing]) -> list[int]:
        # No abort on failure: the process ends, and the next lease aborts (step 2).
        await self._producer.begin_transaction()
        sent = await send_all(self._producer, outgoing)
        if outgoing:
            faults.reach("transaction.sent")
        await self._producer.send_offsets_to_transaction({self.source: offset}, self._group)
        faults.reach("transaction.offsets-sent")
        await self._producer.commit_transaction()
        faults.reach("transaction.committed")
        metrics.TRANSACTIONS.labels("committed").inc()
        return sent

    async def _close(self) -> None:
        await self._producer.stop()
