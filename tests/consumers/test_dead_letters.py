"""Dead letters on a real broker: listed, shown, sent once more."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.consumers.dead_letters import DeadLetterBox, Query
from pipeline.errors import DeadLetterUnknown, TopicMissing
from pipeline.records import DeadLetterHeader
from pipeline.settings import Settings
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.producer import Producer
from tests.processors.harness import Wire, annotator, story

pytestmark = pytest.mark.broker


@pytest.fixture
def wire(topics: Settings) -> Iterator[Wire]:
    wire = Wire(topics)
    yield wire
    wire.close()


def claimwire(wire: Wire, *arguments: str, code: int = 0) -> str:
    options = ["--set", f"kafka.bootstrap_servers={wire.settings.kafka.bootstrap_servers}"]
    options += ["--set", f"topic_prefix={wire.settings.topic_prefix}", "dead-letters"]
    done = CliRunner().invoke(cli, [*options, *arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def test_what_is_mended_goes_through_on_a_retry_and_what_is_not_comes_back_once(wire: Wire) -> None:
    broken = b'{"id": "broken\x1b[2J'
    wire.send((b"broken", broken), (b"mended", story("mended", "RAISE")), (b"fine", story("fine")))
    with annotator(wire):
        wire.settled()
    box = DeadLetterBox(wire.settings)
    found = {listed.letter.key: listed for listed in box.find(Query())}
    assert set(found) == {b"broken", b"mended"}

    assert [listed.letter.key for listed in box.find(Query(reason="error"))] == [b"mended"]
    assert [*box.find(Query(since=datetime.now(UTC) + timedelta(hours=1)))] == []
    assert len([*box.find(Query(topic="articles.raw"))]) == 2
    assert [*box.find(Query(topic="claims"))] == []
    with pytest.raises(DeadLetterUnknown):
        box.one("0/99999")

    listed = claimwire(wire, "list", "--since", "1h")
    assert "undecodable" in listed
    assert "\x1b" not in listed
    assert len(claimwire(wire, "list", "--limit", "1", "--json").splitlines()) == 1
    row = orjson.loads(claimwire(wire, "list", "--reason", "undecodable", "--json"))
    assert (row["key"], row["bytes"], row["retried"]) == ("broken", len(broken), False)
    assert row["origin"].startswith(f"{wire.settings.topic_prefix}articles.raw/")
    shown = claimwire(wire, "show", found[b"broken"].id)
    assert "claimwire-reason: undecodable" in shown
    assert "\x1b" not in shown
    assert "content-type: application/json" in shown

    assert "2 sent" in claimwire(wire, "retry")
    assert re.search("0 sent\n2 left out, retried already", claimwire(wire, "retry"))
    with annotator(wire, STUB_CALM="1"):  # the model is mended meanwhile
        wire.settled()
        wire.wait("dead-letters", 5)
    assert set(wire.standing("articles.annotated")) == {b"fine", b"mended"}
    (again,) = (listed for listed in box.find(Query()) if listed.letter.retries)
    assert (again.letter.key, again.letter.value, again.letter.retries) == (b"broken", broken, 1)

    # It is not sent round and round.
    assert "came back after a retry" in claimwire(wire, "retry")
    assert "0 sent" in claimwire(wire, "retry", again.id)
    assert "1 sent" in claimwire(wire, "retry", again.id, "--again")
    raw = [record for record in wire.read("articles.raw") if record.key == b"broken"]
    assert [dict(record.headers).get("claimwire-retried") for record in raw] == [None, b"1", b"2"]
    assert {record.value for record in raw} == {broken}


def test_an_empty_box(wire: Wire) -> None:
    assert "no dead letters" in claimwire(wire, "list")
    assert "0 sent" in claimwire(wire, "retry", "--reason", "error")
    said = claimwire(wire, "retry", "0/7", "nonsense", code=1)
    assert ("0 sent" in said, "no dead letter here is called 0/7, nonsense" in said) == (True, True)


def test_what_others_write_commands_no_terminal(wire: Wire) -> None:
    headers = [
        (name.value, b"\x1b[2J\xc2\x9b2Jwords\nmore") for name in (DeadLetterHeader.REASON, DeadLetterHeader.MESSAGE)
    ]
    with Producer(wire.settings, client="test") as producer:
        producer.send(Outgoing(f"{wire.settings.topic_prefix}dead-letters", b"\x1bkey", b"value", headers, 0))
        producer.flush()
    (line,) = claimwire(wire, "list").splitlines()
    assert line.isprintable()
    assert "words more" in line


def test_a_box_that_was_never_made(kafka_settings: Settings) -> None:
    with pytest.raises(TopicMissing, match="dead-letters"):
        list(DeadLetterBox(kafka_settings).find(Query()))
