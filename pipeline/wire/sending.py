"""Sending a batch and waiting until each record is acknowledged."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from pipeline.wire.outgoing import Outgoing


async def send_all(producer: AIOKafkaProducer, outgoing: Sequence[Outgoing]) -> list[int]:
    """The offset of each record, once the broker has all of them; -1 where it did not say (a repeated send).

    Raises KafkaError of the first that failed. Kafka acknowledges when every in-sync replica has the record.
    """
    pending: list[asyncio.Future[Any]] = []
    for record in outgoing:
        if record.key is None and record.value is None:
            pending.append(await _send_empty(producer, record))
        else:
            pending.append(
                await producer.send(
                    record.topic,
                    record.value,
                    key=record.key,
                    partition=record.partition,
                    headers=record.headers,
                    timestamp_ms=record.timestamp,
                )
            )
    return [metadata.offset for metadata in await asyncio.gather(*pending)]


async def _send_empty(producer: AIOKafkaProducer, record: Outgoing) -> "asyncio.Future[Any]":
    """A record with neither key nor value, which Kafka allows and `send` does not."""
    batch = producer.create_batch()
    batch.append(key=None, value=None, timestamp=None, headers=record.headers)
    batch.close()
    sent: asyncio.Future[Any] = await producer.send_batch(batch, record.topic, partition=record.partition)
    return sent
