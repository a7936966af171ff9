"""Raw records for an annotator to work off, and how many are left."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW

_LARGEST = 16 * 1024 * 1024
_MOST_IN_FLIGHT = 10_000


class Raw(NamedTuple):
    """A raw record. Any bytes, as any producer may send them."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def send(settings: Settings, records: Iterable[Raw], sent: Callable[[int], None] = lambda count: None) -> int:
    """Sends all, and waits until the broker has them. How many. `sent` is told now and then how many so far."""
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers.split(","),
        acks="all",
        linger_ms=20,
        batch_size=256 * 1024,
        max_request_size=_LARGEST,
    )
    topic = ARTICLES_RAW.full_name(settings.topic_prefix)
    count = 0
    pending: list[Any] = []
    try:
        for count, record in enumerate(records, start=1):
            pending.append(producer.send(topic, value=record.value, key=record.key, headers=record.headers))
            if len(pending) == _MOST_IN_FLIGHT:
                _settle(pending)
                sent(count)
        _settle(pending)
        sent(count)
    finally:
        producer.close(10)
    return count


class Backlog:
    """How many raw records the annotator's group has not dealt with."""

    def __init__(self, settings: Settings) -> None:
        servers = settings.kafka.bootstrap_servers.split(",")
        self._group = f"{settings.topic_prefix}annotator"
        topic = ARTICLES_RAW.full_name(settings.topic_prefix)
        self._done = 0
        self._admin = KafkaAdminClient(bootstrap_servers=servers)
        self._consumer = KafkaConsumer(bootstrap_servers=servers, group_id=None, enable_auto_commit=False)
        self._partitions = [TopicPartition(topic, number) for number in self._consumer.partitions_for_topic(topic)]

    def done(self) -> int:
        """Records dealt with: the topic is new and its producers use no transactions, so offsets count records."""
        try:
            committed = self._admin.list_group_offsets({self._group: self._partitions})[self._group]
        except KafkaError as error:
            if not error.retriable:
                raise
            return self._done  # a new cluster makes the topic of the offsets now, for instance
        self._done = sum(max(0, committed[one].offset) for one in self._partitions if one in committed)
        return self._done

    def all(self) -> int:
        """Records in the topic."""
        return sum(self._consumer.end_offsets(self._partitions).values())

    def close(self) -> None:
        """Ends its connections."""
        self._admin.close()
        self._consumer.close()


def _settle(pending: list[Any]) -> None:
    for future in pending:
        future.get(120)
    pending.clear()
