import logging
from dataclasses import replace

import pytest

from pipeline.consumers import subscription as module
from pipeline.consumers.filters import Filters
from pipeline.consumers.subscription import subscribe
from pipeline.errors import SettingsInvalid
from pipeline.records import AnnotatedArticle, Claim, EntityRecord
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_RAW, CLAIMS, ENTITIES
from pipeline.wire.outgoing import Destination, Outgoing, outputs, tombstone
from pipeline.wire.producer import Producer
from tests.samples import ANNOTATED, CLAIM, ORIGIN

pytestmark = pytest.mark.broker


def destination(settings: Settings) -> Destination:
    names = [topic.full_name(settings.topic_prefix) for topic in (ARTICLES_ANNOTATED, ENTITIES, CLAIMS)]
    return Destination(settings.topic_prefix, dict.fromkeys(names, 4))


def send(settings: Settings, *records: Outgoing) -> None:
    with Producer(settings, client="test") as producer:
        for record in records:
            producer.send(record)


def test_what_an_article_became_is_read_back_typed(topics: Settings) -> None:
    send(topics, *outputs(ANNOTATED, origin=ORIGIN, destination=destination(topics)))
    (article,) = subscribe(ARTICLES_ANNOTATED, settings=topics)
    (entity,) = subscribe(ENTITIES, settings=topics)
    (claim,) = subscribe(CLAIMS, settings=topics)
    assert isinstance(article.record, AnnotatedArticle)
    assert isinstance(entity.record, EntityRecord)
    assert isinstance(claim.record, Claim)
    assert (article.record, claim.record) == (ANNOTATED, CLAIM)
    assert (claim.key, claim.received.key, claim.received.offset) == ("clm_1", b"clm_1", 0)
    assert dict(claim.received.headers)["ce_type"] == b"claimwire.claim"


def test_tombstones_come_as_such_and_with_filters_only_for_what_was_given(topics: Settings) -> None:
    to = destination(topics)
    other = replace(CLAIM, id="clm_2", source=replace(CLAIM.source, text="Fatah", name="Fatah"))
    article = replace(ANNOTATED, claims=(CLAIM, other))
    gone = [tombstone(CLAIMS, key, article=ANNOTATED.id, destination=to) for key in (b"clm_1", b"clm_2")]
    send(topics, *outputs(article, origin=ORIGIN, destination=to), *gone)
    seen = [(message.key, message.record is None) for message in subscribe(CLAIMS, settings=topics)]
    assert seen == [("clm_1", False), ("clm_2", False), ("clm_1", True), ("clm_2", True)]
    filtered = subscribe(CLAIMS, settings=topics, filters=Filters(source=("hamas",)))
    assert [(message.key, message.record is None) for message in filtered] == [("clm_1", False), ("clm_1", True)]


def test_what_is_no_claim_is_logged_and_passed_over(topics: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger=module.__name__)
    name = f"{topics.topic_prefix}claims"
    foreign = [Outgoing(name, b"x", value, [], 1) for value in (b"no json", b"{}", b"\xff")]
    send(topics, *foreign, *outputs(ANNOTATED, origin=ORIGIN, destination=destination(topics)))
    assert [message.key for message in subscribe(CLAIMS, settings=topics)] == ["clm_1"]
    assert [f"{name}, partition 1, offset {offset}:" in caplog.text for offset in range(3)] == [True] * 3


def test_a_filter_that_cannot_apply_is_told_before_reading() -> None:
    with pytest.raises(SettingsInvalid):
        next(iter(subscribe(ENTITIES, settings=Settings(), filters=Filters(stance=("favor",)))))


def test_raw_articles_are_no_records() -> None:
    with pytest.raises(ValueError, match="as received"):
        next(iter(subscribe(ARTICLES_RAW, settings=Settings())))
