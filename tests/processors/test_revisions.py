"""What a correction changes, by a model of the topics: keys to values, tombstones taking away."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ArticleTooLarge
from pipeline.formats import Withdrawal
from pipeline.processors.revisions import Changes, Ledger
from pipeline.records import Article
from pipeline.topics import TOPICS
from pipeline.wire.outgoing import Destination
from pipeline.wire.received import Received
from pipeline.wire.standing import Standing
from tests.processors.stub import StubModel

DESTINATION = Destination("t.", {topic.full_name("t."): 4 for topic in TOPICS.values()})
LARGEST = dict.fromkeys(DESTINATION.partitions, 100_000)
RECORD = Received("t.articles.raw", 0, 0, 0, b"a", b"", [])
SENTENCES = ["Anna says one.", "Bert says two.", "Anna says one."]

WISHES = st.lists(
    st.builds(
        lambda revision, body: Article(id="a", body=body, revision=revision),
        st.integers(1, 4),
        st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3).map(" ".join),
    )
    | st.builds(Withdrawal, st.just("a"), revision=st.none() | st.integers(1, 4)),
    max_size=8,
)


@given(WISHES, st.lists(st.booleans(), min_size=8, max_size=8))
def test_the_topics_hold_what_the_last_revision_says(wishes: list[Article | Withdrawal], forgets: list[bool]) -> None:
    model = StubModel()
    topics: dict[tuple[str, bytes | None], bytes] = {}
    stands: Article | None = None
    before: dict[str, Standing] = {}
    ledger = Ledger(before, DESTINATION, LARGEST)
    for wish, forget in zip(wishes, forgets, strict=False):
        if forget:  # a new batch, which knows what was committed
            ledger = Ledger(before, DESTINATION, LARGEST)
        changes = Changes()
        revision = stands.revision if stands else 0
        expected = (wish.revision is None or wish.revision >= revision) if stands else isinstance(wish, Article)
        assert ledger.supersedes(wish) == expected
        if not expected:
            continue
        if isinstance(wish, Article):
            ledger.annotate(model.annotate([wish])[0], RECORD, changes)
            stands = wish
        else:
            ledger.withdraw(wish, changes)
            stands = None
        for out in changes.outgoing:
            if out.value is None:
                topics.pop((out.topic, out.key), None)
            else:
                topics[out.topic, out.key] = out.value
        for index, article, standing in changes.standing:
            assert changes.outgoing[index].topic == "t.articles.annotated"
            before = {article: standing} if standing else {}
    found = {(topic, key) for topic, key in topics}
    assert found == ({*_keys(model, stands)} if stands else set())


def _keys(model: StubModel, article: Article) -> set[tuple[str, bytes | None]]:
    changes = Changes()
    Ledger({}, DESTINATION, LARGEST).annotate(model.annotate([article])[0], RECORD, changes)
    return {(out.topic, out.key) for out in changes.outgoing}


def test_an_article_whose_records_no_topic_takes_is_refused_whole() -> None:
    annotated = StubModel().annotate([Article(id="a", body=SENTENCES[0])])[0]
    changes = Changes()
    ledger = Ledger({}, DESTINATION, LARGEST | {"t.claims": 600})
    with pytest.raises(ArticleTooLarge):
        ledger.annotate(annotated, RECORD, changes)
    assert changes.outgoing == []
    ledger.annotate(dataclasses.replace(annotated, claims=()), RECORD, changes)
    assert len(changes.outgoing) == 2


def test_changes_add_up() -> None:
    ledger, both = Ledger({}, DESTINATION, LARGEST), Changes()
    for name in ("a", "b"):
        one = Changes()
        ledger.annotate(StubModel().annotate([Article(id=name, body=SENTENCES[0])])[0], RECORD, one)
        both.extend(one)
    assert [(both.outgoing[index].key, article) for index, article, _ in both.standing] == [(b"a", "a"), (b"b", "b")]
