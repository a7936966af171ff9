"""Reading beside the consumer group: committed offsets, ends of partitions, records from anywhere.

It shares nothing with the consumer that delivers the records, so what it finds can be held against that one.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from pipeline.settings import Settings
from pipeline.wire import connection

log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.2
_POLL_MS = 25  # the client does not say when it has read past markers alone: the position tells, after each poll


class Reader:
    """Use from one event loop. `group`: whose committed offsets."""

    def __init__(self, settings: Settings, group: str) -> None:
        self._settings = settings
        self._group = group
        self._admin: Any = None
        self._offsets: Any = None
        self._records: Any = None
        self._lock = asyncio.Lock()
        self._admin_lock = asyncio.Lock()

    async def committed(self, source: TopicPartition) -> OffsetAndMetadata | None:
        """The group's committed offset there, with its metadata; None where it has never committed."""
        while True:
            try:
                found = await (await self._admin_started()).list_consumer_group_offsets(
                    self._group, partitions=[source]
                )
            except KafkaError as error:
                if not error.retriable:
                    raise
                log.debug("committed offset of %s: %r, trying again", source, error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            offset = found.get(source)
            return offset if offset is not None and offset.offset >= 0 else None

    async def end(self, source: TopicPartition) -> int:
        """The offset after the last record of the partition, those of open transactions included."""
        async with self._lock:
            if self._offsets is None:
                self._offsets = await self._consumer_started("read_uncommitted")
            found: int = (await self._offsets.end_offsets([source]))[source]
            return found

    async def first_offset(self, source: TopicPartition, start: int, end: int) -> int | None:
        """The offset of the first committed record from `start` until before `end`, or None."""
        async with aclosing(self.records(source, start, end)) as batches:
            async for records in batches:
                return int(records[0].offset)
        return None

    async def records(
        self, source: TopicPartition, start: int, end: int
    ) -> AsyncGenerator[list[ConsumerRecord[bytes, bytes]]]:
        """The committed records from `start` until before `end`, in order, some at a time.

        Waits for the end of transactions that are open before `end`.
        """
        async with self._lock:
            if self._records is None:
                self._records = await self._consumer_started("read_committed")
            consumer = self._records
            consumer.assign([source])
            first = (await consumer.beginning_offsets([source]))[source]
            consumer.seek(source, max(start, first))
            try:
                while await consumer.position(source) < end:
                    found = (await consumer.getmany(source, timeout_ms=_POLL_MS)).get(source, [])
                    records = [record for record in found if record.offset < end]
                    if records:
                        yield records
            finally:
                consumer.unsubscribe()

    async def close(self) -> None:
        """Ends its connections."""
        for consumer in (self._records, self._offsets):
            if consumer is not None:
                await consumer.stop()
        if self._admin is not None:
            await self._admin.close()
        self._records = self._offsets = self._admin = None

    async def _admin_started(self) -> Any:
        async with self._admin_lock:
            if self._admin is None:
                admin = AIOKafkaAdminClient(**connection.aiokafka(self._settings, client=f"{self._group}-reader"))
                await admin.start()
                self._admin = admin
            return self._admin

    async def _consumer_started(self, isolation: str) -> Any:
        consumer = AIOKafkaConsumer(
            **connection.aiokafka(self._settings, client=f"{self._group}-reader"),
            isolation_level=isolation,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            fetch_max_wait_ms=100,
        )
        await consumer.start()
        return consumer
