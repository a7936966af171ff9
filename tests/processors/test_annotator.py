"""The annotator as a process, on a real broker."""

import re
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import orjson
import pytest

from pipeline.records import DeadLetterHeader
from pipeline.settings import DeadLettersSettings, LimitsSettings, ProcessorSettings, Settings, TelemetrySettings
from pipeline.topics import TOPICS
from pipeline.wire.broker import free_port
from pipeline.wire.dead_letters import DeadLetter
from pipeline.wire.progress import Progress
from pipeline.wire.received import Received
from tests.processors.harness import JSON, Wire, annotator, story, until

pytestmark = pytest.mark.broker

QUICK = ProcessorSettings(session_seconds=6, stall_seconds=20, batch_records=8)


@pytest.fixture
def wire(topics: Settings) -> Iterator[Wire]:
    wire = Wire(topics.model_copy(update={"processor": QUICK}))
    yield wire
    wire.close()


def with_settings(wire: Wire, **update: object) -> None:
    wire.settings = wire.settings.model_copy(update=update)


def dead_letters(wire: Wire, count: int) -> list[DeadLetter]:
    found = wire.wait("dead-letters", count)
    return [
        DeadLetter.of(Received(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, list(r.headers)))
        for r in found
    ]


def test_articles_become_claims_and_the_process_stops_cleanly(wire: Wire) -> None:
    ids = wire.stories(30)
    with annotator(wire) as worker:
        annotated = wire.wait("articles.annotated", 30)
        wire.settled()
        began = time.monotonic()
        assert worker.stop() == 0
        assert time.monotonic() - began < 10
        assert " ERROR " not in worker.text()
        assert " CRITICAL " not in worker.text()
    assert sorted(record.key.decode() for record in annotated) == sorted(ids)
    assert len(wire.read("claims")) == 60
    (claim, *_) = (orjson.loads(record.value) for record in wire.read("claims"))
    assert claim["origin"]["topic"] == f"{wire.settings.topic_prefix}articles.raw"
    # A clean stop leaves no suspicion.
    assert {offset.metadata for offset in wire.committed().values()} == {""}


def test_bad_input_becomes_dead_letters_and_the_others_go_on(wire: Wire) -> None:
    with_settings(wire, limits=LimitsSettings(max_record_bytes=100_000))
    wire.stories(3)
    wire.send((b"broken", b'{"id": '), (b"empty", orjson.dumps({"id": "empty", "body": " "})))
    wire.send((b"large", story("large", "x" * 200_000)), (b"deep", b'{"id": "deep", "body": ' + b"[" * 5000))
    wire.send_odd()
    wire.send((b"french", story("french", "Anna says oui.", language="fr")))
    wire.send((None, story("keyless")))
    wire.send((b"more", b"Anna says more."), headers=[("content-type", b"text/plain"), ("mine", b"\xff")])
    wire.send((b"failing", story("failing", "RAISE the secret")))
    with annotator(wire):
        found = {letter.key: letter for letter in dead_letters(wire, 6)}
        wire.settled()
    assert {key: letter.reason for key, letter in found.items()} == {
        b"broken": "undecodable",
        b"empty": "empty",
        b"large": "too-large",
        b"deep": found[b"deep"].reason,
        None: "null-without-key",
        b"failing": "error",
    }
    assert found[b"deep"].reason in {"too-deep", "undecodable"}
    broken = found[b"broken"]
    assert (broken.value, broken.received) == (b'{"id": ', JSON)
    assert broken.said[DeadLetterHeader.TOPIC] == f"{wire.settings.topic_prefix}articles.raw"
    assert broken.said[DeadLetterHeader.STAGE] == "decode"
    assert broken.said[DeadLetterHeader.GROUP] == wire.group
    assert broken.said[DeadLetterHeader.EXCEPTION] == "pipeline.errors.UndecodableRecord"
    assert found[None].value is None
    failing = found[b"failing"].said
    assert (failing[DeadLetterHeader.STAGE], failing[DeadLetterHeader.EXCEPTION]) == ("annotate", "builtins.ValueError")
    assert "secret" not in str(failing)
    annotated = wire.standing("articles.annotated")
    assert set(annotated) == {b"a0", b"a1", b"a2", b"french", b"keyless", b"more", b"odd"}
    assert annotated[b"french"]["claims"] != []  # the stub reads every language; pipeline.language does not
    assert annotated[b"more"]["text"] == "Anna says more."


def test_a_new_revision_withdraws_what_it_no_longer_says(wire: Wire) -> None:
    key = b"bridge"
    wire.send((key, story("bridge", "Anna says the bridge opens. Bert says nothing.", revision=1)))
    with annotator(wire):
        wire.settled()
        first = wire.standing("claims")
    wire.send((key, story("bridge", "Anna says the bridge opens. Carl says it does not.", revision=2)))
    # Another process, with nothing on its disk: it must learn from the topic what stands.
    with annotator(wire, CLAIMWIRE_STATE_DIR=str(wire.settings.state_dir / "other")):
        wire.settled()
        second = wire.standing("claims")
        kept = set(first) & set(second)
        assert [first[one]["source"]["text"] for one in kept] == ["Anna"]
        assert sorted(claim["source"]["text"] for claim in second.values()) == ["Anna", "Carl"]
        assert {entity["name"] for entity in wire.standing("entities").values()} == {"News", "Anna", "Carl"}

        wire.send((key, story("bridge", "Dora says this is late.", revision=1)))
        wire.settled()
        assert wire.standing("claims") == second

        wire.send((key, None))
        wire.settled()
        assert {name: wire.standing(name) for name in ("claims", "entities", "articles.annotated")} == {
            "claims": {},
            "entities": {},
            "articles.annotated": {},
        }
        # Once more: nothing is left to withdraw, so nothing is said.
        before = len(wire.read("articles.annotated"))
        wire.send((key, None))
        wire.settled()
        assert len(wire.read("articles.annotated")) == before


def test_a_process_killed_between_sends_and_commit_repeats_nothing(wire: Wire) -> None:
    ids = wire.stories(120)
    fault = {"CLAIMWIRE_TESTING": "1", "CLAIMWIRE_TEST_FAULT": "transaction.sent=kill@3"}
    with annotator(wire, **fault) as worker:
        assert worker.wait() == -9
    with annotator(wire):
        wire.settled()
    seen = Counter(record.key.decode() for record in wire.read("articles.annotated"))
    assert seen == Counter(ids)
    assert len(wire.read("claims")) == 240
    # The kill did leave something that only an uncommitted reader sees.
    assert len(wire.read("articles.annotated", "read_uncommitted")) > 120


def test_at_least_once_repeats_but_loses_nothing(wire: Wire) -> None:
    with_settings(wire, delivery="at_least_once")
    ids = wire.stories(60)
    fault = {"CLAIMWIRE_TESTING": "1", "CLAIMWIRE_TEST_FAULT": "transaction.sent=kill@2"}
    with annotator(wire, **fault) as worker:
        assert worker.wait() == -9
    with annotator(wire) as worker:
        wire.settled()
        assert worker.stop() == 0
    seen = Counter(record.key.decode() for record in wire.read("articles.annotated"))
    assert set(seen) == set(ids)
    assert max(seen.values()) == 2
    assert {offset.metadata for offset in wire.committed().values()} == {""}


def test_an_article_that_kills_the_process_is_given_up_and_its_neighbours_are_not(wire: Wire) -> None:
    wire.send(*((f"a{n}".encode(), story(f"a{n}")) for n in range(3)), partition=0)
    with_settings(wire, processor=QUICK.model_copy(update={"attempts": 2}))
    wire.send((b"poison", story("poison", "EXIT")), partition=0)
    wire.send(*((f"b{n}".encode(), story(f"b{n}")) for n in range(3)), partition=0)
    codes = []
    for _ in range(3):
        with annotator(wire) as worker:
            codes.append(worker.wait())
    assert codes == [9, 9, 9]  # once in a batch, twice alone
    (offset,) = (offset for part, offset in wire.committed().items() if part.partition == 0)
    assert (offset.offset, Progress.decode(offset.metadata)) == (3, Progress(open=True, attempts=2))
    with annotator(wire):
        (letter,) = dead_letters(wire, 1)
        wire.settled()
    assert (letter.key, letter.reason, letter.said[DeadLetterHeader.ATTEMPTS]) == (b"poison", "killed-process", "2")
    assert set(wire.standing("articles.annotated")) == {b"a0", b"a1", b"a2", b"b0", b"b1", b"b2"}


def test_an_article_that_hangs_is_given_up(wire: Wire) -> None:
    processor = QUICK.model_copy(update={"attempts": 1})
    with_settings(wire, limits=LimitsSettings(seconds_per_article=3), processor=processor)
    wire.send((b"hangs", story("hangs", "HANG")), (b"fine", story("fine")), partition=0)
    for _ in range(2):
        with annotator(wire) as worker:
            assert worker.wait() == 70
            assert "longer than limits.seconds_per_article = 3 s" in worker.text()
    with annotator(wire):
        (letter,) = dead_letters(wire, 1)
        wire.settled()
    assert (letter.key, letter.reason) == (b"hangs", "too-slow")
    assert set(wire.standing("articles.annotated")) == {b"fine"}


def test_a_model_that_fails_on_everything_stops_the_processor(wire: Wire) -> None:
    with_settings(wire, dead_letters=DeadLettersSettings(errors_in_a_row=5))
    wire.stories(50, body="RAISE the alarm")
    with annotator(wire) as worker:
        assert worker.wait() == 65
        assert "5 articles that the annotator failed on in a row" in worker.text()
    # The batch in which that was seen is not committed.
    assert wire.read("dead-letters") == []


def test_standing_still_ends_the_process(wire: Wire) -> None:
    with_settings(wire, processor=QUICK.model_copy(update={"stall_seconds": 3}))
    wire.stories(5)
    with annotator(wire, CLAIMWIRE_TESTING="1", CLAIMWIRE_TEST_FAULT="batch=hang") as worker:
        assert worker.wait() == 75
        assert "records wait, and nothing has moved for 3 s" in worker.text()


def test_a_worker_without_partitions_is_idle_not_stalled(wire: Wire) -> None:
    with_settings(wire, processor=QUICK.model_copy(update={"stall_seconds": 2, "batch_records": 1}))
    with annotator(wire, STUB_SECONDS="0.3") as one, annotator(wire, STUB_SECONDS="0.3") as other:
        wire.send(*((f"a{n}".encode(), story(f"a{n}")) for n in range(20)), partition=0)
        wire.settled()
        assert one.process.poll() is None
        assert other.process.poll() is None
    assert len(wire.read("articles.annotated")) == 20


def test_it_tells_of_itself(wire: Wire) -> None:
    port = free_port()
    with_settings(wire, telemetry=TelemetrySettings(port=port, log_format="json"))
    wire.send((b"bad", b"{"), *((article.encode(), story(article)) for article in ("a0", "a1", "a2")))
    with annotator(wire) as worker:
        wire.wait("articles.annotated", 3)
        wire.settled()
        url = f"http://127.0.0.1:{port}"
        assert until(lambda: httpx.get(f"{url}/ready").status_code, lambda status: status == 200) == 200
        lag = 'claimwire_consumer_lag_records{partition="0",'
        shown = until(lambda: httpx.get(f"{url}/metrics").text, lambda text: lag in text, 30)
        assert worker.stop() == 0
        lines = [orjson.loads(text) for text in worker.text().splitlines() if text.startswith("{")]
    assert 'claimwire_articles_total{outcome="annotated"} 3.0' in shown
    assert 'claimwire_claims_total{form="indirect"} 6.0' in shown
    assert 'claimwire_dead_letters_total{reason="undecodable",stage="decode"} 1.0' in shown
    assert 'claimwire_confidence_count{of="claim"} 6.0' in shown
    assert re.search(r'claimwire_transactions_total\{outcome="committed"\} [1-9]', shown)
    assert "claimwire_queue_wait_seconds_count 4.0" in shown
    assert lag in shown
    (gave_up,) = [line for line in lines if line.get("reason") == "undecodable"]
    assert (gave_up["service"], gave_up["topic"]) == ("stub", wire.name(TOPICS["articles.raw"]))
    assert "bridge" not in worker.text()
