"""Several topics read together, from positions that the caller keeps.

For sinks: what has been read is known where the rows are, not by a consumer group, so the two cannot disagree.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition

from pipeline import metrics
from pipeline.errors import BrokerUnavailable, TopicMissing, TopicReplaced
from pipeline.settings import Settings
from pipeline.wire.connection import kafka_python, reachable
from pipeline.wire.consumer import answers
from pipeline.wire.received import Received

_METADATA_SECONDS = 15.0  # how soon partitions that were added are read
_SILENCE_SECONDS = 10.0  # without a record, after which the broker is asked whether it is there
_RECORDS = 500  # in one batch, at most

Positions = dict[tuple[str, int], int]
"""The offset to read next, by topic (its full name) and partition."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Committed records, each partition in order, and the positions after them."""

    records: list[Received]
    positions: Positions


class Tail:
    """Reads `topics` (full names) from `positions` on; a partition without one from its beginning.

    Only records of committed transactions are given. Use as a context manager, from one thread.
    """

    def __init__(self, settings: Settings, topics: Sequence[str], positions: Mapping[tuple[str, int], int]) -> None:
        """Raises BrokerUnavailable, TopicMissing, and TopicReplaced where a topic ends before its position."""
        self._settings = settings
        self._topics = list(topics)
        with reachable(settings):
            self._consumer = KafkaConsumer(
                **kafka_python(settings, client="sink"),
                isolation_level="read_committed",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                max_poll_records=_RECORDS,
            )
            self._heard = self._looked = time.monotonic()
            self._given: Positions = dict(positions)
            try:
                self._assign()
                self.ends = self._offsets(self._consumer.end_offsets)
                self._check(positions)
            except BaseException:
                self._consumer.close()
                raise

    @property
    def positions(self) -> Positions:
        """Where it stands, in every partition."""
        return dict(self._given)

    @property
    def ended(self) -> bool:
        """Whether everything has been read that was there when reading began."""
        return all(self._given[partition] >= end for partition, end in self.ends.items())

    def left(self) -> int:
        """Offsets between here and the ends as they were at the start: a little more than records."""
        return sum(max(0, end - self._given[partition]) for partition, end in self.ends.items())

    def lag(self) -> Positions:
        """Offsets between here and the ends of now, by partition. Raises BrokerUnavailable."""
        with reachable(self._settings):
            ends = self._offsets(self._consumer.end_offsets)
        lag = {partition: max(0, end - self._given[partition]) for partition, end in ends.items()}
        for (topic, number), records in lag.items():
            metrics.LAG.labels(topic, str(number)).set(records)
        return lag

    def poll(self, seconds: float) -> Batch | None:
        """What comes within `seconds`, or None. Positions move over transaction markers too, without a record.

        Raises BrokerUnavailable where nothing comes for long and no broker answers.
        """
        self._take_new_partitions()
        with reachable(self._settings):
            found = self._consumer.poll(timeout_ms=int(seconds * 1000))
            records = [
                Received(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, list(r.headers or ()))
                for batch in found.values()
                for r in batch
            ]
            moved = {
                (partition.topic, partition.partition): position
                for partition in self._consumer.assignment()
                if (position := self._consumer.position(partition, timeout_ms=1000)) is not None
                and position > self._given[partition.topic, partition.partition]
            }
        if not moved:
            self._listen()
            return None
        self._heard = time.monotonic()
        self._given |= moved
        return Batch(records, moved)

    def close(self) -> None:
        """Ends its connections."""
        self._consumer.close()

    def _assign(self) -> None:
        partitions = []
        for topic in self._topics:
            numbers = self._consumer.partitions_for_topic(topic)
            if not numbers:
                raise TopicMissing(topic)
            partitions += [TopicPartition(topic, number) for number in sorted(numbers)]
        self._consumer.assign(partitions)
        begin = self._consumer.beginning_offsets(partitions)
        for partition in partitions:
            key = (partition.topic, partition.partition)
            # Older segments may be gone: compaction has kept what stands.
            self._given[key] = max(self._given.get(key, 0), begin[partition])
            self._consumer.seek(partition, self._given[key])

    def _offsets(self, ask: Any) -> Positions:
        return {(p.topic, p.partition): offset for p, offset in ask(list(self._consumer.assignment())).items()}

    def _check(self, positions: Mapping[tuple[str, int], int]) -> None:
        for (topic, partition), position in positions.items():
            if (topic, partition) in self.ends and self.ends[topic, partition] < position:
                raise TopicReplaced(topic)

    def _take_new_partitions(self) -> None:
        now = time.monotonic()
        if now - self._looked < _METADATA_SECONDS:
            return
        self._looked = now
        known = {(p.topic, p.partition) for p in self._consumer.assignment()}
        there = {
            (topic, number) for topic in self._topics for number in self._consumer.partitions_for_topic(topic) or ()
        }
        if there - known:
            with reachable(self._settings):
                self._assign()

    def _listen(self) -> None:
        """kafka-python tries for ever, silently, to reach a cluster that is gone."""
        now = time.monotonic()
        if now - self._heard > _SILENCE_SECONDS:
            self._heard = now
            if not answers(self._settings):
                raise BrokerUnavailable(self._settings.kafka.bootstrap_servers, "it went away")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
