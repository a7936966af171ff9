"""The verifier must be able to fail: topics with one thing wrong each."""

from collections import defaultdict
from collections.abc import Callable

import orjson
import pytest

from pipeline.records import Article, Origin
from pipeline.topics import ARTICLES_ANNOTATED, CLAIMS, DEAD_LETTERS, ENTITIES, Topic
from pipeline.wire.outgoing import Destination, Outgoing, entity_key, outputs, tombstone
from tests.faults.articles import Sent, articles
from tests.faults.verifier import Read, Verdict, verify
from tests.processors.stub import StubModel
from tests.samples import NOON

_DESTINATION = Destination("", {ARTICLES_ANNOTATED.name: 3, ENTITIES.name: 3, CLAIMS.name: 3})

Topics = dict[str, list[Read]]


@pytest.fixture
def sent() -> list[Sent]:
    return articles(24, seed=7)


@pytest.fixture
def topics(sent: list[Sent]) -> Topics:
    """What must be there: made without the processor, one record after the other."""
    records: defaultdict[str, list[Read]] = defaultdict(list)
    ends: defaultdict[tuple[str, int], int] = defaultdict(int)
    before: dict[str, list[tuple[Topic, bytes]]] = {}

    def put(outgoing: Outgoing) -> None:
        offset = ends[outgoing.topic, outgoing.partition]
        # Offsets have gaps, where markers of transactions are.
        ends[outgoing.topic, outgoing.partition] += 1 + offset % 3
        records[outgoing.topic].append(Read(outgoing.partition, offset, outgoing.key, outgoing.value))

    for number, one in enumerate(sent):
        (annotated,) = StubModel().annotate([Article(id=one.article, revision=one.revision, body=one.body)])
        for outgoing in outputs(annotated, origin=Origin("raw", 0, number, NOON), destination=_DESTINATION):
            put(outgoing)
        keys = [(CLAIMS, claim.id.encode()) for claim in annotated.claims]
        keys += [(ENTITIES, entity_key(one.article, entity.id)) for entity in annotated.entities]
        for topic, key in before.get(one.article, []):
            if (topic, key) not in keys:
                put(tombstone(topic, key, article=one.article, destination=_DESTINATION))
        before[one.article] = keys
    return dict(records) | {DEAD_LETTERS.name: []}


def test_the_articles_are_corrected_and_withdraw_claims(sent: list[Sent], topics: Topics) -> None:
    assert len({one.article for one in sent}) == 24
    assert max(one.revision for one in sent) == 3
    assert any(record.value is None for record in topics[CLAIMS.name])
    assert any(record.value is None for record in topics[ENTITIES.name])
    assert all(len(one.claims) == 4 and len(one.entities) >= 3 for one in sent)


def test_revisions_are_sent_in_their_order(sent: list[Sent]) -> None:
    for article in {one.article for one in sent}:
        revisions = [one.revision for one in sent if one.article == article]
        assert revisions == list(range(1, len(revisions) + 1))


def test_what_is_right_passes(sent: list[Sent], topics: Topics) -> None:
    verdict = verify(sent, topics)
    assert verdict == Verdict()
    assert verdict.good


def test_a_lost_article(sent: list[Sent], topics: Topics) -> None:
    _remove(topics, ARTICLES_ANNOTATED, _first(topics, ARTICLES_ANNOTATED))
    verdict = verify(sent, topics)
    assert verdict.lost == 1
    assert verdict.orphaned > 0  # its claims and entities are left
    assert not verdict.good


def test_a_lost_article_with_all_that_belongs_to_it(sent: list[Sent], topics: Topics) -> None:
    gone = next(one.article for one in sent if [other.article for other in sent].count(one.article) == 1)
    for name, records in topics.items():
        topics[name] = [r for r in records if gone.encode() not in (r.value or b"") and gone.encode() not in r.key]  # type: ignore[operator]
    assert _counts(verify(sent, topics)) == {"lost": 1}


def test_an_article_that_lacks_a_claim_and_an_entity(sent: list[Sent], topics: Topics) -> None:
    record = _first(topics, ARTICLES_ANNOTATED)
    value = orjson.loads(record.value or b"")
    claim, entity = value["claims"].pop(), value["entities"].pop()
    _remove(topics, ARTICLES_ANNOTATED, record)
    topics[ARTICLES_ANNOTATED.name].append(record._replace(value=orjson.dumps(value)))
    _keep_if(topics, CLAIMS, lambda r: r.key != claim["id"].encode())
    _keep_if(topics, ENTITIES, lambda r: r.key != entity_key(value["id"], entity["id"]))
    assert verify(sent, topics).lost == 2


@pytest.mark.parametrize("topic", [ARTICLES_ANNOTATED, CLAIMS, ENTITIES], ids=lambda topic: topic.name)
def test_a_doubled_record(topic: Topic, sent: list[Sent], topics: Topics) -> None:
    _append(topics, topic, _last(topics, topic))
    assert _counts(verify(sent, topics)) == {"doubled": 1}


def test_a_doubled_withdrawal(sent: list[Sent], topics: Topics) -> None:
    gone = next(record for record in topics[CLAIMS.name] if record.value is None)
    _append(topics, CLAIMS, gone)
    assert _counts(verify(sent, topics)) == {"doubled": 1}


def test_a_batch_done_twice(sent: list[Sent], topics: Topics) -> None:
    for topic in (ARTICLES_ANNOTATED, CLAIMS, ENTITIES):
        for record in topics[topic.name][-5:]:
            _append(topics, topic, record)
    assert verify(sent, topics).doubled == 15


@pytest.mark.parametrize("topic", [ARTICLES_ANNOTATED, CLAIMS, ENTITIES], ids=lambda topic: topic.name)
def test_an_older_revision_behind_a_newer_one(topic: Topic, sent: list[Sent], topics: Topics) -> None:
    corrected = next(one.article for one in sent if one.revision == 3)
    records = [record for record in topics[topic.name] if _revision(record) and _article(record) == corrected]
    early = next(record for record in records if _revision(record) == 1)
    _remove(topics, topic, early)
    _append(topics, topic, early)
    assert verify(sent, topics).out_of_order >= 1


def test_an_article_in_two_partitions(sent: list[Sent], topics: Topics) -> None:
    corrected = next(one.article for one in sent if one.revision == 3)
    record = next(r for r in topics[ARTICLES_ANNOTATED.name] if _article(r) == corrected)
    _remove(topics, ARTICLES_ANNOTATED, record)
    topics[ARTICLES_ANNOTATED.name].append(record._replace(partition=(record.partition + 1) % 3, offset=10**6))
    assert verify(sent, topics).out_of_order >= 1


@pytest.mark.parametrize("topic", [CLAIMS, ENTITIES], ids=lambda topic: topic.name)
def test_a_record_whose_article_does_not_have_it(topic: Topic, sent: list[Sent], topics: Topics) -> None:
    _append(topics, topic, _last(topics, topic)._replace(key=b"of-nobody"))
    # There where nothing should be, and standing at the end.
    assert _counts(verify(sent, topics)) == {"orphaned": 2}


@pytest.mark.parametrize("topic", [CLAIMS, ENTITIES], ids=lambda topic: topic.name)
def test_an_article_whose_claim_or_entity_has_no_record(topic: Topic, sent: list[Sent], topics: Topics) -> None:
    key = _first(topics, topic).key
    _keep_if(topics, topic, lambda record: record.key != key)
    assert verify(sent, topics).orphaned >= 1
    assert not verify(sent, topics).doubled


@pytest.mark.parametrize("topic", [CLAIMS, ENTITIES], ids=lambda topic: topic.name)
def test_a_claim_that_is_not_withdrawn(topic: Topic, sent: list[Sent], topics: Topics) -> None:
    gone = next(record for record in topics[topic.name] if record.value is None)
    _remove(topics, topic, gone)
    assert _counts(verify(sent, topics)) == {"orphaned": 2}


def test_a_claim_that_is_withdrawn_but_stands(sent: list[Sent], topics: Topics) -> None:
    _append(topics, CLAIMS, _last(topics, CLAIMS)._replace(value=None))
    assert verify(sent, topics).orphaned == 2


def test_an_article_that_nobody_sent(sent: list[Sent], topics: Topics) -> None:
    verdict = verify(sent[:-1], topics)
    assert verdict.orphaned > 0
    assert verdict.lost == 0


def test_a_dead_letter(sent: list[Sent], topics: Topics) -> None:
    topics[DEAD_LETTERS.name].append(Read(0, 0, b"story-000001", b"{}"))
    assert _counts(verify(sent, topics)) == {"dead_letters": 1}
    assert not verify(sent, topics).good


def test_an_empty_topic_is_noticed(sent: list[Sent], topics: Topics) -> None:
    assert verify(sent, topics | {CLAIMS.name: []}).orphaned > 0
    nothing = {name: list[Read]() for name in topics}
    assert _counts(verify(sent, nothing)) == {"lost": len(sent)}


def _counts(verdict: Verdict) -> dict[str, int]:
    names = ("lost", "doubled", "out_of_order", "orphaned", "dead_letters")
    return {name: count for name in names if (count := getattr(verdict, name))}


def _article(record: Read) -> str:
    value = orjson.loads(record.value or b"{}")
    return str(value.get("article", value)["id"])


def _revision(record: Read) -> int:
    value = orjson.loads(record.value or b"{}")
    return int(value.get("article", value).get("revision", 0))


def _first(topics: Topics, topic: Topic) -> Read:
    return topics[topic.name][0]


def _last(topics: Topics, topic: Topic) -> Read:
    return next(record for record in reversed(topics[topic.name]) if record.value is not None)


def _remove(topics: Topics, topic: Topic, record: Read) -> None:
    topics[topic.name].remove(record)


def _keep_if(topics: Topics, topic: Topic, condition: Callable[[Read], bool]) -> None:
    topics[topic.name] = [record for record in topics[topic.name] if condition(record)]


def _append(topics: Topics, topic: Topic, record: Read) -> None:
    """At the end of its partition."""
    end = max(other.offset for other in topics[topic.name] if other.partition == record.partition) + 2
    topics[topic.name].append(record._replace(offset=end))
