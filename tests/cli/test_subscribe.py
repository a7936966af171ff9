import os
import signal
import subprocess
import sys
from dataclasses import replace

import orjson
import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import cli
from pipeline.settings import Settings
from pipeline.topics import CLAIMS
from pipeline.wire.codec import encode
from pipeline.wire.outgoing import Outgoing, outputs, tombstone
from tests.consumers.test_subscription import destination, send
from tests.samples import ANNOTATED, CLAIM, ORIGIN

pytestmark = [pytest.mark.usefixtures("bare"), pytest.mark.broker]


def claims(settings: Settings, count: int) -> None:
    told = tuple(replace(CLAIM, id=f"clm_{number}") for number in range(count))
    send(settings, *outputs(replace(ANNOTATED, claims=told), origin=ORIGIN, destination=destination(settings)))


def subscribe(settings: Settings, *arguments: str) -> Result:
    servers, prefix = settings.kafka.bootstrap_servers, settings.topic_prefix
    flags = ["--set", f"kafka.bootstrap_servers={servers}", "--set", f"topic_prefix={prefix}"]
    return CliRunner().invoke(cli, [*flags, "subscribe", *arguments])


def lines(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [orjson.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(("topic", "id"), [("claims", "clm_0"), ("entities", "ent_1"), ("articles", "art_1")])
def test_a_topic_as_json_lines(topics: Settings, topic: str, id: str) -> None:
    claims(topics, 1)
    (line,) = lines(subscribe(topics, topic))
    assert line["id"] == id


@pytest.mark.parametrize("topic", ["stances", "relations", "targets"])
def test_an_empty_topic_is_no_error(topics: Settings, topic: str) -> None:
    assert lines(subscribe(topics, topic, "--from", "2024-04-08")) == []


def test_filters_and_starts(topics: Settings) -> None:
    claims(topics, 5)
    assert len(lines(subscribe(topics, "claims", "--source", "hamas", "--stance", "against"))) == 5
    assert lines(subscribe(topics, "claims", "--entity", "Israel")) == []
    assert [line["id"] for line in lines(subscribe(topics, "claims", "--from", "3"))] == ["clm_3", "clm_4"]
    assert lines(subscribe(topics, "claims", "--from", "now")) == []
    assert len(lines(subscribe(topics, "claims", "--group", topics.topic_prefix))) == 5
    assert lines(subscribe(topics, "claims", "--group", topics.topic_prefix)) == []


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["claims", "--from", "yesterday"], ["claims", "--stance", "maybe"], ["articles.raw"], []],
)
def test_wrong_usage(kafka_settings: Settings, arguments: list[str]) -> None:
    assert subscribe(kafka_settings, *arguments).exit_code == 2


def test_withdrawals_and_what_newer_versions_write(topics: Settings) -> None:
    name = f"{topics.topic_prefix}claims"
    newer = orjson.dumps({**orjson.loads(encode(CLAIM)), "mood": "new"}, option=orjson.OPT_INDENT_2)
    gone = tombstone(CLAIMS, b"clm_1", article="art_1", destination=destination(topics))
    send(topics, Outgoing(name, b"clm_1", newer, [], gone.partition), gone)
    first, second = lines(subscribe(topics, "claims"))
    assert (first["id"], first["mood"]) == ("clm_1", "new")
    assert second == {"key": "clm_1", "withdrawn": True}


def test_for_people(topics: Settings) -> None:
    claims(topics, 1)
    claim = subscribe(topics, "claims", "--pretty").output
    assert claim.startswith("Hamas official: “There is no progress yet” | about Hamas | against Israel 0.91 | Example")
    entity = subscribe(topics, "entities", "--pretty").output
    assert orjson.loads(entity)["id"] == "ent_1"
    assert len(entity.splitlines()) > 5


def start(settings: Settings, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": settings.topic_prefix,
    }
    command = [sys.executable, "-m", "pipeline.cli.main", "subscribe", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_follower_gives_each_record_at_once_until_it_is_stopped(topics: Settings, stop: signal.Signals) -> None:
    with start(topics, "claims", "--follow") as follower:
        assert follower.stdout is not None
        for count in (1, 2):
            claims(topics, count)
            for number in range(count):
                assert orjson.loads(follower.stdout.readline())["id"] == f"clm_{number}"
        follower.send_signal(stop)
        rest, said = follower.communicate(timeout=30)
    assert (follower.returncode, rest, said.strip()) == (130, b"", b"")


def test_a_reader_that_has_enough(topics: Settings) -> None:
    claims(topics, 500)
    with start(topics, "claims") as subscriber:
        assert subscriber.stdout is not None
        subscriber.stdout.readline()
        subscriber.stdout.close()
        assert subscriber.stderr is not None
        assert subscriber.stderr.read() == b""
    assert subscriber.returncode == 1
