"""Reads topics as a subscriber does: kafka-python, read_committed, nothing of ours."""

import time
from collections.abc import Iterable
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition

from tests.faults.verifier import Read


class NotReadable(Exception):
    """A topic could not be read to its end in time: an open transaction holds it back, or a broker is away."""


def read_all(servers: str, topics: Iterable[str], *, seconds: float = 60.0) -> dict[str, list[Read]]:
    """Every committed record of each topic (full names), up to where it ends now. Raises NotReadable."""
    deadline = time.monotonic() + seconds
    found: dict[str, list[Read]] = {topic: [] for topic in topics}
    consumer = _consumer(servers)
    try:
        partitions = _partitions(consumer, found, deadline)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = _ends(servers, partitions)
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            if time.monotonic() > deadline:
                left = {str(p): end for p, end in ends.items() if consumer.position(p) < end}
                raise NotReadable(f"after {seconds:g} s still before the end: {left}")
            for partition, records in consumer.poll(timeout_ms=200).items():
                found[partition.topic] += [
                    Read(r.partition, r.offset, r.key, r.value, tuple(r.headers or ())) for r in records
                ]
    finally:
        consumer.close()
    return found


class Watch:
    """How far the annotation is: the revisions that a subscriber of `articles.annotated` (full name) has got."""

    def __init__(self, servers: str, topic: str) -> None:
        self.seen: set[tuple[str, int]] = set()
        self._consumer = _consumer(servers)
        partitions = _partitions(self._consumer, [topic], time.monotonic() + 30)
        self._consumer.assign(partitions)
        self._consumer.seek_to_beginning(*partitions)

    def poll(self, seconds: float) -> None:
        """Takes what has come, for at most that long."""
        for records in self._consumer.poll(timeout_ms=round(seconds * 1000)).values():
            for record in records:
                value = orjson.loads(record.value)
                self.seen.add((value["id"], value["revision"]))

    def close(self) -> None:
        """Ends its connections."""
        self._consumer.close()


def _consumer(servers: str, isolation: str = "read_committed") -> Any:
    return KafkaConsumer(
        bootstrap_servers=servers.split(","),
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        group_id=None,
        fetch_max_wait_ms=100,
        request_timeout_ms=10_000,
        reconnect_backoff_max_ms=500,
    )


def _partitions(consumer: Any, topics: Iterable[str], deadline: float) -> list[TopicPartition]:
    partitions: list[TopicPartition] = []
    for topic in topics:
        while not (numbers := consumer.partitions_for_topic(topic)):
            if time.monotonic() > deadline:
                raise NotReadable(f"{topic} is unknown")
            time.sleep(0.1)
        partitions += [TopicPartition(topic, number) for number in sorted(numbers)]
    return partitions


def _ends(servers: str, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
    """Where the logs end, open transactions included: what such a transaction holds must be decided first."""
    consumer = _consumer(servers, "read_uncommitted")
    try:
        return dict(consumer.end_offsets(partitions))
    finally:
        consumer.close()
