"""Reading parts of a topic from one offset to another: what was committed there, whatever its headers are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from pipeline.errors import BrokerUnavailable, ClusterRefused
from pipeline.settings import Settings
from pipeline.wire import connection, forgiving_records
from pipeline.wire.admin import partition_counts
from pipeline.wire.received import Received

_POLL_MS = 200
_MOST = 500


class RangeReader:
    """The committed records of `topic` (its full name), some at a time, by one thread without an event loop."""

    def __init__(self, settings: Settings, topic: str, *, client: str) -> None:
        """Raises BrokerUnavailable, TopicMissing."""
        forgiving_records.install()
        self._partitions = partition_counts(settings, [topic])[topic]
        self._settings = settings
        self._topic = topic
        self._client = client
        self._runner = asyncio.Runner()
        self._consumer: Any = self._run(self._started())

    @property
    def partitions(self) -> int:
        """How many the topic has."""
        return self._partitions

    def bounds(self, since: datetime | None, until: datetime | None) -> tuple[dict[str, int], dict[str, int]]:
        """Of each partition, the offset of the first record at or after each of two times: where to begin, and where
        to stop before.

        Without a time, the beginning, and the present end. Kafka finds records by their own timestamps.
        """
        parts = [TopicPartition(self._topic, number) for number in range(self._partitions)]
        first = self._run(self._consumer.beginning_offsets(parts))
        last = self._run(self._consumer.end_offsets(parts))
        begin, stop = dict(first), dict(last)
        if since is not None:
            begin = self._at(since, parts, last)
        if until is not None:
            stop = self._at(until, parts, last)
        return (
            {str(part.partition): offset for part, offset in begin.items()},
            {str(part.partition): max(begin[part], offset) for part, offset in stop.items()},
        )

    def seek(self, positions: Mapping[str, int]) -> None:
        """Reads these partitions from now on, each from its offset."""
        parts = {TopicPartition(self._topic, int(number)): offset for number, offset in positions.items()}

        async def assign() -> None:
            self._consumer.assign(list(parts))
            for part, offset in parts.items():
                self._consumer.seek(part, offset)

        self._run(assign())

    def poll(self) -> dict[int, list[Received]]:
        """The next records by partition; none where none came within a moment."""
        found = self._run(self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_MOST))
        return {
            part.partition: [
                Received(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, list(r.headers)) for r in records
            ]
            for part, records in found.items()
        }

    def position(self, partition: int) -> int:
        """The offset after all that was given, and after what is not for readers (markers, aborted records)."""
        found: int = self._run(self._consumer.position(TopicPartition(self._topic, partition)))
        return found

    def finish(self, partition: int) -> None:
        """Reads no more of it."""

        async def pause() -> None:
            self._consumer.pause(TopicPartition(self._topic, partition))

        self._run(pause())

    def close(self) -> None:
        """Ends its connections."""
        try:
            self._runner.run(self._consumer.stop())
        finally:
            self._runner.close()

    def _at(self, moment: datetime, parts: list[TopicPartition], last: Mapping[Any, int]) -> dict[Any, int]:
        milliseconds = max(0, int(moment.timestamp() * 1000))
        found = self._run(self._consumer.offsets_for_times(dict.fromkeys(parts, milliseconds)))
        return {part: found[part].offset if found.get(part) is not None else last[part] for part in parts}

    async def _started(self) -> Any:
        consumer = AIOKafkaConsumer(
            **connection.aiokafka(self._settings, client=self._client),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    def _run(self, work: Any) -> Any:
        try:
            return self._runner.run(work)
        except KafkaConnectionError as error:
            raise BrokerUnavailable(self._settings.kafka.bootstrap_servers, str(error)) from error
        except KafkaError as error:
            raise ClusterRefused(f"read {self._topic}", str(error) or type(error).__name__) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
