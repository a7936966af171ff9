import pytest
from kafka import KafkaProducer

from pipeline.errors import TopicMissing
from pipeline.settings import Settings
from pipeline.wire.connection import kafka_python
from pipeline.wire.consumer import receive
from pipeline.wire.group import group_progress
from pipeline.wire.start import Start

pytestmark = pytest.mark.broker


def fill(settings: Settings, topic: str, count: int) -> None:
    producer = KafkaProducer(**kafka_python(settings, client="test"))
    for number in range(count):
        producer.send(topic, b"{}", key=b"%d" % number)
    producer.flush()
    producer.close()


def test_what_came_and_what_a_group_has_read_since(topics: Settings) -> None:
    topic, group = f"{topics.topic_prefix}claims", f"{topics.topic_prefix}g"
    fill(topics, topic, 10)
    with group_progress(topics, group, topic) as progress:
        assert (progress.came(), progress.read()) == (0, 0)
        fill(topics, topic, 20)
        assert (progress.came(), progress.read()) == (20, 0)
        assert len(list(receive(topic, settings=topics, start=Start(), group=group))) == 30
        assert (progress.came(), progress.read()) == (20, 20)


def test_a_group_that_is_behind_has_read_nothing_new(topics: Settings) -> None:
    topic, group = f"{topics.topic_prefix}claims", f"{topics.topic_prefix}g"
    fill(topics, topic, 10)
    assert len(list(receive(topic, settings=topics, start=Start(), group=group))) == 10
    fill(topics, topic, 10)
    with group_progress(topics, group, topic) as progress:
        fill(topics, topic, 10)
        assert (progress.came(), progress.read()) == (10, 0)
        assert progress.left() == 20
        assert sum(progress.next_offsets().values()) == 10


def test_a_topic_that_does_not_exist(kafka_settings: Settings) -> None:
    with pytest.raises(TopicMissing), group_progress(kafka_settings, "g", "nowhere"):
        pass
