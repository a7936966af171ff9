import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from pipeline.processors.batching import Batches, Budget


class Stream:
    """Stands for Faust's: events with values of these sizes, a pause after each number of them in `pauses`."""

    def __init__(self, sizes: Sequence[int], pauses: Sequence[int] = (), error: Exception | None = None) -> None:
        self.enable_acks = True
        self.given = 0
        self._sizes = sizes
        self._pauses = pauses
        self._error = error

    async def events(self) -> AsyncIterator[Any]:
        for number, size in enumerate(self._sizes):
            await asyncio.sleep(0.02 if number in self._pauses else 0)
            self.given += 1
            yield SimpleNamespace(message=SimpleNamespace(value=b"x" * size, offset=number))
        if self._error is not None:
            raise self._error


async def batches(stream: Stream, most: int, size: int, wait: float = 0.01) -> list[list[Any]]:
    return [[event.message for event in batch] async for batch in Batches(stream, most=most, size=size, wait=wait)]


@hypothesis(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 50)), st.sets(st.integers(0, 20), max_size=3), st.integers(1, 5), st.integers(1, 60))
def test_batches_keep_order_and_budget(sizes: list[int], pauses: set[int], most: int, size: int) -> None:
    stream = Stream(sizes, sorted(pauses))
    found = asyncio.run(batches(stream, most, size))
    assert [message.offset for batch in found for message in batch] == list(range(len(sizes)))
    assert not stream.enable_acks
    for batch in found:
        assert 1 <= len(batch) <= most
        # Only the last one may have gone over.
        assert sum(len(message.value) for message in batch[:-1]) < size


def test_full_batches_do_not_wait_and_others_do_not_wait_for_long() -> None:
    found = asyncio.run(asyncio.wait_for(batches(Stream([1] * 7, pauses=[6]), 3, 100, wait=0.001), 5))
    assert [len(batch) for batch in found] == [3, 3, 1]
    found = asyncio.run(asyncio.wait_for(batches(Stream([1] * 6), 3, 100, wait=1000), 5))
    assert [len(batch) for batch in found] == [3, 3]


def test_it_reads_ahead_and_not_too_far() -> None:
    async def read() -> None:
        stream = Stream([1] * 100)
        async for batch in Batches(stream, most=10, size=1000, wait=1):
            await asyncio.sleep(0.05)
            assert stream.given == len(batch) + 6
            break

    asyncio.run(read())


def test_an_error_of_the_stream_is_raised_after_what_came() -> None:
    sizes: list[int] = []

    async def read() -> None:
        async for batch in Batches(Stream([1] * 4, error=ValueError("broken")), most=3, size=9, wait=0.01):
            sizes.append(len(batch))  # noqa: PERF401 (an error would lose the list)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(read())
    assert sizes == [3, 1]


def test_one_record_always_fits() -> None:
    budget = Budget(2, 10)
    assert [budget.take(size) for size in (100, 1)] == [True, False]
    assert not Budget(0, 10).take(0)
