from collections.abc import Callable

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError, ProducerFencedError

from pipeline.settings import Settings
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.transactional import Send, TransactionalProducer
from tests.kafka import records

pytestmark = pytest.mark.broker


def producer(settings: Settings) -> TransactionalProducer:
    return TransactionalProducer(settings, f"{settings.topic_prefix}one", client="test")


def transact(producer: TransactionalProducer, *steps: Callable[[Send], object]) -> None:
    with producer.transaction() as send:
        for step in steps:
            step(send)


def test_who_was_shut_out_hears_so_whatever_it_does_next(topics: Settings) -> None:
    def some(*names: str) -> Callable[[Send], object]:
        topic = f"{topics.topic_prefix}articles.raw"
        return lambda send: send([Outgoing(topic, name.encode(), b"{}", [], partition=0) for name in names])

    def taken_over(_: Send) -> None:
        with producer(topics) as second:
            transact(second, some("second"))

    def hidden(send: Send) -> None:
        with pytest.raises(KafkaError):
            some("lost as well")(send)

    with producer(topics) as first:
        transact(first, some("first"))
        with pytest.raises(ProducerFencedError):
            # What is sent behind the first refusal is refused for other reasons, by the client itself.
            transact(first, some("lost"), taken_over, hidden, some("late"))
        for _ in range(2):
            with pytest.raises(ProducerFencedError):
                transact(first, some("later"))
    assert [record.key for record in records(topics, "articles.raw")] == [b"first", b"second"]


def test_other_errors_are_as_they_are(topics: Settings) -> None:
    def fails(_: Send) -> None:
        raise KafkaTimeoutError("too late")

    with producer(topics) as alone:
        with pytest.raises(KafkaTimeoutError):
            transact(alone, fails)
        transact(alone, lambda send: send([]))
