import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from pipeline.errors import BrokerUnavailable, TopicMissing
from pipeline.settings import KafkaSettings, Settings
from pipeline.wire import connection, consumer
from pipeline.wire.broker import LocalBroker
from pipeline.wire.connection import kafka_python
from pipeline.wire.consumer import receive
from pipeline.wire.received import Received
from pipeline.wire.start import Start

pytestmark = pytest.mark.broker

NOON = datetime(2024, 4, 8, 12, tzinfo=UTC)


@pytest.fixture
def producer(topics: Settings) -> Iterator[KafkaProducer]:
    producer = KafkaProducer(**kafka_python(topics, client="test"))
    yield producer
    producer.close()


def name(settings: Settings) -> str:
    return f"{settings.topic_prefix}claims"


def fill(producer: KafkaProducer, settings: Settings, numbers: range, moment: datetime = NOON) -> None:
    """One record a number, turn by turn in four partitions, an hour apart."""
    for number in numbers:
        timestamp = int((moment + timedelta(hours=number)).timestamp() * 1000)
        value = b"%d" % number
        producer.send(name(settings), value, key=value, partition=number % 4, timestamp_ms=timestamp)
    producer.flush()


def values(settings: Settings, start: Start | None = None, group: str | None = None) -> list[int]:
    reading = receive(name(settings), settings=settings, start=start or Start(), group=group)
    return sorted(int(found.value or -1) for found in reading)


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_all_from_the_beginning_then_the_end(topics: Settings, producer: KafkaProducer) -> None:
    assert values(topics) == []
    fill(producer, topics, range(40))
    assert values(topics) == list(range(40))


def test_a_record_is_given_with_all_that_it_has(topics: Settings, producer: KafkaProducer) -> None:
    headers = [("ce_id", b"x"), ("twice", b"1"), ("twice", b"2")]
    producer.send(name(topics), None, key=b"gone", partition=2, timestamp_ms=1_712_577_600_000, headers=headers).get(30)
    (found,) = receive(name(topics), settings=topics, start=Start())
    assert found == Received(name(topics), 2, 0, 1_712_577_600_000, b"gone", None, headers)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (Start("now"), []),
        (Start(2), list(range(8, 40))),
        (Start(99), []),
        (Start(NOON + timedelta(hours=30)), list(range(30, 40))),
        (Start(NOON + timedelta(hours=29, minutes=59)), list(range(30, 40))),
        (Start(NOON - timedelta(days=20_000)), list(range(40))),
        (Start(NOON + timedelta(days=3)), []),
    ],
)
def test_where_to_begin(topics: Settings, producer: KafkaProducer, start: Start, expected: list[int]) -> None:
    fill(producer, topics, range(40))
    assert values(topics, start) == expected


def test_only_what_was_committed(topics: Settings) -> None:
    arguments = kafka_python(topics, client="test")
    producer = KafkaProducer(**arguments, transactional_id=f"{topics.topic_prefix}a", transaction_timeout_ms=60_000)
    producer.init_transactions()
    for commit, numbers in ((True, range(8)), (False, range(8, 16))):
        producer.begin_transaction()
        fill(producer, topics, numbers)
        producer.commit_transaction() if commit else producer.abort_transaction()
    # The last things on each partition are markers of an abort: the end is reached all the same.
    assert values(topics) == list(range(8))
    producer.begin_transaction()
    fill(producer, topics, range(16, 24))
    # A transaction still open neither shows nor blocks.
    assert values(topics) == list(range(8))
    producer.commit_transaction()
    assert values(topics) == [*range(8), *range(16, 24)]
    producer.close()


def test_a_follower_waits_for_more_and_for_new_partitions(
    topics: Settings, producer: KafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "_METADATA_MS", 500)
    fill(producer, topics, range(4))
    following = receive(name(topics), settings=topics, start=Start("now"), follow=True)
    later = threading.Timer(1, fill, (producer, topics, range(4, 8)))
    later.start()
    assert sorted(int(found.value or -1) for found in itertools.islice(following, 4)) == [4, 5, 6, 7]
    later.join()
    client = KafkaAdminClient(**kafka_python(topics, client="test"))
    client.create_partitions({name(topics): 5})
    client.close()
    other = KafkaProducer(**kafka_python(topics, client="test"))
    other.send(name(topics), b"8", key=b"8", partition=4).get(30)
    other.close()
    assert next(following).value == b"8"
    following.close()  # type: ignore[attr-defined]


def test_a_group_continues_where_it_left_off(topics: Settings, producer: KafkaProducer) -> None:
    fill(producer, topics, range(40))
    # A start is for what the group never read.
    assert values(topics, Start(NOON + timedelta(hours=20)), group=f"{topics.topic_prefix}g") == list(range(20, 40))
    fill(producer, topics, range(40, 48))
    assert values(topics, group=f"{topics.topic_prefix}g") == list(range(40, 48))
    assert values(topics, group=f"{topics.topic_prefix}g") == []
    assert values(topics, group=f"{topics.topic_prefix}h") == list(range(48))


def test_a_group_reads_again_what_was_not_done_with(topics: Settings, producer: KafkaProducer) -> None:
    for number in range(4):
        producer.send(name(topics), b"%d" % number, key=b"k", partition=0)
    producer.flush()
    group = f"{topics.topic_prefix}g"
    reading = receive(name(topics), settings=topics, start=Start(), group=group)
    assert [next(reading).value for _ in range(3)] == [b"0", b"1", b"2"]
    # Whoever asks for the next one is done with the last one: 2 was not done with.
    reading.close()  # type: ignore[attr-defined]
    assert values(topics, group=group) == [2, 3]


def test_members_of_a_group_share_the_partitions(topics: Settings, producer: KafkaProducer) -> None:
    found: dict[str, list[int]] = {"one": [], "two": []}

    def member(name_of_member: str) -> None:
        group = f"{topics.topic_prefix}g"
        for received in receive(name(topics), settings=topics, start=Start(), follow=True, group=group):
            if received.value == b"end":
                return
            found[name_of_member].append(int(received.value or -1))

    members = [threading.Thread(target=member, args=(one,), daemon=True) for one in found]
    for thread in members:
        thread.start()
    sent = 0
    deadline = time.monotonic() + 60
    while not all(found.values()) and time.monotonic() < deadline:
        fill(producer, topics, range(sent, sent + 4))
        sent += 4
        time.sleep(0.2)
    for partition in range(4):
        producer.send(name(topics), b"end", key=b"end", partition=partition)
    producer.flush()
    for thread in members:
        thread.join(60)
    assert all(found.values())
    assert set(found["one"] + found["two"]) == set(range(sent))


def test_what_is_not_there_is_told(kafka_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TopicMissing, match="claims"):
        next(receive(name(kafka_settings), settings=kafka_settings, start=Start()))
    monkeypatch.setattr(connection, "PATIENCE_MS", 500)
    nowhere = Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"))
    with pytest.raises(BrokerUnavailable):
        next(receive("claims", settings=nowhere, start=Start()))


def test_a_follower_outlives_a_restart_of_the_broker_and_says_so(
    own_broker: LocalBroker,
    own_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(consumer, "_SILENCE_SECONDS", 1.0)
    caplog.set_level(logging.WARNING, logger=consumer.__name__)
    producer = KafkaProducer(**kafka_python(own_settings, client="test"))
    fill(producer, own_settings, range(4))
    found: list[int] = []

    def follow() -> None:
        following = receive(name(own_settings), settings=own_settings, start=Start(), follow=True)
        for received in itertools.islice(following, 8):
            found.append(int(received.value or -1))  # noqa: PERF401 (seen while it grows)

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    wait_until(lambda: len(found) == 4)
    own_broker.node.kill()
    wait_until(lambda: "waiting for it" in caplog.text)
    own_broker.node.start()
    own_broker.node.wait_ready()
    wait_until(lambda: "answers again" in caplog.text)
    fill(producer, own_settings, range(4, 8))
    follower.join(60)
    producer.close()
    assert sorted(found) == list(range(8))
