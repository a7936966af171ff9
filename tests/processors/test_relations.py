"""The relations processor behind an annotator, as processes on a real broker."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import orjson
import pytest

from pipeline.consumers import subscribe
from pipeline.language.sources import SourceNames
from pipeline.processors.comparison_window import ComparisonWindow
from pipeline.processors.relating import Relator
from pipeline.producers import targets
from pipeline.settings import ProcessorSettings, RelationsSettings, Settings
from pipeline.wire import admin
from pipeline.wire.received import Received
from tests.processors.harness import Wire, annotator, relations, story
from tests.processors.relations_stub import MODEL, WIDTH

pytestmark = pytest.mark.broker

QUICK = ProcessorSettings(session_seconds=6, stall_seconds=20, batch_records=8)
OPEN, SHUT = "the bridge is open", "the bridge is not open"


@pytest.fixture
def wire(topics: Settings) -> Iterator[Wire]:
    wire = Wire(topics.model_copy(update={"processor": QUICK}))
    yield wire
    wire.close()


def news(article: str, *sentences: str, day: int = 1, **fields: object) -> tuple[bytes, bytes]:
    """An article about Tern; each of `sentences` is "Somebody says something"."""
    body = " ".join(f"{sentence}." for sentence in ("In Tern.", *sentences))
    headline = f"News of Tern, number {article}"
    date = f"2026-03-{day:02}T08:00:00Z"
    return article.encode(), story(article, body, headline=headline, published_at=date, publisher=article, **fields)


def said(relation: Any) -> tuple[str, set[str], str]:
    return relation["label"], {claim["source"]["text"] for claim in relation["claims"]}, relation["kind"]


def test_who_agrees_who_contradicts_and_what_a_correction_takes_back(wire: Wire) -> None:
    wire.send(
        news("one", f"Anna says {OPEN}"),
        news("two", f"Bert says {OPEN}", f"Carl says {SHUT}"),
        news("three", f"Anna says {SHUT}", day=4),
        news("late", f"Dora says {OPEN}", day=20),
    )
    with annotator(wire), relations(wire) as worker:
        wire.settled()
        wire.settled(service="relations")
        found = [said(relation) for relation in wire.standing("relations").values()]
        assert ("agree", {"Anna", "Bert"}, "between-sources") in found
        assert ("contradict", {"Anna", "Carl"}, "between-sources") in found
        assert ("contradict", {"Bert", "Carl"}, "between-sources") in found
        assert ("contradict", {"Anna"}, "reversal") in found
        assert all("Dora" not in sources for _, sources, _ in found)  # beyond the window
        propositions = list(wire.standing("propositions").values())
        (is_open,) = [each for each in propositions if each["text"] == OPEN]
        assert is_open["contested"]
        assert {(voice["source"], voice["stance"]) for voice in is_open["voices"]} == {
            ("Anna", "favor"),
            ("Bert", "favor"),
            ("Carl", "against"),
            ("Anna", "against"),
        }
        wire.send((b"two", None))
        wire.settled()
        wire.settled(service="relations")
        assert [said(relation) for relation in wire.standing("relations").values()] == [
            ("contradict", {"Anna"}, "reversal")
        ]
        assert worker.stop() == 0
        assert " ERROR " not in worker.text()


def test_a_watched_proposition_is_applied_to_what_came_before_and_what_comes_later(wire: Wire) -> None:
    wire.send(news("one", f"Anna says {OPEN}", "Bert says the mayor has left"))
    with annotator(wire), relations(wire):
        wire.settled()
        wire.settled(service="relations")
        target = targets.add(wire.settings, "The bridge is open")
        wire.wait("stances", 1)
        wire.send(news("two", f"Carl says {SHUT}", f"Dora denies {OPEN}"))
        wire.wait("stances", 3)
        stances = {each["claim"]["source"]["text"]: each["label"] for each in wire.standing("stances").values()}
        assert stances == {"Anna": "favor", "Carl": "against", "Dora": "against"}
        targets.remove(wire.settings, target.id)
        wire.wait("stances", 6)
        assert wire.standing("stances") == {}


def test_killed_again_and_again_it_finds_what_it_would_have_found(wire: Wire) -> None:
    people = ["Anna", "Bert", "Carl", "Dora", "Emil"]
    articles = [
        news(f"a{n}", f"{people[n % 5]} says {SHUT if n % 3 else OPEN}", f"{people[n % 4]} says the mayor has left")
        for n in range(40)
    ]
    wire.send(*articles)
    with annotator(wire):
        wire.settled()
    for seconds in (2.5, 3.5, 4.5):
        with relations(wire):
            time.sleep(seconds)
    with relations(wire):
        wire.settled(service="relations")
    holds_what_an_undisturbed_one_finds(wire)
    written = wire.read("relations")
    offsets = [r.offset for r in written]
    assert all(a < b for a, b in pairwise(offsets))
    assert orjson.loads(written[0].value)["entities"]


def test_a_replay_run_is_compared_within_itself_and_what_is_live_stays_as_it_is(wire: Wire) -> None:
    settings = wire.settings
    admin.apply(settings, run="may")
    may = Wire(settings, "may")
    targets.add(settings, "The bridge is open")
    wire.send(news("live", f"Anna says {OPEN}"))
    people = ["Bert", "Carl", "Dora"]
    may.send(*(news(f"a{n}", f"{people[n % 3]} says {SHUT if n % 2 else OPEN}") for n in range(20)))
    with annotator(wire), relations(wire):
        wire.settled()
        wire.wait("stances", 1)
        with annotator(may):
            may.settled()
        # It dies with outputs sent and not committed.
        with relations(may, CLAIMWIRE_TESTING="1", CLAIMWIRE_TEST_FAULT="transaction.sent=kill@3") as worker:
            assert worker.wait() == -signal.SIGKILL
        assert may.lag("relations") > 0
        with relations(may) as worker:
            may.settled(service="relations")
            may.wait("stances", 20)
            assert worker.stop() == 0
            assert " ERROR " not in worker.text()
        holds_what_an_undisturbed_one_finds(may)
        stances = may.read("stances")
        assert len({record.key for record in stances}) == len(stances) == 20
        wire.settled(service="relations")
    assert [len(wire.read(topic)) for topic in ("stances", "relations", "propositions")] == [1, 0, 0]
    told = [message.key for message in subscribe("relations", settings=settings, run="may")]
    assert sorted(told) == sorted(record.key.decode() for record in may.read("relations"))
    may.close()


def holds_what_an_undisturbed_one_finds(wire: Wire) -> None:
    """Each relation that all claims together give once, and the propositions."""
    records = [
        Received(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, list(r.headers))
        for r in wire.read("claims-by-entity")
    ]
    window = ComparisonWindow(RelationsSettings(), MODEL.vector, WIDTH, SourceNames(), lambda entity: True)
    findings = Relator(window, MODEL.relation, MODEL.annotator, RelationsSettings()).work(records)
    written = wire.read("relations")
    assert {r.key.decode() for r in written} == set(findings.relations)
    assert set(Counter(r.key for r in written).values()) == {1}  # each one once
    assert set(wire.standing("propositions")) == {
        key.encode() for key, proposition in findings.propositions.items() if proposition is not None
    }
