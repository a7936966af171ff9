"""A raw record as it was read: bytes and where they stood."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from pipeline.records import Origin
from pipeline.wire.headers import Headers

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Received(NamedTuple):
    """One record of an input topic. `timestamp`: ms since 1970, UTC. `generation`: of the assignment it was read in."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    generation: int = 0

    @classmethod
    def of(cls, message: Any) -> "Received":
        """From Faust's message."""
        return cls(
            message.topic,
            message.partition,
            message.offset,
            round((message.timestamp or 0) * 1000),
            message.key,
            message.value,
            list(message.headers or ()),
            message.generation_id,
        )

    @classmethod
    def read(cls, record: Any) -> "Received":
        """From a record of aiokafka's consumer, read outside any assignment."""
        return cls(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value,
            list(record.headers or ()),
        )

    @property
    def source(self) -> TopicPartition:
        """Its partition."""
        return TopicPartition(self.topic, self.partition)

    @property
    def origin(self) -> Origin:
        """What its outputs say of it. A timestamp that no calendar holds (any producer may send any) counts as 1970."""
        try:
            moment = _EPOCH + timedelta(milliseconds=max(0, self.timestamp))
        except OverflowError:
            moment = _EPOCH
        return Origin(self.topic, self.partition, self.offset, moment)

    @property
    def size(self) -> int:
        """Bytes of the value."""
        return len(self.value or b"")
