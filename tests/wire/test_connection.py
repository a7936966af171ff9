import pytest
from kafka.errors import (
    CoordinatorNotAvailableError,
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
    TopicAuthorizationFailedError,
)

from pipeline.errors import AccessDenied, BrokerUnavailable, ClusterRefused
from pipeline.settings import KafkaSettings, LimitsSettings, Settings
from pipeline.wire.connection import aiokafka, kafka_python, largest_record, reachable

SETTINGS = Settings(kafka=KafkaSettings(bootstrap_servers="one:9092, two:9093,"))


def test_every_client_gets_every_server() -> None:
    for arguments in (kafka_python(SETTINGS, client="x"), aiokafka(SETTINGS, client="x")):
        assert arguments["bootstrap_servers"] == ["one:9092", "two:9093"]


def test_the_wire_takes_twice_what_the_limits_let_in() -> None:
    assert largest_record(Settings()) == 16 * 1024 * 1024
    assert largest_record(Settings(limits=LimitsSettings(max_record_bytes=20_000_000))) == 40_000_000


@pytest.mark.parametrize("error", [KafkaTimeoutError("slow"), NodeNotReadyError(), CoordinatorNotAvailableError()])
def test_what_a_later_try_may_mend(error: KafkaError) -> None:
    with pytest.raises(BrokerUnavailable, match="one:9092"), reachable(SETTINGS):
        raise error


def test_what_the_cluster_refuses() -> None:
    with pytest.raises(ClusterRefused, match="InvalidTopic"), reachable(SETTINGS):
        raise InvalidTopicError


def test_what_the_cluster_does_not_allow() -> None:
    with pytest.raises(AccessDenied, match="no ACL for a topic"), reachable(SETTINGS):
        raise TopicAuthorizationFailedError
