import pytest
from kafka.errors import KafkaError, KafkaTimeoutError

from pipeline.settings import Settings
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.transactional import TransactionalProducer, fenced
from tests.kafka import records


def outgoing(settings: Settings, name: str) -> Outgoing:
    return Outgoing(f"{settings.topic_prefix}articles.raw", name.encode(), b"{}", [], partition=0)


@pytest.mark.broker
def test_who_was_shut_out_hears_so_whatever_it_does_next(topics: Settings) -> None:
    def another() -> TransactionalProducer:
        return TransactionalProducer(topics, f"{topics.topic_prefix}one", client="test")

    with another() as first:
        with first.transaction() as send:
            send([outgoing(topics, "first")])
        refused = []
        try:
            with first.transaction() as send:
                send([outgoing(topics, "lost")])
                with another() as second, second.transaction() as send_second:
                    send_second([outgoing(topics, "second")])
                send([outgoing(topics, "late")])
        except KafkaError as error:
            refused.append(fenced(error))
        assert refused == [True]
        # The client has learned of it, and fails without asking: while it sends, and before.
        with pytest.raises(KafkaError) as again:
            first._send([outgoing(topics, "later")])
        assert fenced(again.value)
        with pytest.raises(KafkaError) as beginning, first.transaction():
            pass
        assert fenced(beginning.value)
    assert [record.key for record in records(topics, "articles.raw")] == [b"first", b"second"]


def test_other_errors_are_not_that() -> None:
    assert not fenced(KafkaTimeoutError("too late"))
