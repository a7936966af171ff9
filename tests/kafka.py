"""A real broker for the tests that need one.

One for each test process, started at its first use on a free port with its data in a temporary folder: several
processes (pytest-xdist) do not meet. CLAIMWIRE_TEST_BOOTSTRAP_SERVERS names a running cluster to use instead.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def bootstrap_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a broker that answers."""
    running = os.environ.get("CLAIMWIRE_TEST_BOOTSTRAP_SERVERS")
    if running:
        yield running
        return
    with LocalBroker(BrokerSettings(port=free_port()), tmp_path_factory.mktemp("broker")) as broker:
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
