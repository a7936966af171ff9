"""Onto `articles.raw`, by one idempotent producer that outlives its cluster's outages.

The client repeats what was not acknowledged under the same sequence numbers, without limit, and the broker drops what
it has already: so each record is on the topic once, whatever the brokers do meanwhile. Where a request gives up
waiting, its records may still arrive: it is told that nothing is known, and may be sent again.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from pipeline import metrics
from pipeline.errors import ArticleTooLarge
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW
from pipeline.wire import connection
from pipeline.wire.consumer import answers
from pipeline.wire.outgoing import Destination, Outgoing

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
_STOP_SECONDS = 5.0
_METADATA_SECONDS = 5.0
_LINGER_MS = 5
_OVERHEAD = 300  # bytes that a record takes here beyond its key and value, roughly


class NotStored(Exception):
    """The cluster did not acknowledge in time, or there is too much on its way already. The message is for people."""


class Sender:
    """Use from one event loop, between `start` and `close`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topic = ARTICLES_RAW.full_name(settings.topic_prefix)
        self._producer: AIOKafkaProducer | None = None
        self._partitions = 0
        self._keeper: asyncio.Task[None] | None = None
        self._broken = asyncio.Event()
        self._pending = 0  # bytes on their way

    def start(self) -> None:
        """Begins to connect, and goes on trying while there is no broker."""
        self._broken.set()
        self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Waits a while for what is on its way, and lets the connections go."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        await self._drop()

    async def destination(self) -> Destination:
        """Where articles go now. Raises NotStored."""
        if self._producer is None:
            raise NotStored(f"no Kafka broker answers at {self._settings.kafka.bootstrap_servers}")
        try:
            found = await asyncio.wait_for(self._producer.partitions_for(self._topic), _METADATA_SECONDS)
        except (KafkaError, TimeoutError) as error:
            raise NotStored(f"topic {self._topic}: {_said(error)}") from error
        return Destination(self._settings.topic_prefix, {self._topic: len(found)})

    async def send(self, record: Outgoing) -> "asyncio.Future[Any]":
        """Hands a record over, and waits where the client's own buffers are full. For what it returns, see `settled`.

        Raises NotStored, ArticleTooLarge.
        """
        producer = self._producer
        size = len(record.key or b"") + len(record.value or b"") + _OVERHEAD
        if producer is None or self._pending + size > self._settings.gateway.buffer_bytes:
            raise NotStored("the cluster does not keep up: too much waits for it already")
        try:
            future: asyncio.Future[Any] = await producer.send(
                record.topic, record.value, key=record.key, partition=record.partition, headers=record.headers
            )
        except MessageSizeTooLargeError:
            raise ArticleTooLarge(size, connection.largest_record(self._settings), "bytes") from None
        except KafkaError as error:
            raise NotStored(_said(error)) from error
        self._add(size)
        future.add_done_callback(lambda done: self._done(done, size, producer))
        return future

    async def ready(self) -> str | None:
        """What is missing, or None: the cluster answers and the topic is there."""
        if self._producer is None or not await asyncio.to_thread(answers, self._settings):
            return f"no Kafka broker answers at {self._settings.kafka.bootstrap_servers}"
        if self._pending > self._settings.gateway.buffer_bytes // 2:
            return "the cluster does not keep up"
        try:
            await asyncio.wait_for(self._producer.partitions_for(self._topic), _METADATA_SECONDS)
        except (KafkaError, TimeoutError) as error:
            return f"topic {self._topic}: {_said(error)}"
        return None

    def _done(self, future: "asyncio.Future[Any]", size: int, producer: AIOKafkaProducer) -> None:
        self._add(-size)
        error = None if future.cancelled() else future.exception()
        # An idempotent producer that has failed once may have a hole in its sequence: a new one begins anew.
        if error is not None and not isinstance(error, MessageSizeTooLargeError) and producer is self._producer:
            log.warning("the producer is replaced: %s", _said(error))
            self._broken.set()

    def _add(self, size: int) -> None:
        self._pending += size
        metrics.PENDING.set(self._pending)

    async def _keep(self) -> None:
        waiting = False
        while True:
            await self._broken.wait()
            await self._drop()
            producer = AIOKafkaProducer(
                **connection.aiokafka(self._settings, client="gateway"),
                enable_idempotence=True,
                compression_type=connection.COMPRESSION,
                max_request_size=connection.largest_record(self._settings),
                max_batch_size=connection.BATCH_BYTES,
                linger_ms=_LINGER_MS,
            )
            try:
                await producer.start()
            except BaseException as error:
                await producer.stop()
                if not isinstance(error, KafkaError):
                    raise
                if not waiting:
                    log.warning("waiting for the cluster: %s", _said(error))
                waiting = True
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            self._producer = producer
            self._broken.clear()
            waiting = False
            log.info("connected to %s", self._settings.kafka.bootstrap_servers)

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(Exception):
                await asyncio.wait_for(producer.stop(), _STOP_SECONDS)


async def settled(sent: "Sequence[asyncio.Future[Any]]", seconds: float) -> None:
    """Returns when all are acknowledged. Raises NotStored where one fails, or after `seconds`."""
    if not sent:
        return
    done, pending = await asyncio.wait(sent, timeout=max(0.0, seconds))
    for future in done:
        error = future.exception()
        if error is not None:
            raise NotStored(f"the cluster refused a record: {_said(error)}") from error
    if pending:
        raise NotStored("the cluster did not acknowledge in time")


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
