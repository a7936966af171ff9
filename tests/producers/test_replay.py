"""Replays as processes, on a real broker."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import cli
from pipeline.settings import Settings
from pipeline.topics import CLAIMS
from pipeline.wire.consumer import receive
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.producer import Producer
from pipeline.wire.runs import read_runs
from pipeline.wire.start import Start
from tests.faults import replay as runs
from tests.processors.harness import Wire, annotator, story

pytestmark = pytest.mark.broker


def archive(folder: Path, count: int = 300) -> Path:
    """Articles, a third of them corrected later, some of them broken, in two files."""
    folder.mkdir()
    lines = [story(f"a{number}", f"Anna says {number}. Bert says nothing.") for number in range(count)]
    lines[7], lines[8] = b'{"id": "broken', orjson.dumps({"id": "empty", "body": " "})
    (folder / "1.jsonl").write_bytes(b"\n".join(lines))
    later = [story(f"a{number}", f"Anna says {number} again.", revision=2) for number in range(0, count, 3)]
    (folder / "2.jsonl").write_bytes(b"\n".join([*later, story("failing", "RAISE the alarm")]))
    return folder


def test_a_replay_that_is_killed_holds_what_an_undisturbed_one_holds(topics: Settings, tmp_path: Path) -> None:
    assert runs.check(topics, archive(tmp_path / "archive"), rate="100", anywhere=2) == []
    # One record more is seen.
    with Producer(topics, client="test") as producer:
        producer.send(Outgoing(CLAIMS.full_name(topics.topic_prefix, "calm"), b"x", b"{}", [], 0))
    assert len(runs.differences(topics, "killed", "calm")) == 1
    assert runs.counts(topics, "killed")["articles.raw"] == 300 - 2 + 100 + 1
    (run,) = [run for name, run in read_runs(topics).items() if name == "killed"]
    assert (run.sent, run.refused, run.complete) == (399, {"undecodable": 1, "empty": 1}, True)
    assert runs.counts(topics, "killed")["dead-letters"] == 1
    # Nothing of it is live.
    assert list(receive(f"{topics.topic_prefix}claims", settings=topics, start=Start())) == []


def claims(settings: Settings, run: str | None = None) -> dict[str, set[str]]:
    """The claims that stand, by article: who says what."""
    latest: dict[bytes, bytes | None] = {}
    name = CLAIMS.full_name(settings.topic_prefix, run)
    for record in receive(name, settings=settings, start=Start()):
        latest[record.key or b""] = record.value
    found: defaultdict[str, set[str]] = defaultdict(set)
    for value in filter(None, latest.values()):
        claim = orjson.loads(value)
        found[claim["article"]["id"]].add(f"{claim['source']['text']} {claim['content']['text']}")
    return dict(found)


def invoke(settings: Settings, *arguments: str) -> Result:
    flags = {"kafka.bootstrap_servers": settings.kafka.bootstrap_servers, "topic_prefix": settings.topic_prefix}
    options = [part for name, value in flags.items() for part in ("--set", f"{name}={value}")]
    return CliRunner().invoke(cli, [*options, *arguments])


@pytest.fixture
def wire(topics: Settings) -> Iterator[Wire]:
    wire = Wire(topics)
    yield wire
    wire.close()


def test_a_run_is_compared_and_promoted_and_corrections_go_on(wire: Wire, tmp_path: Path) -> None:
    settings = wire.settings
    lines = {
        "same": "Anna says one thing.",
        "differs": "Anna says one thing. Bert says another.",
        "older": "Anna says it is old.",
        "gone": "",
        "new": "Dora says it is new.",
    }
    path = tmp_path / "archive"
    path.mkdir()
    stories = [story(article, body) for article, body in lines.items() if body]
    (path / "1.jsonl").write_bytes(b"\n".join([*stories, story("gone", "Emil says so.")]))
    (path / "2.json").write_bytes(orjson.dumps({"uri": "gone", "type": "text", "pubstatus": "canceled"}))
    live = {"differs": "Anna says one thing. Carl says a third.", "only": "Fred says so.", "gone": "Emil says so."}
    wire.send(
        *(
            (article.encode(), story(article, body))
            for article, body in {**lines, **live}.items()
            if body and article != "new"
        )
    )
    wire.send((b"older", story("older", "Anna says it is newer.", revision=2)))
    with annotator(wire) as worker:
        wire.settled()
        done = runs.replay(settings, "may", "--archive", str(path))
        assert done.wait(60) == 0
        with runs.annotator(settings, "may"):
            runs.wait_until_annotated(settings, "may")
        assert claims(settings, "may")["differs"] == {"Anna one thing", "Bert another"}

        compared = invoke(settings, "runs", "compare", "live", "may", "--json")
        *articles, totals = [orjson.loads(line) for line in compared.stdout.splitlines()]
        assert {one["id"] for one in articles} == {"differs", "older"}
        (differs,) = [one for one in articles if one["id"] == "differs"]
        assert ([one["text"] for one in differs["added"]], [one["text"] for one in differs["gone"]]) == (
            ["another"],
            ["a third"],
        )
        assert totals["totals"] == {
            "articles": 3, "only_a": 2, "only_b": 1, "differing": 2,
            "claims_same": 2, "claims_added": 2, "claims_gone": 2, "claims_changed": 0,
        }  # fmt: skip
        assert "+ Bert: another" in invoke(settings, "runs", "compare", "live", "may").stdout
        assert invoke(settings, "runs", "compare", "live", "nothing").exit_code == 1

        promoted = invoke(settings, "runs", "promote", "may")
        assert promoted.exit_code == 0, promoted.output
        assert "promoted 2 articles of may, withdrew 1; 1 stood so already, 1 stay in a newer" in promoted.stdout
        assert claims(settings) == {
            "same": {"Anna one thing"},
            "differs": {"Anna one thing", "Bert another"},
            "older": {"Anna it is newer"},
            "only": {"Fred so"},
            "new": {"Dora it is new"},
        }
        # Once more changes nothing, and sends nothing.
        before = len(wire.read("articles.raw"))
        again = invoke(settings, "runs", "promote", "may")
        assert "promoted 0 articles of may, withdrew 0; 3 stood so already" in again.stdout
        assert len(wire.read("articles.raw")) == before

        # The annotator that was running all the time knows what stands now.
        wire.send((b"differs", story("differs", "Anna says one thing. Gina says more.", revision=2)))
        wire.settled()
        assert claims(settings)["differs"] == {"Anna one thing", "Gina more"}
        assert worker.process.poll() is None
    listed = invoke(settings, "runs", "list").stdout
    assert listed.startswith("may ")
    assert " done " in listed
    # A replay of all that came leaves out what a promotion sent.
    done = runs.replay(settings, "again", "--from", "2020-01-01")
    assert done.wait(60) == 0
    again_run = read_runs(settings)["again"]
    assert (again_run.sent, again_run.skipped) == (7, {"promoted": 3})
    with runs.annotator(settings, "again"):
        runs.wait_until_annotated(settings, "again")
    assert claims(settings, "again")["differs"] == {"Anna one thing", "Gina more"}
