"""Reading dead letters, and sending what they hold once more.

That a letter was retried is itself said in the topic: a record with the header `claimwire-retried-letter` names it,
sent once the record itself has been acknowledged. So a retry that is repeated sends nothing twice; one that is killed
in between may send its last hundred once more, which changes nothing: the same revision of an article gives the same
ids.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from pipeline.errors import DeadLetterUnknown, TopicMissing
from pipeline.records import DeadLetterHeader
from pipeline.settings import Settings
from pipeline.topics import DEAD_LETTERS, TOPICS
from pipeline.wire.admin import partition_counts
from pipeline.wire.connection import kafka_python, reachable
from pipeline.wire.dead_letters import RETRIED, DeadLetter
from pipeline.wire.headers import header
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.partition import partition_for
from pipeline.wire.producer import Producer
from pipeline.wire.received import Received

_MARK = "claimwire-retried-letter"  # the letter's "partition/offset"
_POLL_MS = 500
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A dead letter, and whether it has been retried."""

    letter: DeadLetter
    retried: bool

    @property
    def id(self) -> str:
        """ "partition/offset" in `dead-letters`."""
        return f"{self.letter.partition}/{self.letter.offset}"


@dataclass(frozen=True, slots=True)
class Query:
    """Which dead letters. `since`: given up at or after; `topic`: of the record, with or without the prefix."""

    reason: str | None = None
    since: datetime | None = None
    topic: str | None = None
    ids: frozenset[str] = frozenset()

    def takes(self, listed: Listed, prefix: str) -> bool:
        """Whether `listed` is one of them."""
        said = listed.letter.said
        origin = said.get(DeadLetterHeader.TOPIC, "")
        return (
            (self.reason is None or listed.letter.reason == self.reason)
            and (self.topic is None or self.topic in (origin, origin.removeprefix(prefix)))
            and (not self.ids or listed.id in self.ids)
        )


@dataclass(slots=True)
class Retried:
    """What a retry did. `left_out`: ids of letters by the reason why they were not sent; `unknown`: ids of none."""

    sent: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


class DeadLetterBox:
    """The topic `dead-letters`. Each method reads it anew, until its present end; a few letters are in memory at a
    time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._prefix = settings.topic_prefix
        self._name = DEAD_LETTERS.full_name(self._prefix)

    def find(self, query: Query) -> Iterator[Listed]:
        """The letters that `query` asks for, each partition in its order. Raises BrokerUnavailable, TopicMissing."""
        marked = {mark for record in self._records(query.since) if (mark := header(record.headers, _MARK))}
        for record in self._records(query.since):
            if header(record.headers, _MARK) is None:
                letter = DeadLetter.of(record)
                listed = Listed(letter, f"{letter.partition}/{letter.offset}" in marked)
                if query.takes(listed, self._prefix):
                    yield listed

    def one(self, id: str) -> Listed:
        """The letter with this id ("partition/offset"). Raises DeadLetterUnknown, BrokerUnavailable, TopicMissing."""
        for listed in self.find(Query(ids=frozenset({id}))):
            return listed
        raise DeadLetterUnknown(id)

    def retry(
        self,
        query: Query,
        *,
        again: bool = False,
        limit: int | None = None,
        told: Callable[[Retried], None] = lambda retried: None,
    ) -> Retried:
        """Sends the records of these letters to their topics once more, marked by the header `claimwire-retried`.

        A letter is retried once; a record that came back after a retry only with `again`. `limit`: at most that many
        are sent. `told` hears of the progress. Raises BrokerUnavailable, DeliveryFailed, TopicMissing.
        """
        retried = Retried()
        partitions = partition_counts(self._settings, [topic.full_name(self._prefix) for topic in TOPICS.values()])
        with Producer(self._settings, client="dead-letters") as producer:
            wanted = (listed for listed in self.find(query) if self._sendable(listed, again, retried))
            while part := list(itertools.islice(wanted, _room(retried, limit))):
                for listed in part:
                    producer.send(_once_more(listed.letter, partitions))
                producer.flush()
                for listed in part:
                    producer.send(self._mark(listed))
                producer.flush()
                retried.sent += [listed.id for listed in part]
                told(retried)
        if limit is None or len(retried.sent) < limit:  # else it has not looked at all of them
            retried.unknown = sorted(query.ids.difference(retried.sent, *retried.left_out.values()))
        return retried

    def _sendable(self, listed: Listed, again: bool, retried: Retried) -> bool:
        letter = listed.letter
        origin = letter.said.get(DeadLetterHeader.TOPIC, "")
        known = {topic.full_name(self._prefix) for topic in TOPICS.values()} - {self._name}
        obstacles = {
            "retried already": listed.retried,
            "came back after a retry (use --again)": letter.retries > 0 and not again,
            "of an unknown topic": origin not in known,
            "without key and value": letter.key is None and letter.value is None,
            "larger than this topic takes: send it again at its source": DeadLetterHeader.OMITTED in letter.said,
        }
        for obstacle, holds in obstacles.items():
            if holds:
                retried.left_out.setdefault(obstacle, []).append(listed.id)
                return False
        return True

    def _mark(self, listed: Listed) -> Outgoing:
        headers = [(_MARK, listed.id.encode()), (DeadLetterHeader.TIME.value, datetime.now(UTC).isoformat().encode())]
        return Outgoing(self._name, None, b"", headers, listed.letter.partition)

    def _records(self, since: datetime | None) -> Iterator[Received]:
        with (
            reachable(self._settings),
            closing(
                KafkaConsumer(
                    **kafka_python(self._settings, client="dead-letters"),
                    isolation_level="read_committed",
                    auto_offset_reset="earliest",
                    enable_auto_commit=False,
                    max_poll_records=20,
                )
            ) as consumer,
        ):
            numbers = consumer.partitions_for_topic(self._name)
            if not numbers:
                raise TopicMissing(self._name)
            # All at once: what a retry sends here while it reads is not to be read by it.
            ends = consumer.end_offsets([TopicPartition(self._name, number) for number in numbers])
            for source, end in sorted(ends.items()):
                yield from self._partition(consumer, source, end, since)

    def _partition(self, consumer: Any, source: TopicPartition, end: int, since: datetime | None) -> Iterator[Received]:
        consumer.assign([source])
        consumer.seek_to_beginning(source)
        if since is not None:
            found = consumer.offsets_for_times({source: round(since.timestamp() * 1000)})[source]
            consumer.seek(source, end if found is None else found.offset)
        while consumer.position(source) < end:
            for records in consumer.poll(timeout_ms=_POLL_MS).values():
                for r in records:
                    if r.offset < end:
                        headers = [(name, data) for name, data in r.headers]
                        yield Received(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, headers)


def _once_more(letter: DeadLetter, partitions: Mapping[str, int]) -> Outgoing:
    topic = letter.said[DeadLetterHeader.TOPIC]
    headers = [(name, data) for name, data in letter.received if name != RETRIED]
    headers.append((RETRIED, str(letter.retries + 1).encode()))
    # What has no key keeps its place among its neighbours.
    place = letter.partition if letter.key is None else partition_for(letter.key, partitions[topic])
    return Outgoing(topic, letter.key, letter.value, headers, place % partitions[topic])


def _room(retried: Retried, limit: int | None) -> int:
    return _AT_ONCE if limit is None else min(_AT_ONCE, limit - len(retried.sent))
