import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.consumers import subscribe
from pipeline.language import weights
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW
from pipeline.wire.admin import admin
from pipeline.wire.runs import read_runs
from tests.conftest import REPOSITORY
from tests.faults.replay import contents, replay
from tests.processors.harness import PATIENCE, Wire, story, until, variables

pytestmark = pytest.mark.usefixtures("bare")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--run"),
        (["--run", "may", "--archive", "a", "--from", "2024-04-08"], "one or the other"),
        (["--run", "may", "--format", "text"], "--format"),
        (["--run", "may", "a.jsonl"], "--archive before"),
        (["--run", "may", "--from", "yesterday"], "neither a date"),
        (["--run", "may", "--format", "nonsense", "--archive", "a"], "'nonsense' is not one of"),
        (["--run", "a b", "--archive", "a"], "run: a name of at most"),
        (["--run", "may", "--rate", "0", "--archive", "a"], "--rate"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(cli, ["replay", *arguments])
    assert (done.exit_code, said in done.output) == (2, True), done.output


@pytest.mark.broker
def test_a_run_that_never_began_makes_nothing(topics: Settings) -> None:
    process = replay(topics, "typo")
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, b"a new run needs --archive PATH, or --from TIME" in said) == (2, True)
    live = replay(topics, "live", "--from", "2024-01-01")
    _, said = live.communicate(timeout=PATIENCE)
    assert (live.returncode, b"and not live" in said) == (2, True)
    with admin(topics) as client:
        assert not [name for name in client.list_topics() if name.endswith((".typo", ".live"))]


@pytest.mark.broker
def test_ctrl_c_and_a_second_command_for_the_same_run(topics: Settings, tmp_path: Path) -> None:
    path = tmp_path / "archive.jsonl"
    path.write_bytes(b"\n".join(story(f"a{number}") for number in range(60)))

    def sent() -> int:
        run = read_runs(topics).get("may")
        return run.sent if run is not None else 0

    first = replay(topics, "may", "--archive", str(path), "--rate", "5/s")
    until(sent, bool)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=PATIENCE)
    assert first.returncode == 130
    assert said.decode().strip() == "stopped. `claimwire replay --run may` goes on where it was."
    before = sent()
    assert 0 < before < 60
    second = replay(topics, "may", "--rate", "5")
    until(sent, lambda count: count > before)
    third = replay(topics, "may")
    _, said = second.communicate(timeout=PATIENCE)
    assert (second.returncode, b"has taken over" in said) == (1, True), said
    out, said = third.communicate(timeout=PATIENCE)
    assert (third.returncode, out.decode().splitlines()[0]) == (0, "run may: sent 60 articles"), said
    run = read_runs(topics)["may"]
    assert (run.sent, run.complete) == (60, True)
    keys = [key or b"" for part in contents(topics, ARTICLES_RAW, "may") for key, _ in part]
    assert sorted(keys) == sorted(f"a{number}".encode() for number in range(60))
    # Once more there is nothing to do.
    again = replay(topics, "may", "--archive", str(path))
    assert again.wait(PATIENCE) == 0
    assert read_runs(topics)["may"].sent == 60


@pytest.mark.broker
@pytest.mark.skipif(not weights.TOKENIZER.exists(), reason="no weights")
def test_articles_are_annotated_and_their_claims_compared(topics: Settings) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pipeline.cli.main", "replay", "--run", "may"),
            *("--archive", str(REPOSITORY / "examples")),
        ],
        cwd=REPOSITORY,
        env={**os.environ, **variables(topics)},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    may, live = Wire(topics, "may"), Wire(topics)
    assert may.lag("relations") == 0
    relations, propositions = may.standing("relations"), may.standing("propositions")
    assert f"compared: {len(relations)} relations, {len(propositions)} propositions" in done.stdout.splitlines()
    told = [message.record for message in subscribe("relations", settings=topics, run="may")]
    assert "contradict" in {relation.label for relation in told if relation is not None}
    assert [len(live.read(topic)) for topic in ("relations", "propositions", "claims-by-entity")] == [0, 0, 0]
    may.close()
    live.close()
