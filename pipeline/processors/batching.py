"""Records into batches: small enough that what came first need not wait for what came last, large enough that commits
cost little."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any


class Budget:
    """What one batch may hold: `records` of them, and `size` bytes of their values. One record always fits."""

    def __init__(self, records: int, size: int) -> None:
        self._records = records
        self._size = size

    def take(self, size: int) -> bool:
        """Whether there was room left for a record with `size` bytes; then there is less."""
        fits = self._records > 0 and self._size > 0
        if fits:
            self._records -= 1
            self._size -= size
        return fits


class Batches:
    """The events of a Faust stream, in order, as batches of at most `most` records and about `size` bytes.

    A batch that is not full after `wait` seconds is given as it is. Half a batch is read ahead while one is worked on:
    Faust takes its time for each event. Nothing is acknowledged here.
    """

    def __init__(self, stream: Any, *, most: int, size: int, wait: float) -> None:
        self._stream = stream
        self._most = most
        self._size = size
        self._wait = wait
        self._ahead: deque[Any] = deque()
        self._came = asyncio.Event()
        self._went = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[list[Any]]:
        self._stream.enable_acks = False
        reading = asyncio.ensure_future(self._read())
        try:
            while batch := await self._next(reading):
                yield batch
            await reading
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def _read(self) -> None:
        async for event in self._stream.events():
            self._ahead.append(event)
            self._came.set()
            while len(self._ahead) > self._most // 2:
                self._went.clear()
                await self._went.wait()

    async def _next(self, reading: "asyncio.Future[Any]") -> list[Any]:
        """The next batch; empty once the stream has ended, in whatever way."""
        batch: list[Any] = []
        budget = Budget(self._most, self._size)
        deadline = math.inf
        while True:
            while self._ahead:
                if not budget.take(len(self._ahead[0].message.value or b"")):
                    return batch
                batch.append(self._ahead.popleft())
                self._went.set()
            if batch:
                deadline = min(deadline, time.monotonic() + self._wait)
            left = deadline - time.monotonic()
            if reading.done() or left <= 0:
                return batch
            # Cleared here, not in the task: what comes before that begins to wait must not be missed.
            self._came.clear()
            came: asyncio.Future[Any] = asyncio.ensure_future(self._came.wait())
            timeout = left if batch else None
            await asyncio.wait([came, reading], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            came.cancel()
