"""A real broker for the tests that need one.

One for each test process, started at its first use on a free port with its data in a temporary folder: several
processes (pytest-xdist) do not meet. CLAIMWIRE_TEST_BOOTSTRAP_SERVERS names a running cluster to use instead.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.connection import kafka_python

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def bootstrap_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a broker that answers."""
    running = os.environ.get("CLAIMWIRE_TEST_BOOTSTRAP_SERVERS")
    if running:
        yield running
        return
    # The topics of every test stay to the end, thousands of partitions: more than the heap of one user's broker holds.
    settings = BrokerSettings(port=free_port(), heap_megabytes=512)
    with LocalBroker(settings, tmp_path_factory.mktemp("broker")) as broker:
        yield broker.servers


@pytest.fixture
def kafka_settings(bootstrap_servers: str, tmp_path: Path) -> Settings:
    """Settings with the broker, topic names of this test's own, and its own state_dir. No topic exists yet."""
    return Settings(
        topic_prefix=f"t{os.getpid()}-{next(_numbers)}.",
        state_dir=tmp_path / "state",
        kafka=KafkaSettings(bootstrap_servers=bootstrap_servers),
    )


@pytest.fixture
def topics(kafka_settings: Settings) -> Settings:
    """`kafka_settings`, with every topic made."""
    admin.apply(kafka_settings)
    return kafka_settings


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[LocalBroker]:
    """A broker of this test's own, to kill or freeze: `own_broker.node`."""
    with LocalBroker(BrokerSettings(port=free_port()), tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def own_settings(own_broker: LocalBroker, tmp_path: Path) -> Settings:
    """Settings with `own_broker`, where every topic has been made."""
    settings = Settings(state_dir=tmp_path / "state", kafka=KafkaSettings(bootstrap_servers=own_broker.servers))
    admin.apply(settings)
    return settings


def records(settings: Settings, topic: str) -> list[Any]:
    """Every record on `topic` (its name without prefix) that is committed, by partition and offset."""
    consumer = KafkaConsumer(**kafka_python(settings, client="test"), isolation_level="read_committed")
    name = f"{settings.topic_prefix}{topic}"
    partitions = [TopicPartition(name, number) for number in sorted(consumer.partitions_for_topic(name) or ())]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    found = []
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        found += [record for batch in consumer.poll(timeout_ms=200).values() for record in batch]
    consumer.close()
    return sorted(found, key=lambda record: (record.partition, record.offset))
