"""The resources are those of topics.py and grants.py. No operator runs here: they have only been compared."""

import copy
from typing import Any

import pytest
import yaml

from deploy.strimzi.resources import FOLDER, files, topics, users
from pipeline.grants import GRANTS
from pipeline.topics import TOPICS


def test_what_is_committed_is_what_the_source_says() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.yaml")}
    assert committed == files(), "topics.py or grants.py changed: run `make manifests` and commit deploy/strimzi/"


def test_every_topic_is_there_with_three_copies() -> None:
    found = {topic["spec"]["topicName"]: topic["spec"] for topic in topics()}
    assert found.keys() == {topic.full_name("claimwire.") for topic in TOPICS.values()}
    assert all(spec["replicas"] == 3 for spec in found.values())
    assert all(isinstance(value, str) for spec in found.values() for value in spec["config"].values())


_TYPES = {"topic": "topic", "group": "group", "transactionalId": "transactional-id"}


def lacking(user: dict[str, Any]) -> list[str]:
    """How the ACLs of a KafkaUser differ from its grant."""
    grant = GRANTS[user["metadata"]["name"].removeprefix("claimwire-")]
    acls = user["spec"]["authorization"]["acls"]
    found = {
        (
            _TYPES[acl["resource"]["type"]],
            acl["resource"]["name"],
            acl["resource"]["patternType"] == "prefix",
            frozenset(operation.upper() for operation in acl["operations"]),
        )
        for acl in acls
    }
    wanted = {
        (r.type, r.name, r.prefixed, frozenset(o.replace("_", "") for o in r.operations))
        for r in grant.resources("claimwire.")
    }
    return [f"{one[0]} {one[1]}" for one in sorted(found ^ wanted, key=str)]


def test_each_user_may_do_what_its_grant_says_and_no_more() -> None:
    assert [problem for user in users() for problem in lacking(user)] == []


@pytest.mark.parametrize(
    "change",
    [
        lambda acls: acls[0]["operations"].append("Delete"),
        lambda acls: acls.pop(),
        lambda acls: acls[0]["resource"].update(patternType="prefix"),
        lambda acls: acls[0]["resource"].update(name="claimwire.other"),
    ],
    ids=["more", "less", "wider", "elsewhere"],
)
def test_and_that_check_can_fail(change: Any) -> None:
    user = copy.deepcopy(next(users()))
    change(user["spec"]["authorization"]["acls"])
    assert lacking(user)


def test_the_files_are_yaml_of_the_kinds_that_they_say() -> None:
    kinds = {name: {resource["kind"] for resource in yaml.safe_load_all(text)} for name, text in files().items()}
    assert kinds == {"topics.yaml": {"KafkaTopic"}, "users.yaml": {"KafkaUser"}}
