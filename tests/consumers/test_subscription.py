import asyncio
import contextlib
import logging
import time
from dataclasses import replace
from datetime import datetime

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


def claims(settings: Settings, count: int) -> None:
    told = tuple(replace(CLAIM, id=f"clm_{number}") for number in range(count))
    send(settings, *outputs(replace(ANNOTATED, claims=told), origin=ORIGIN, destination=destination(settings)))


def test_filters_and_starts_as_a_program_says_them(topics: Settings) -> None:
    claims(topics, 4)
    assert [one.key for one in subscribe("claims", settings=topics, source="hamas", stance=["against"])] == [
        f"clm_{number}" for number in range(4)
    ]
    assert list(subscribe("claims", settings=topics, publisher="Another Paper")) == []
    assert [one.key for one in subscribe("claims", settings=topics, start=3)] == ["clm_3"]
    assert list(subscribe("claims", settings=topics, start="now")) == []
    assert len(list(subscribe("claims", settings=topics, start=datetime(2024, 1, 1)))) == 4  # noqa: DTZ001 (counts as UTC)


def test_a_program_keeps_its_own_positions(topics: Settings) -> None:
    claims(topics, 3)
    first = subscribe("claims", settings=topics)
    messages = iter(first)
    assert next(messages).key == "clm_0"
    kept = first.positions
    first.close()
    assert [one.key for one in subscribe("claims", settings=topics, start=kept)] == ["clm_1", "clm_2"]


def test_a_group_goes_on_after_what_was_committed(topics: Settings) -> None:
    claims(topics, 4)
    group = f"{topics.topic_prefix}manual"

    def read(count: int, *, commit: bool) -> list[str]:
        keys = []
        with subscribe("claims", settings=topics, group=group, commit="manual") as subscription:
            for message in subscription:
                keys.append(message.key)
                if len(keys) == count:
                    if commit:
                        subscription.commit()
                    break
            else:
                # What was given before the end can still be committed.
                if commit:
                    subscription.commit()
        return keys

    assert read(3, commit=False) == ["clm_0", "clm_1", "clm_2"]
    assert read(2, commit=True) == ["clm_0", "clm_1"]
    assert read(9, commit=False) == ["clm_2", "clm_3"]
    assert read(9, commit=True) == ["clm_2", "clm_3"]
    assert read(9, commit=True) == []
    with pytest.raises(ValueError, match="group"):
        subscribe("claims", settings=topics, commit="manual")
    with pytest.raises(ValueError, match="manual"):
        subscribe("claims", settings=topics, group=group).commit()


def test_asynchronously(topics: Settings) -> None:
    claims(topics, 3)
    group = f"{topics.topic_prefix}async"

    async def read() -> list[str]:
        keys = []
        async with subscribe("claims", settings=topics, group=group, commit="manual") as subscription:
            async for message in subscription:
                assert isinstance(message.record, Claim)
                keys.append(message.key)
                if len(keys) == 2:
                    await subscription.commit_async()
        return keys

    assert asyncio.run(read()) == ["clm_0", "clm_1", "clm_2"]
    assert [one.key for one in subscribe("claims", settings=topics, group=group)] == ["clm_2"]


def test_a_follower_that_is_cancelled_ends_at_once(topics: Settings) -> None:
    claims(topics, 1)

    async def follow() -> tuple[list[str], float]:
        keys = []
        came = asyncio.Event()

        async def task() -> None:
            async for message in subscribe("claims", settings=topics, follow=True):
                keys.append(message.key)
                came.set()

        following = asyncio.create_task(task())
        await came.wait()
        # The loop is free while nothing comes.
        await asyncio.sleep(1)
        began = time.monotonic()
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        return keys, time.monotonic() - began

    keys, seconds = asyncio.run(follow())
    assert keys == ["clm_0"]
    assert seconds < 10


def test_what_there_is_to_subscribe_to() -> None:
    with pytest.raises(SettingsInvalid, match="one of articles, claims"):
        subscribe("nonsense")
