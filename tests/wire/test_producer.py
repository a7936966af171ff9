import random
import threading
import time

import pytest

from pipeline.errors import BrokerUnavailable, DeliveryFailed
from pipeline.settings import KafkaSettings, Settings
from pipeline.wire import connection
from pipeline.wire.broker import LocalBroker
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.producer import Producer
from tests.kafka import records

MEGABYTE = 1024 * 1024


def outgoing(settings: Settings, number: int, value: bytes | None = b"{}") -> Outgoing:
    key = f"art_{number}".encode()
    return Outgoing(f"{settings.topic_prefix}articles.raw", key, value, [("ce_id", key)], partition=number % 4)


def test_without_a_broker_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE_MS", 500)
    with pytest.raises(BrokerUnavailable):
        Producer(Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1")), client="test")


@pytest.mark.broker
def test_every_record_arrives_as_it_was(topics: Settings) -> None:
    delivered: list[bool] = []
    sent = [outgoing(topics, number, None if number == 7 else b"%d" % number) for number in range(50)]
    with Producer(topics, client="test") as producer:
        for record in sent:
            producer.send(record, lambda: delivered.append(True))
    assert len(delivered) == 50
    found = records(topics, "articles.raw")
    assert len(found) == 50
    by_key = {record.key: record for record in found}
    for record in sent:
        arrived = by_key[record.key]
        assert (arrived.value, arrived.partition, arrived.headers) == (record.value, record.partition, record.headers)


@pytest.mark.broker
def test_the_largest_record_arrives(topics: Settings) -> None:
    # Not compressible, and several at once: the broker's small heap must take them.
    value = random.Random(3).randbytes(topics.limits.max_record_bytes)
    with Producer(topics, client="test") as producer:
        for number in range(6):
            producer.send(outgoing(topics, number, value))
    assert [len(record.value) for record in records(topics, "articles.raw")] == [len(value)] * 6


@pytest.mark.broker
def test_a_record_beyond_every_limit_is_a_failure(topics: Settings) -> None:
    producer = Producer(topics, client="test")
    with pytest.raises(DeliveryFailed, match="larger"):
        producer.send(outgoing(topics, 1, bytes(40 * MEGABYTE)))
    with pytest.raises(DeliveryFailed):
        producer.send(outgoing(topics, 2))
    producer.close()
    assert records(topics, "articles.raw") == []


@pytest.mark.broker
def test_a_topic_that_does_not_exist_is_a_failure(kafka_settings: Settings) -> None:
    producer = Producer(kafka_settings, client="test", patience=2)
    with pytest.raises(DeliveryFailed):
        producer.send(outgoing(kafka_settings, 1))
    producer.close()


@pytest.mark.broker
def test_a_frozen_cluster_stops_the_sender_and_loses_nothing(own_broker: LocalBroker, own_settings: Settings) -> None:
    sent = 0

    def send() -> None:
        nonlocal sent
        for number in range(20):
            producer.send(outgoing(own_settings, number, bytes(MEGABYTE)))
            sent += 1

    with Producer(own_settings, client="test", buffer_bytes=4 * MEGABYTE) as producer:
        producer.send(outgoing(own_settings, 0, b"warm"))
        producer.flush()
        own_broker.node.pause()
        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(1)
        assert sent == 3
        with pytest.raises(DeliveryFailed, match=r"within 0\.1 s"):
            producer.flush(seconds=0.1)
        own_broker.node.resume()
        sender.join(30)
        assert sent == 20
    assert len(records(own_settings, "articles.raw")) == 21


@pytest.mark.broker
def test_a_cluster_that_stays_away_is_a_failure_that_counts(own_broker: LocalBroker, own_settings: Settings) -> None:
    producer = Producer(own_settings, client="test", patience=3)
    producer.send(outgoing(own_settings, 0))
    producer.flush()
    own_broker.node.kill()
    for number in range(3):
        producer.send(outgoing(own_settings, number))
    with pytest.raises(DeliveryFailed) as caught:
        producer.flush()
    producer.close()
    assert caught.value.count == 3
    assert caught.value.topic == "claimwire.articles.raw"
