"""The resources are those of topics.py and grants.py. No operator runs here: they have only been compared."""

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


def test_each_user_may_do_what_its_grant_says_and_no_more() -> None:
    for user in users():
        grant = GRANTS[user["metadata"]["name"].removeprefix("claimwire-")]
        acls = user["spec"]["authorization"]["acls"]
        of_topics = {
            acl["resource"]["name"].removeprefix("claimwire."): {o.upper() for o in acl["operations"]}
            for acl in acls
            if acl["resource"]["type"] == "topic"
        }
        wanted = {name: {o.replace("_", "") for o in operations} for name, operations in grant.topics.items()}
        assert of_topics == wanted
        others = {acl["resource"]["type"] for acl in acls} - {"topic"}
        expected = ({"group"} if grant.group is not None else set()) | (
            {"transactionalId"} if grant.transactions else set()
        )
        assert others == expected
        assert all(acl["resource"]["patternType"] == "literal" for acl in acls if acl["resource"]["type"] == "topic")


def test_the_files_are_yaml_of_the_kinds_that_they_say() -> None:
    kinds = {name: {resource["kind"] for resource in yaml.safe_load_all(text)} for name, text in files().items()}
    assert kinds == {"topics.yaml": {"KafkaTopic"}, "users.yaml": {"KafkaUser"}}
