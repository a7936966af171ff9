"""Receiving the committed records of one topic."""

import logging
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, nullcontext
from typing import Any

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from pipeline.errors import BrokerUnavailable, TopicMissing
from pipeline.settings import Settings
from pipeline.wire.connection import kafka_python, reachable, servers
from pipeline.wire.received import Received
from pipeline.wire.start import Start

_log = logging.getLogger(__name__)

_POLL_MS = 500
_METADATA_MS = 30_000  # how soon a follower reads partitions that were added
_SILENCE_SECONDS = 10.0  # without a record, after which the cluster is asked whether it is there


class Checkpoints:
    """What a member of a consumer group has been given, and not yet said to be done with.

    For `receive_or_idle`, in the place of its own rule; not for several threads.
    """

    def __init__(self) -> None:
        self._consumer: KafkaConsumer | None = None
        self._given: dict[TopicPartition, OffsetAndMetadata] = {}
        self._alone: Callable[[], KafkaConsumer]

    def commit(self) -> None:
        """Everything that was given is done with: the group goes on after it. Also once reading has ended.

        Not for partitions that have gone to another member meanwhile: that one reads them again.
        Raises BrokerUnavailable.
        """
        given, self._given = self._given, {}
        if not given:
            return
        if self._consumer is not None:
            _commit(self._consumer, given)
            return
        with closing(self._alone()) as consumer:
            consumer.assign(list(given))
            _commit(consumer, given)

    @contextmanager
    def through(self, consumer: KafkaConsumer, alone: Callable[[], KafkaConsumer]) -> Iterator[None]:
        """Within: commits by `consumer`; later by one of its own that `alone` makes."""
        self._consumer, self._alone = consumer, alone
        try:
            yield
        finally:
            self._consumer = None

    def give(self, received: Received) -> None:
        """Notes a record that is given."""
        partition = TopicPartition(received.topic, received.partition)
        self._given[partition] = OffsetAndMetadata(received.offset + 1, "", -1)


def receive(
    topic: str, *, settings: Settings, start: Start, follow: bool = False, group: str | None = None
) -> Iterator[Received]:
    """The records of `topic` (its full name) from `start` on, each partition in order.

    Ends where the topic ended when reading began; with `follow` it goes on and waits for more, through outages of the
    cluster. Only records of committed transactions are given. With `group`, the members of that consumer group share
    the partitions and continue where the group left off, `start` being for partitions that it never read; a record
    counts as read when the next one is asked for, so after a crash the last one comes again.

    Raises BrokerUnavailable, TopicMissing.
    """
    polled = receive_or_idle(topic, settings=settings, start=start, follow=follow, group=group)
    with closing(polled):
        yield from (received for received in polled if received is not None)


def receive_or_idle(
    topic: str,
    *,
    settings: Settings,
    start: Start,
    follow: bool = False,
    group: str | None = None,
    checkpoints: Checkpoints | None = None,
) -> Generator[Received | None, None, None]:
    """As `receive`, and None whenever nothing came for half a second: whoever waits can look after other things.

    With `checkpoints`, a record counts as read when those are committed.
    """

    def connect() -> KafkaConsumer:
        with reachable(settings):
            return KafkaConsumer(
                **kafka_python(settings, client="subscribe"),
                group_id=group,
                isolation_level="read_committed",
                enable_auto_commit=False,
                # Only for a start that retention has removed in the meantime.
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                metadata_max_age_ms=_METADATA_MS,
            )

    consumer = connect()
    with closing(consumer):
        partitions = _partitions(consumer, topic)
        starts = start.offsets(consumer, partitions)
        ends = None if follow else consumer.end_offsets(partitions)
        if group is None:
            consumer.assign(partitions)
            for partition, offset in starts.items():
                consumer.seek(partition, offset)
            yield from _read(consumer, settings, ends, topic)
        else:
            _begin(consumer, starts)
            consumer.subscribe([topic])
            with checkpoints.through(consumer, connect) if checkpoints is not None else nullcontext():
                yield from _read_as_member(consumer, settings, ends, checkpoints)


def _partitions(consumer: KafkaConsumer, topic: str) -> list[TopicPartition]:
    found = consumer.partitions_for_topic(topic)
    if not found:
        raise TopicMissing(topic)
    return [TopicPartition(topic, partition) for partition in sorted(found)]


def _read(
    consumer: KafkaConsumer, settings: Settings, ends: dict[TopicPartition, int] | None, topic: str
) -> Iterator[Received | None]:
    silence = _Silence(settings, follow=ends is None)
    while not _at(consumer, ends):
        batch = consumer.poll(_POLL_MS)
        yield from _within(batch, ends)
        if not batch:
            yield None
        silence.note(bool(batch))
        if ends is None:
            _take_new_partitions(consumer, topic)


def _read_as_member(
    consumer: KafkaConsumer,
    settings: Settings,
    ends: dict[TopicPartition, int] | None,
    checkpoints: Checkpoints | None,
) -> Iterator[Received | None]:
    silence = _Silence(settings, follow=ends is None)
    joined = False
    while not (joined and _at(consumer, ends)):
        batch = consumer.poll(_POLL_MS)
        joined = joined or bool(consumer.assignment())
        done: dict[TopicPartition, OffsetAndMetadata] = {}
        try:
            for received in _within(batch, ends):
                if checkpoints is not None:
                    checkpoints.give(received)
                    yield received
                    continue
                yield received
                partition = TopicPartition(received.topic, received.partition)
                done[partition] = OffsetAndMetadata(received.offset + 1, "", -1)
        finally:
            _commit(consumer, done)
        if not batch:
            yield None
        silence.note(bool(batch))


def _at(consumer: KafkaConsumer, ends: dict[TopicPartition, int] | None) -> bool:
    """Whether every partition that is read has been read to its end."""
    if ends is None:
        return False
    positions = ((consumer.position(partition, timeout_ms=_POLL_MS), partition) for partition in consumer.assignment())
    return all(position is not None and position >= ends.get(partition, 0) for position, partition in positions)


def _within(batch: dict[TopicPartition, list[Any]], ends: dict[TopicPartition, int] | None) -> Iterator[Received]:
    for partition, records in batch.items():
        for record in records:
            if ends is None or record.offset < ends.get(partition, 0):
                yield Received(
                    record.topic,
                    record.partition,
                    record.offset,
                    record.timestamp,
                    record.key,
                    record.value,
                    record.headers,
                )


def _take_new_partitions(consumer: KafkaConsumer, topic: str) -> None:
    known = consumer.assignment()
    new = [partition for partition in _partitions(consumer, topic) if partition not in known]
    if new:
        positions = {partition: consumer.position(partition) for partition in known}
        consumer.assign([*known, *new])
        for partition, position in positions.items():
            consumer.seek(partition, position)
        consumer.seek_to_beginning(*new)


def _begin(consumer: KafkaConsumer, starts: dict[TopicPartition, int]) -> None:
    """Notes where the group begins in the partitions that it never read: only a group without members can be told."""
    consumer.assign(list(starts))
    never_read = {partition: offset for partition, offset in starts.items() if consumer.committed(partition) is None}
    _commit(consumer, {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in never_read.items()})
    consumer.unsubscribe()


def _commit(consumer: KafkaConsumer, done: dict[TopicPartition, OffsetAndMetadata]) -> None:
    if done:
        try:
            consumer.commit(done)
        except KafkaError as error:
            # The group has other members, and one of them answers for these partitions now: it reads them again.
            _log.info("the group %s did not note offsets: %s", consumer.config["group_id"], error)


class _Silence:
    """Tells a topic on which nothing happens from a cluster that is gone: kafka-python tries for ever, silently."""

    def __init__(self, settings: Settings, *, follow: bool) -> None:
        self._settings = settings
        self._follow = follow
        self._heard = time.monotonic()
        self._gone = False

    def note(self, heard: bool) -> None:
        """Called after each poll. Raises BrokerUnavailable when nothing is to be waited for."""
        now = time.monotonic()
        if heard:
            self._heard = now
        elif now - self._heard < _SILENCE_SECONDS:
            return
        else:
            self._heard = now
        gone = not heard and not answers(self._settings)
        where = self._settings.kafka.bootstrap_servers
        if gone and not self._follow:
            raise BrokerUnavailable(where, "it went away")
        if gone and not self._gone:
            _log.warning("no Kafka broker answers at %s: waiting for it", where)
        if self._gone and not gone:
            _log.warning("the Kafka broker at %s answers again", where)
        self._gone = gone


def answers(settings: Settings) -> bool:
    """Whether any of the brokers that the settings name accepts connections."""
    for server in servers(settings):
        host, _, port = server.rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=2):
                return True
        except (OSError, ValueError):
            continue
    return False
