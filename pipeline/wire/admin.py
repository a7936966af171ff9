"""Topics on the broker: made from the table, compared with it, and changed only where that is asked for."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    RetriableError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from pipeline.errors import AccessDenied, ClusterRefused, OptionsInvalid, TopicMissing
from pipeline.grants import Grant
from pipeline.settings import Settings
from pipeline.topics import TOPICS, Topic
from pipeline.wire.connection import kafka_python, largest_record, reachable

LIVE = "live"
"""What commands call the topics that belong to no run."""

_PARTITIONS = "partitions"
_COPIES = "copies"
_RUN = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SECONDS_TO_SHOW = 10.0
_UNKNOWN = UnknownTopicOrPartitionError.errno
_DENIED = TopicAuthorizationFailedError.errno


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as the table and the settings have it, by its full name."""

    name: str
    partitions: int
    copies: int
    configs: Mapping[str, str]
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One property of an existing topic that is not as wanted. `obstacle`: why it cannot be changed, None if it can."""

    topic: str
    property: str
    found: str
    wanted: str
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply` did: topics made, differences mended, and those that are left."""

    created: list[str]
    changed: list[Difference]
    left: list[Difference]


def wanted_topics(settings: Settings, run: str | None = None) -> list[Wanted]:
    """Every topic, or those of a replay run: it has its own, but for those that are shared.

    Raises OptionsInvalid for a name of a run that is no part of a topic's name.
    """
    if run is not None:
        check_run(run)
    topics = [topic for topic in TOPICS.values() if run is None or not topic.shared]
    return [_wanted(topic, settings, run) for topic in topics]


def check_run(name: str) -> None:
    """Raises OptionsInvalid for a name that no replay run can have."""
    if not _RUN.fullmatch(name) or name == LIVE:
        raise OptionsInvalid([f"run: a name of at most 100 letters, digits, - and _, and not {LIVE}"])


def apply(settings: Settings, *, run: str | None = None, force: bool = False) -> Applied:
    """Makes the topics that are missing, and with `force` changes those that differ.

    Raises BrokerUnavailable, ClusterRefused, OptionsInvalid.
    """
    wanted = wanted_topics(settings, run)
    with admin(settings) as client:
        existing = _existing(client, [topic.name for topic in wanted])
        missing = [topic for topic in wanted if topic.name not in existing]
        _create(client, missing)
        differences = [
            difference for topic in wanted if topic.name in existing for difference in _compare(topic, existing)
        ]
        changeable = [difference for difference in differences if force and difference.obstacle is None]
        _change(client, changeable)
        _wait_for(client, wanted, changeable)
    left = [difference for difference in differences if difference not in changeable]
    return Applied([topic.name for topic in missing], changeable, left)


def partition_counts(settings: Settings, names: Iterable[str]) -> dict[str, int]:
    """How many partitions each topic has, by full name. Raises BrokerUnavailable, TopicMissing."""
    names = list(names)
    with admin(settings) as client:
        existing = _existing(client, names, configs=False)
    for name in names:
        if name not in existing:
            raise TopicMissing(name)
    return {name: existing[name].partitions for name in names}


def check_grant(settings: Settings, grant: Grant, run: str | None = None) -> None:
    """Returns where the cluster lets us do what `grant` says. Transactional ids cannot be asked about.

    Raises AccessDenied, which names what is missing; BrokerUnavailable, TopicMissing.
    """
    names = {TOPICS[topic].full_name(settings.topic_prefix, run): wanted for topic, wanted in grant.topics.items()}
    missing: list[str] = []
    with admin(settings) as client:
        for topic in client.describe_topics(list(names)):
            allowed = topic.get("authorized_operations")
            if topic["error_code"] == _DENIED:
                missing.append(f"{'/'.join(sorted(names[topic['name']]))} on topic {topic['name']}")
            elif topic["error_code"] == _UNKNOWN:
                raise TopicMissing(topic["name"])
            elif allowed is not None and (lacking := names[topic["name"]] - set(allowed)):
                missing.append(f"{'/'.join(sorted(lacking))} on topic {topic['name']}")
        if grant.group:
            group = f"{settings.topic_prefix}{grant.group}"
            try:
                client.describe_groups([group])
            except GroupAuthorizationFailedError:
                missing.append(f"READ on group {group}")
            except RetriableError:
                pass  # a young cluster has no coordinator before its first group
    if missing:
        kafka = settings.kafka
        who = kafka.username or (f"the holder of {kafka.certificate_file}" if kafka.certificate_file else "this client")
        raise AccessDenied(
            f"{who} has no ACL for {'; '.join(missing)}",
            ["kafka.username" if kafka.sasl else "kafka.certificate_file"],
            remedy="Have whoever runs the cluster add these ACLs (docs/security.md lists all that a service needs), or "
            f"log in as another user ({'kafka.username' if kafka.sasl else 'kafka.certificate_file'}).",
        )


def topic_id(settings: Settings, name: str) -> str:
    """What tells a topic from another one that had the same name before. Raises BrokerUnavailable, TopicMissing."""
    with admin(settings) as client:
        found: list[dict[str, Any]] = client.describe_topics([name])
    for topic in found:
        if topic["name"] == name and not topic["error_code"]:
            return str(topic["topic_id"])
    raise TopicMissing(name)


@contextmanager
def admin(settings: Settings) -> Iterator[KafkaAdminClient]:
    """kafka-python's admin client, closed afterwards. Raises BrokerUnavailable, ClusterRefused."""
    with reachable(settings):
        client = KafkaAdminClient(**kafka_python(settings, client="admin"))
        try:
            yield client
        finally:
            client.close()


def _wanted(topic: Topic, settings: Settings, run: str | None) -> Wanted:
    configs = dict(topic.configs)
    if "max.message.bytes" in configs:
        configs["max.message.bytes"] = str(max(int(configs["max.message.bytes"]), largest_record(settings)))
    return Wanted(
        topic.full_name(settings.topic_prefix, run),
        settings.topics.count(topic.partitions),
        settings.topics.replication,
        configs,
        topic.grows,
    )


def _existing(client: KafkaAdminClient, names: list[str], *, configs: bool = True) -> dict[str, Wanted]:
    """The topics of `names` that exist, as they are."""
    found: dict[str, Any] = {}
    for topic in client.describe_topics(names):
        if topic["error_code"] == 0:
            found[topic["name"]] = topic["partitions"]
        elif topic["error_code"] == _DENIED:
            raise TopicAuthorizationFailedError(topic["name"])  # `reachable` says more
        elif topic["error_code"] != _UNKNOWN:
            raise ClusterRefused(f"describe topic {topic['name']}", for_code(topic["error_code"]).__name__)
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in found] if configs else []
    described = client.describe_configs(resources, config_filter="all").get("topic", {}) if resources else {}
    return {
        name: Wanted(
            name,
            len(partitions),
            min(len(partition["replica_nodes"]) for partition in partitions),
            {config: details["value"] for config, details in described.get(name, {}).items()},
        )
        for name, partitions in found.items()
    }


def _compare(wanted: Wanted, existing: Mapping[str, Wanted]) -> Iterator[Difference]:
    found = existing[wanted.name]
    if found.partitions != wanted.partitions:
        obstacle = None if wanted.grows else "older records would stay where they are"
        if found.partitions > wanted.partitions:
            obstacle = "Kafka never takes partitions away"
        yield Difference(wanted.name, _PARTITIONS, str(found.partitions), str(wanted.partitions), obstacle)
    if found.copies != wanted.copies:
        obstacle = "copies are moved with kafka-reassign-partitions"
        yield Difference(wanted.name, _COPIES, str(found.copies), str(wanted.copies), obstacle)
    for name, value in wanted.configs.items():
        if found.configs.get(name) != value:
            yield Difference(wanted.name, name, str(found.configs.get(name)), value)


def _wait_for(client: KafkaAdminClient, wanted: list[Wanted], changed: list[Difference]) -> None:
    """Returns when the brokers show what the controller has accepted: a moment later, as a rule."""
    concerned = [topic for topic in wanted if topic.name in {difference.topic for difference in changed}]
    deadline = time.monotonic() + _SECONDS_TO_SHOW
    while concerned and time.monotonic() < deadline:
        existing = _existing(client, [topic.name for topic in concerned])
        if not any(difference in changed for topic in concerned for difference in _compare(topic, existing)):
            return
        time.sleep(0.1)


def _create(client: KafkaAdminClient, topics: list[Wanted]) -> None:
    if not topics:
        return
    specifications = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": topic.copies,
            "configs": dict(topic.configs),
        }
        for topic in topics
    }
    answer = client.create_topics(specifications, raise_errors=False)
    for topic in answer["topics"]:
        if topic["error_code"]:
            reason = topic["error_message"] or for_code(topic["error_code"]).__name__
            raise ClusterRefused(f"create topic {topic['name']}", reason)
    client.wait_for_topics(list(specifications))


def _change(client: KafkaAdminClient, differences: list[Difference]) -> None:
    for difference in differences:
        what = f"change {difference.property} of topic {difference.topic}"
        try:
            if difference.property == _PARTITIONS:
                client.create_partitions({difference.topic: int(difference.wanted)})
                continue
            configs = {difference.property: difference.wanted}
            answer = client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, difference.topic, configs)])
        except KafkaError as error:
            raise ClusterRefused(what, str(error)) from error
        (outcome,) = answer["topic"].values()
        if outcome != "OK":
            raise ClusterRefused(what, outcome)
