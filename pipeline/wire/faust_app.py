"""Faust, with its commits taken over: who owns a partition, and how far it is, is for `leases` to say.

Subclasses of Faust's aiokafka driver and of its App. What they change:

- Before Faust reads committed offsets (`perform_seek`), the assigned partitions are leased.
- When partitions are revoked, Faust waits for the batch in hand, and none is begun; then the leases are given back.
- Faust's own commits do nothing.
- What is read ahead is bounded in records and bytes, here and not in Faust.
- Inputs are read as read_committed: a producer of raw articles may use transactions too.
- Header names that are no UTF-8 do not stop a partition (forgiving_records).
- Nothing is written to disk: there are no tables, and none are waited for.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

import faust
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from faust.tables import TableManager
from faust.transport.drivers import aiokafka as driver

from pipeline.wire import forgiving_records
from pipeline.wire.leases import Leases

_FULL_SECONDS = 0.02

OnFailure = Callable[[BaseException], None]


_LOGGER = logging.getLogger("faust")  # Faust would take that of the module of each class: this one


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    logger = _LOGGER

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust asks for it only with its own exactly_once. The fetcher takes it from here when it starts.
        consumer._isolation_level = "read_committed"
        return consumer

    async def commit_with_metadata(self, source: TopicPartition, offset: OffsetAndMetadata) -> None:
        await self.call_thread(self._ensure_consumer().commit, {source: offset})


class _Consumer(driver.Consumer):
    logger = _LOGGER
    app: "App"

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        # Faust would log a failure, and then deliver records of partitions that nobody has leased; and where it takes
        # longer than the request time-out, it would stop its recovery service without a word, and never deliver any.
        try:
            async with asyncio.timeout(self.app.conf.broker_request_timeout * 0.8):
                await self.app.leases.lease(self.assignment(), self.app.consumer_generation_id)
                await super().perform_seek()
        except Exception as error:
            self.app.on_lease_failure(error)
            raise

    def on_buffer_full(self, tp: Any) -> None:
        """Nothing: Faust would stop to fetch from the partition, and sleep a whole second when it has stopped for
        all."""

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109 (Faust's)
        held = list(self.unacked)
        if len(held) >= self.app.buffer_records or sum(len(m.value or b"") for m in held) > self.app.buffer_bytes:
            await asyncio.sleep(_FULL_SECONDS)
            return {}
        return await super()._getmany(active_partitions, timeout)

    async def on_partitions_revoked(self, revoked: Any) -> None:
        self.app.leases.revoke()
        await super().on_partitions_revoked(revoked)
        try:
            await self.app.leases.release()
        except Exception as error:
            self.app.on_lease_failure(error)
            raise

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Nothing: Faust sees neither our commits nor why a partition waits, and raises false alarms. StallWatch looks
        after that."""

    async def _commit(self, offsets: Any) -> bool:
        return True


class _Transport(driver.Transport):
    Consumer = _Consumer


class Tables(TableManager):
    """None: Faust's own would give them a second to be declared before it joins the group."""

    logger = _LOGGER

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class App(faust.App):
    """A Faust app whose partitions belong to `leases`.

    `on_lease_failure` is told of a lease that failed: to end. `buffer_bytes`: of records read ahead, beyond which no
    more are fetched.
    """

    logger = _LOGGER

    leases: Leases
    on_lease_failure: OnFailure
    buffer_records: int
    buffer_bytes: int

    def _new_transport(self) -> Any:
        forgiving_records.install()
        return _Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        pass

    async def commit_offset(self, source: TopicPartition, offset: OffsetAndMetadata) -> None:
        """Commits as a member of the group. Raises CommitFailedError after a rebalance."""
        await cast("Any", self.consumer)._thread.commit_with_metadata(source, offset)
