"""Which records a claim admits; on a broker, see tests/processors."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wire.claims import Claim, Claims, RecordsSkipped
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


class InMemoryClaim(Claim):
    async def _commit(self, offset: OffsetAndMetadata, outgoing: Sequence[Outgoing]) -> list[int]:
        topic.committed = offset.offset
        return [0] * len(outgoing)

    async def _close(self) -> None:
        pass


class InMemoryClaims(Claims):
    async def _open(self, source: TopicPartition, generation: int) -> Claim:
        committed = None if topic.committed is None else OffsetAndMetadata(topic.committed, "")
        return InMemoryClaim(source, generation, committed)


topic = Topic([])


def record(offset: int, generation: int = 1) -> Received:
    return Received("raw", 0, offset, 0, None, b"", [], generation)


def claims(offsets: Sequence[int], committed: int | None = None) -> Claims:
    global topic
    topic = Topic(offsets, committed)
    return InMemoryClaims("raw", cast("Reader", topic))


async def admitted(made: Claims, *records: Received) -> list[int]:
    found = await made.admit(records)
    return [] if found is None else [one.offset for one in found[1]]


@given(st.sets(st.integers(0, 30), min_size=1), st.integers(0, 10), st.lists(st.integers(1, 5)))
def test_every_record_is_admitted_once_in_order_however_often_it_is_delivered(
    held: set[int], committed: int, cuts: list[int]
) -> None:
    async def deliver() -> None:
        offsets = sorted(held)
        made = claims(offsets, min(committed, offsets[-1]))
        done: list[int] = []
        for generation, cut in enumerate([*cuts, 99], start=1):
            await made.claim([SOURCE, TopicPartition("other", 0)], generation)
            # After each rebalance the client begins at the committed offset, or, at worst, before it.
            for one in [offset for offset in offsets if offset >= max(0, (topic.committed or 0) - 3)][: cut + 3]:
                found = await made.admit([record(one, generation)])
                if found is not None:
                    claim, records = found
                    done += [each.offset for each in records]
                    await claim.commit(records[-1].offset + 1, [], Progress())
        assert done == [offset for offset in offsets if offset >= min(committed, offsets[-1])]

    asyncio.run(deliver())


def test_a_record_of_an_earlier_assignment_is_not_admitted() -> None:
    async def deliver() -> None:
        made = claims([0, 1, 2])
        assert await admitted(made, record(0)) == []
        await made.claim([SOURCE], 2)
        assert await admitted(made, record(0, generation=1)) == []
        assert await admitted(made, record(0, generation=2), record(1, generation=2)) == [0, 1]
        await made.release()
        assert await admitted(made, record(0, generation=2)) == []

    asyncio.run(deliver())


def test_a_gap_is_right_only_where_the_topic_has_one() -> None:
    async def deliver() -> None:
        made = claims([0, 4, 5, 6])
        await made.claim([SOURCE], 1)
        assert await admitted(made, record(0), record(4)) == [0, 4]
        with pytest.raises(RecordsSkipped, match="got offset 6 before 5"):
            await admitted(made, record(6))
        made = claims([0, 4])
        await made.claim([SOURCE], 1)
        with pytest.raises(RecordsSkipped, match="got offset 4 before 0"):
            await admitted(made, record(4))

    asyncio.run(deliver())


def test_what_is_in_hand_is_not_taken_again_before_it_is_committed() -> None:
    async def deliver() -> None:
        made = claims([0, 1, 2])
        await made.claim([SOURCE], 1)
        assert await admitted(made, record(0)) == [0]
        assert await admitted(made, record(0), record(1), record(2)) == [1, 2]

    asyncio.run(deliver())


def test_a_mark_never_takes_an_offset_back() -> None:
    async def deliver() -> None:
        made = claims([0, 1])
        await made.claim([SOURCE], 1)
        found = await made.admit([record(0)])
        assert found is not None
        claim, _ = found
        await asyncio.gather(claim.commit(1, [], Progress(open=True)), claim.mark(Progress()), claim.close())
        assert topic.committed == 1
        assert claim.committed == 1

    asyncio.run(deliver())


def test_a_topic_that_was_made_anew_is_read_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.wire.claims._SETTLING_SECONDS", 0.01)

    async def deliver() -> None:
        made = claims([0, 1], committed=500)
        await made.claim([SOURCE], 1)
        assert await admitted(made, record(0), record(1)) == [0, 1]

    asyncio.run(deliver())


def test_a_closed_claim_commits_nothing() -> None:
    async def deliver() -> None:
        made = claims([0, 1])
        await made.claim([SOURCE], 1)
        found = await made.admit([record(0)])
        assert found is not None
        claim, _ = found
        assert await claim.commit(1, [], Progress(open=True)) == []
        await made.claim([SOURCE], 2)
        assert await claim.commit(2, [], Progress()) is None
        assert topic.committed == 1
        found = await made.admit([record(1, generation=2)])
        assert found is not None
        assert (found[0].generation, found[0].committed) == (2, 1)
        await made.close()
        assert await made.admit([record(1, generation=2)]) is None

    asyncio.run(deliver())
