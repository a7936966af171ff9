import time
from dataclasses import replace

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.errors import BrokerUnavailable, ClusterRefused, SettingsInvalid, TopicMissing
from pipeline.settings import KafkaSettings, LimitsSettings, Settings, TopicsSettings
from pipeline.topics import TOPICS
from pipeline.wire import admin
from pipeline.wire.admin import Difference


def test_every_topic_is_wanted_with_its_prefix() -> None:
    wanted = {topic.name: topic for topic in admin.wanted_topics(Settings(topic_prefix="p."))}
    assert set(wanted) == {f"p.{name}" for name in TOPICS}
    assert wanted["p.targets"].partitions == 1
    assert wanted["p.claims"].partitions == Settings().topics.partitions
    assert wanted["p.claims"].configs["cleanup.policy"] == "compact"


def test_a_run_has_topics_of_its_own_but_shares_the_targets() -> None:
    names = {topic.name for topic in admin.wanted_topics(Settings(), run="may-2024")}
    assert "claimwire.claims.may-2024" in names
    assert not any("targets" in name for name in names)


@pytest.mark.parametrize("run", ["", "a b", "a.b", "ü", "x" * 101])
def test_the_name_of_a_run_must_fit_into_a_topic(run: str) -> None:
    with pytest.raises(SettingsInvalid, match="run"):
        admin.wanted_topics(Settings(), run=run)


def test_topics_take_what_the_limits_let_through() -> None:
    settings = Settings(limits=LimitsSettings(max_record_bytes=30_000_000))
    assert {topic.configs["max.message.bytes"] for topic in admin.wanted_topics(settings)} == {"60000000"}


def test_without_a_broker_it_says_so_soon() -> None:
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:1"):
        admin.apply(Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1")))
    assert time.monotonic() - began < 30


@pytest.mark.broker
def test_topics_are_made_once(kafka_settings: Settings) -> None:
    assert len(admin.apply(kafka_settings).created) == len(TOPICS)
    again = admin.apply(kafka_settings)
    assert (again.created, again.changed, again.left) == ([], [], [])


@pytest.mark.broker
def test_differences_are_shown_and_mended_only_by_force(topics: Settings) -> None:
    prefix = topics.topic_prefix
    with admin.admin(topics) as client:
        resource = ConfigResource(ConfigResourceType.TOPIC, f"{prefix}claims", {"cleanup.policy": "delete"})
        client.alter_configs([resource])
        deadline = time.monotonic() + 10
        while not admin.apply(topics).left and time.monotonic() < deadline:
            time.sleep(0.05)
    more = topics.model_copy(update={"topics": TopicsSettings(raw_partitions=6)})
    expected = {
        Difference(f"{prefix}claims", "cleanup.policy", "delete", "compact"),
        Difference(f"{prefix}articles.raw", "partitions", "4", "6"),
    }
    for _ in range(2):
        applied = admin.apply(more)
        assert (set(applied.left), applied.changed) == (expected, [])
    applied = admin.apply(more, force=True)
    assert (set(applied.changed), applied.left) == (expected, [])
    assert admin.apply(more).left == []
    names = [f"{prefix}{name}" for name in ("articles.raw", "claims", "targets")]
    assert list(admin.partition_counts(more, names).values()) == [6, 4, 1]


@pytest.mark.broker
def test_partitions_are_not_added_where_older_records_matter(topics: Settings) -> None:
    more = topics.model_copy(update={"topics": TopicsSettings(partitions=6, entity_partitions=2)})
    applied = admin.apply(more, force=True)
    grown = {difference.topic.removeprefix(topics.topic_prefix) for difference in applied.changed}
    assert grown == {"articles.raw", "dead-letters"}
    left = {difference.topic.removeprefix(topics.topic_prefix): difference.obstacle for difference in applied.left}
    assert left.keys() == {name for name, topic in TOPICS.items() if topic.partitions != 1} - grown
    assert set(left.values()) == {"older records would stay where they are"}


@pytest.mark.broker
def test_partitions_never_shrink(topics: Settings) -> None:
    fewer = topics.model_copy(update={"topics": TopicsSettings(partitions=2)})
    applied = admin.apply(fewer, force=True)
    assert applied.changed == []
    assert len(applied.left) == sum(topic.partitions in ("partitions", "raw_partitions") for topic in TOPICS.values())
    assert all(difference.obstacle for difference in applied.left)


@pytest.mark.broker
def test_copies_are_compared(topics: Settings) -> None:
    three = topics.model_copy(update={"topics": TopicsSettings(replication=3)})
    (difference, *_) = admin.apply(three, force=True).left
    assert replace(difference, topic="", obstacle="") == Difference("", "copies", "1", "3", "")


@pytest.mark.broker
def test_a_refusal_is_passed_on_in_the_clusters_words(kafka_settings: Settings) -> None:
    three = kafka_settings.model_copy(update={"topics": TopicsSettings(replication=3)})
    with pytest.raises(ClusterRefused, match="only 1 broker"):
        admin.apply(three)


@pytest.mark.broker
def test_a_missing_topic_is_named(kafka_settings: Settings) -> None:
    name = f"{kafka_settings.topic_prefix}claims"
    with pytest.raises(TopicMissing, match=name):
        admin.partition_counts(kafka_settings, [name])
    with admin.admin(kafka_settings) as client:
        assert name not in client.list_topics()
