"""Which records a lease admits; on a broker, see tests/processors."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wire.leases import Lease, Leases, RecordsSkipped
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.progress import Progress
from pipeline.wire.reader import Reader
from pipeline.wire.received import Received

SOURCE = TopicPartition("raw", 0)


class Topic:
    """Stands for the reader: a partition that holds records at these offsets, and a committed offset."""

    def __init__(self, offsets: Sequence[int], committed: int | None = None) -> None:
        self.offsets = offsets
        self.committed = committed

    async def end(self, source: TopicPartition) -> int:
        return max(self.offsets, default=-1) + 1

    async def first_offset(self, source: TopicPartition, start: int, end: int) -> int | None:
        return next((offset for offset in self.offsets if start <= offset < end), None)


class InMemoryLease(Lease):
    async def _commit(self, offset: OffsetAndMetadata, outgoing: Sequence[Outgoing]) -> list[int]:
        topic.committed = offset.offset
        return [0] * len(outgoing)

    async def _close(self) -> None:
        pass


class InMemoryLeases(Leases):
    async def _open(self, source: TopicPartition, generation: int) -> Lease:
        committed = None if topic.committed is None else OffsetAndMetadata(topic.committed, "")
        return InMemoryLease(source, generation, committed)


topic = Topic([])


def record(offset: int, generation: int = 1) -> Received:
    return Received("raw", 0, offset, 0, None, b"", [], generation)


def leases(offsets: Sequence[int], committed: int | None = None) -> Leases:
    global topic
    topic = Topic(offsets, committed)
    return InMemoryLeases("raw", cast("Reader", topic))


async def admitted(made: Leases, *records: Received) -> list[int]:
    found = await made.admit(records)
    return [] if found is None else [one.offset for one in found[1]]


@given(st.sets(st.integers(0, 30), min_size=1), st.integers(0, 10), st.lists(st.integers(1, 5)))
def test_every_record_is_admitted_once_in_order_however_often_it_is_delivered(
    held: set[int], committed: int, cuts: list[int]
) -> None:
    async def deliver() -> None:
        offsets = sorted(held)
        made = leases(offsets, min(committed, offsets[-1]))
        done: list[int] = []
        for generation, cut in enumerate([*cuts, 99], start=1):
            await made.lease([SOURCE, TopicPartition("other", 0)], generation)
            # After each rebalance the client begins at the committed offset, or, at worst, before it.
            for one in [offset for offset in offsets if offset >= max(0, (topic.committed or 0) - 3)][: cut + 3]:
                found = await made.admit([record(one, generation)])
                if found is not None:
                    lease, records = found
                    done += [each.offset for each in records]
                    await lease.commit(records[-1].offset + 1, [], Progress())
            # Whatever is left, nothing of it is begun until the next assignment.
            made.revoke()
            assert await admitted(made, *(record(one, generation) for one in offsets)) == []
        assert done == [offset for offset in offsets if offset >= min(committed, offsets[-1])]

    asyncio.run(deliver())


def test_a_record_of_an_earlier_assignment_is_not_admitted() -> None:
    async def deliver() -> None:
        made = leases([0, 1, 2])
        assert await admitted(made, record(0)) == []
        await made.lease([SOURCE], 2)
        assert await admitted(made, record(0, generation=1)) == []
        assert await admitted(made, record(0, generation=2), record(1, generation=2)) == [0, 1]
        await made.release()
        assert await admitted(made, record(0, generation=2)) == []

    asyncio.run(deliver())


def test_a_gap_is_right_only_where_the_topic_has_one() -> None:
    async def deliver() -> None:
        made = leases([0, 4, 5, 6])
        await made.lease([SOURCE], 1)
        assert await admitted(made, record(0), record(4)) == [0, 4]
        with pytest.raises(RecordsSkipped, match="got offset 6 before 5"):
            await admitted(made, record(6))
        made = leases([0, 4])
        await made.lease([SOURCE], 1)
        with pytest.raises(RecordsSkipped, match="got offset 4 before 0"):
            await admitted(made, record(4))

    asyncio.run(deliver())


def test_what_is_in_hand_is_not_taken_again_before_it_is_committed() -> None:
    async def deliver() -> None:
        made = leases([0, 1, 2])
        await made.lease([SOURCE], 1)
        assert await admitted(made, record(0)) == [0]
        assert await admitted(made, record(0), record(1), record(2)) == [1, 2]

    asyncio.run(deliver())


def test_a_mark_never_takes_an_offset_back() -> None:
    async def deliver() -> None:
        made = leases([0, 1])
        await made.lease([SOURCE], 1)
        found = await made.admit([record(0)])
        assert found is not None
        lease, _ = found
        await asyncio.gather(lease.commit(1, [], Progress(open=True)), lease.mark(Progress()), lease.close())
        assert topic.committed == 1
        assert lease.committed == 1

    asyncio.run(deliver())


def test_a_topic_that_was_made_anew_is_read_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.wire.leases._SETTLING_SECONDS", 0.01)

    async def deliver() -> None:
        made = leases([0, 1], committed=500)
        await made.lease([SOURCE], 1)
        assert await admitted(made, record(0), record(1)) == [0, 1]

    asyncio.run(deliver())


def test_a_closed_lease_commits_nothing() -> None:
    async def deliver() -> None:
        made = leases([0, 1])
        await made.lease([SOURCE], 1)
        found = await made.admit([record(0)])
        assert found is not None
        lease, _ = found
        assert await lease.commit(1, [], Progress(open=True)) == []
        await made.lease([SOURCE], 2)
        assert await lease.commit(2, [], Progress()) is None
        assert topic.committed == 1
        found = await made.admit([record(1, generation=2)])
        assert found is not None
        assert (found[0].generation, found[0].committed) == (2, 1)
        await made.close()
        assert await made.admit([record(1, generation=2)]) is None

    asyncio.run(deliver())
