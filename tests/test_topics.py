import pytest

from pipeline.topics import (
    ARTICLES_RAW,
    CLAIMS,
    CLAIMS_BY_ENTITY,
    PROPOSITIONS,
    RELATIONS,
    RUNS,
    TARGETS,
    TOPICS,
    Topic,
)

COMPACTED = {
    "articles.annotated", "articles.embargoed", "entities", "claims", "targets", "stances", "relations", "propositions",
    "runs",
}  # fmt: skip


def test_the_table_has_every_topic_of_the_contract() -> None:
    assert set(TOPICS) == COMPACTED | {"articles.raw", "claims-by-entity", "dead-letters"}


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS.keys())
def test_what_stands_is_compacted_and_the_rest_is_not(topic: Topic) -> None:
    policy = "compact" if topic.name in COMPACTED else "delete"
    assert topic.configs["cleanup.policy"] == policy
    assert (topic.value is not None) == (topic.name not in ("articles.raw", "dead-letters"))


def test_raw_articles_are_kept_forever() -> None:
    assert ARTICLES_RAW.configs["retention.ms"] == "-1"


def test_the_full_name_has_prefix_and_run() -> None:
    assert CLAIMS.full_name("claimwire.") == "claimwire.claims"
    assert CLAIMS.full_name("", run="may") == "claims.may"


@pytest.mark.parametrize("topic", [TARGETS, RUNS])
def test_what_is_watched_and_which_runs_there_are_is_the_same_for_every_run(topic: Topic) -> None:
    assert topic.full_name("", run="may") == topic.name


def test_relations_lie_where_their_claims_are_compared() -> None:
    assert {RELATIONS.partitions, PROPOSITIONS.partitions} == {CLAIMS_BY_ENTITY.partitions}


def test_every_processor_can_read_all_targets_from_one_partition() -> None:
    assert TARGETS.partitions == 1
