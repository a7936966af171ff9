"""Articles under embargo: what is held, and the annotator that holds them, on a real broker."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from aiokafka import TopicPartition

from pipeline.errors import ArticleTooLarge
from pipeline.formats import Withdrawal
from pipeline.processors.embargoes import Holds
from pipeline.records import Article, DeadLetterHeader
from pipeline.settings import ProcessorSettings, Settings
from pipeline.wire.dead_letters import DeadLetter
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.received import Received
from tests.processors.harness import Wire, annotator, story, until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RAW = TopicPartition("t.articles.raw", 5)
CAME = Received(
    RAW.topic, RAW.partition, 17, 1_700_000_000_123, b"a", b"{}", [("traceparent", b"00-1"), ("mine", b"x")]
)


def holds() -> Holds:
    # Fewer partitions than the raw topic: two owners share one, and each knows its own.
    return Holds(RAW, Destination("t.", {"t.articles.embargoed": 4}), 10_000)


def article(revision: int = 1, until: datetime = NOON) -> Article:
    return Article(id="a", body="Anna says so.", revision=revision, extra={"embargoed_until": until.isoformat()})


def held(mine: Holds, one: Article, offset: int = 0) -> list[Outgoing]:
    due = one.embargoed_until
    assert due is not None
    sent = list(mine.hold(one, due, CAME, corrects=False))
    if sent:
        mine.committed("a", offset)
    return sent


def again(records: list[tuple[int, Outgoing]], source: TopicPartition = RAW) -> Holds:
    """What the next owner reads from the topic."""
    other = Holds(source, Destination("t.", {"t.articles.embargoed": 4}), 10_000)
    for offset, record in records:
        other.take(offset, record.key or b"", record.value, record.headers)
    return other


def test_what_is_held_is_due_at_its_time_and_the_next_owner_knows() -> None:
    mine = holds()
    (record,) = held(mine, article(), 3)
    assert (record.topic, record.partition, record.key) == ("t.articles.embargoed", 1, b"a")
    for one in (mine, again([(3, record)])):
        assert one.due(NOON - timedelta(seconds=1)) == []
        (due,) = one.due(NOON)
        assert (due.article, due.revision, due.offset, due.attempts) == ("a", 1, 3, 0)
    # The owner of another raw partition, whose articles are held in the same one.
    assert again([(3, record)], TopicPartition(RAW.topic, 1)).due(NOON) == []
    assert again([(3, record), (4, mine.gone(due))]).due(NOON) == []
    assert mine.due(NOON) == []


def test_what_is_not_committed_is_not_due() -> None:
    mine = holds()
    assert len(list(mine.hold(article(), NOON, CAME, corrects=False))) == 1
    assert mine.due(NOON) == []


def test_attempts_are_counted_in_the_record() -> None:
    mine = holds()
    (record,) = held(mine, article())
    for count in (1, 2):
        (due,) = mine.due(NOON)
        assert record.value is not None
        record = mine.again(due, record.value, record.headers)
        mine = again([(count, record)])
        assert mine.due(NOON)[0].attempts == count
        assert [name for name, _ in record.headers].count(DeadLetterHeader.ATTEMPTS) == 1


def test_a_held_record_tells_the_one_that_it_came_in() -> None:
    mine = holds()
    (record,) = held(mine, article())
    assert record.value is not None
    raw = mine.raw(record.value, mine.again(mine.due(NOON)[0], record.value, record.headers).headers)
    assert raw[:5] == CAME[:5]
    assert orjson.loads(raw.value or b"")["body"] == "Anna says so."
    assert raw.headers == [("content-type", b"application/json"), ("traceparent", b"00-1")]


@pytest.mark.parametrize(
    ("wish", "lifted"),
    [
        (Withdrawal("a"), True),
        (Withdrawal("a", revision=1), False),
        (Withdrawal("a", revision=2), True),
        (Withdrawal("b"), False),
        (Article(id="a", body="x", revision=2), True),
        (Article(id="a", body="x", revision=3), True),
        (Article(id="a", body="x", revision=1), False),
    ],
)
def test_what_lifts_an_embargo(wish: Article | Withdrawal, lifted: bool) -> None:
    mine = holds()
    held(mine, article(revision=2))
    sent = list(mine.lift(wish))
    assert [(one.key, one.value) for one in sent] == [(b"a", None)] * lifted
    assert len(mine.due(NOON)) == (not lifted)


def test_a_later_embargo_replaces_an_earlier_one_and_not_the_reverse() -> None:
    mine = holds()
    held(mine, article(revision=2))
    assert held(mine, article(revision=1, until=NOON - timedelta(hours=1))) == []
    held(mine, article(revision=3, until=NOON + timedelta(hours=1)))
    assert mine.due(NOON) == []
    assert [one.revision for one in mine.due(NOON + timedelta(hours=1))] == [3]


def test_an_article_that_no_record_takes_is_refused() -> None:
    large = Article(id="a", body="x" * 10_000, extra={})
    with pytest.raises(ArticleTooLarge):
        list(holds().hold(large, NOON, CAME, corrects=False))


QUICK = ProcessorSettings(session_seconds=6, batch_records=8, attempts=2)


@pytest.fixture
def wire(topics: Settings) -> Iterator[Wire]:
    wire = Wire(topics.model_copy(update={"processor": QUICK}))
    yield wire
    wire.close()


@pytest.mark.broker
def test_not_before_its_time_and_not_lost(wire: Wire) -> None:
    far = datetime.now(UTC) + timedelta(days=1)

    def held_until(name: str, moment: str | datetime, body: str = "Anna says so.", revision: int = 1) -> None:
        text = moment if isinstance(moment, str) else moment.isoformat()
        wire.send((name.encode(), story(name, body, revision=revision, embargoed_until=text)))

    held_until("corrected", far, "Anna says it is held.", 1)
    held_until("withdrawn", far)
    held_until("endless", "9999-12-31T23:59:59Z")
    held_until("past", "2020-01-01T00:00:00Z")
    wire.stories(5)
    open_at_once = {b"past", *(f"a{number}".encode() for number in range(5))}
    with annotator(wire) as worker:
        wire.settled()
        assert set(wire.standing("articles.annotated")) == open_at_once
        assert set(wire.standing("articles.embargoed")) == {b"corrected", b"withdrawn", b"endless"}
        wire.send((b"corrected", story("corrected", "Anna says it is open.", revision=2)), (b"withdrawn", None))
        due = datetime.now(UTC) + timedelta(seconds=15)
        held_until("held", due)
        held_until("poison", due + timedelta(seconds=15), "EXIT")
        wire.settled()
        assert datetime.now(UTC) < due, "this machine is too slow for this test"
        assert set(wire.standing("articles.embargoed")) == {b"held", b"endless", b"poison"}
        worker.kill()
    # The next owners find what is held. They die: before the commit of what was held, and then by the poison.
    fault = {"CLAIMWIRE_TESTING": "1", "CLAIMWIRE_TEST_FAULT": "transaction.sent=kill@2"}
    codes = []
    for environment in (fault, {}, {}, {}, {}):
        with annotator(wire, **environment) as worker:
            until(lambda: worker.process.poll() is not None or len(wire.read("dead-letters")), bool)
            codes.append(worker.process.poll())
            if wire.read("dead-letters"):
                break
    assert codes[0] == -9
    assert codes.count(9) == 2
    with annotator(wire):
        wire.wait("articles.annotated", len(open_at_once) + 2)
        until(lambda: set(wire.standing("articles.embargoed")), lambda left: left == {b"endless"})
        time.sleep(1)  # what is released wrongly would come now
    annotated = wire.standing("articles.annotated")
    assert set(annotated) == open_at_once | {b"held", b"corrected"}
    assert annotated[b"corrected"]["text"].endswith("it is open.")
    assert set(wire.standing("articles.embargoed")) == {b"endless"}
    (record,) = [one for one in wire.read("articles.annotated") if one.key == b"held"]
    assert record.timestamp >= due.timestamp() * 1000
    (claim,) = [orjson.loads(one.value) for one in wire.read("claims") if b'"held"' in one.value]
    assert claim["origin"]["topic"] == f"{wire.settings.topic_prefix}articles.raw"
    (came,) = [one for one in wire.read("articles.raw") if one.key == b"held"]
    assert (claim["origin"]["partition"], claim["origin"]["offset"]) == (came.partition, came.offset)
    (found,) = wire.read("dead-letters")
    letter = DeadLetter.of(
        Received(found.topic, found.partition, found.offset, found.timestamp, found.key, found.value, found.headers)
    )
    assert (letter.key, letter.reason, letter.said[DeadLetterHeader.TOPIC]) == (
        b"poison",
        "killed-process",
        f"{wire.settings.topic_prefix}articles.raw",
    )
