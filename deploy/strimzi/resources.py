"""KafkaTopic for every topic, KafkaUser for every service with the ACLs of its grant and no more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.grants import GRANTS, Grant
from pipeline.settings import Settings, TopicsSettings
from pipeline.wire.admin import wanted_topics

FOLDER = Path(__file__).resolve().parent
API = "kafka.strimzi.io/v1"
CLUSTER = "claimwire"
"""The Kafka resource that these belong to: change the label where yours has another name."""

_SETTINGS = Settings(topics=TopicsSettings(replication=3))
_HEAD = "# Made by `make manifests` from pipeline/topics.py and pipeline/grants.py: change those.\n"
_USERS = tuple(name for name in GRANTS if name not in ("ingest", "subscriber"))


def files() -> dict[str, str]:
    """The content of each file, by name. The same source gives the same bytes."""
    return {"topics.yaml": _text(topics()), "users.yaml": _text(users())}


def topics() -> Iterator[dict[str, Any]]:
    """One KafkaTopic for each topic, with three copies."""
    for wanted in wanted_topics(_SETTINGS):
        yield {
            "apiVersion": API,
            "kind": "KafkaTopic",
            "metadata": _metadata(wanted.name),
            "spec": {
                "topicName": wanted.name,
                "partitions": wanted.partitions,
                "replicas": wanted.copies,
                "config": dict(wanted.configs),
            },
        }


def users() -> Iterator[dict[str, Any]]:
    """One KafkaUser for each service, by certificate; `subscriber` and `ingest` are for people, who differ."""
    for name in _USERS:
        acls = list(_acls(GRANTS[name]))
        yield {
            "apiVersion": API,
            "kind": "KafkaUser",
            "metadata": _metadata(f"claimwire-{name}"),
            "spec": {"authentication": {"type": "tls"}, "authorization": {"type": "simple", "acls": acls}},
        }


def _acls(grant: Grant) -> Iterator[dict[str, Any]]:
    for resource in grant.resources(_SETTINGS.topic_prefix):
        pattern = "prefix" if resource.prefixed else "literal"
        yield {
            "resource": {"type": _camel(resource.type.replace("-", "_"), first=False), "name": resource.name}
            | {"patternType": pattern},
            "operations": sorted(_camel(operation) for operation in resource.operations),
        }


def _camel(operation: str, *, first: bool = True) -> str:
    words = [part.capitalize() for part in operation.split("_")]
    return "".join(words) if first else words[0].lower() + "".join(words[1:])


def _metadata(name: str) -> dict[str, Any]:
    return {"name": name, "labels": {"strimzi.io/cluster": CLUSTER, "app.kubernetes.io/part-of": "claimwire"}}


def _text(resources: Iterator[dict[str, Any]]) -> str:
    return _HEAD + yaml.safe_dump_all(resources, sort_keys=False, explicit_start=True)
