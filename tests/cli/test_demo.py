import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.errors import PathNotFound
from pipeline.language.weights import FOLDER
from pipeline.settings import Settings
from tests.conftest import REPOSITORY
from tests.kafka import records

pytestmark = [
    pytest.mark.usefixtures("bare"),
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(not (FOLDER / "manifest.json").exists(), reason="no weights in this checkout"),
]

DEMO = [sys.executable, "-m", "pipeline.cli.main", "demo"]
STORY = orjson.dumps(
    {
        "id": "harbour",
        "headline": "Harbour reopens",
        "body": "“The harbour is safe again,” the mayor, Ada Morel, told reporters in Port Lenn on Monday.",
    }
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "CLAIMWIRE_STATE_DIR": str(tmp_path / "state")}


def running_in(folder: Path) -> list[str]:
    """Command lines of processes that name `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def test_from_nothing_to_claims_and_again(environment: dict[str, str], tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run(
            [*DEMO, "--once"], env=environment, capture_output=True, text=True, timeout=280, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "Tomas Brandeis" in done.stdout
        assert "nothing new on the table" in done.stdout
        assert "12 articles" in done.stderr
        assert running_in(tmp_path / "state") == []


def test_on_a_running_cluster_with_articles_of_ones_own(
    topics: Settings, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "story.json").write_bytes(STORY)
    (tmp_path / "broken.json").write_text("{")
    environment |= {
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": topics.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": topics.topic_prefix,
    }
    files = [str(tmp_path / "story.json"), str(tmp_path / "broken.json")]
    done = subprocess.run(
        [*DEMO, "--once", *files], env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "Ada Morel" in done.stdout
    assert "The harbour is safe again" in done.stdout
    assert "broken.json" in done.stderr
    assert not (tmp_path / "state" / "demo" / "broker").exists()
    assert [record.key for record in records(topics, "articles.annotated")] == [b"harbour"]


def test_it_goes_on_until_it_is_stopped(topics: Settings, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "story.json").write_bytes(STORY)
    environment |= {
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": topics.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": topics.topic_prefix,
    }
    command = [*DEMO, str(tmp_path / "story.json")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        said_before = []
        for line in demo.stdout:
            said_before.append(line)
            if "Ctrl-C" in line:
                break
        (url,) = (line.removeprefix("The page: ").strip() for line in said_before if line.startswith("The page: "))
        with urllib.request.urlopen(f"{url}live") as page:
            assert b"<h1>Live</h1>" in page.read()
        demo.send_signal(signal.SIGINT)
        _, said = demo.communicate(timeout=60)
    assert (demo.returncode, "Traceback" in said) == (0, False)
    assert running_in(tmp_path / "state") == []


def test_a_misspelt_path_stops_everything_again(environment: dict[str, str], tmp_path: Path) -> None:
    state = tmp_path / "state"
    result = CliRunner(env=environment).invoke(cli, ["--set", f"state_dir={state}", "demo", str(tmp_path / "missing")])
    assert isinstance(result.exception, PathNotFound)
    assert running_in(state) == []


def test_the_examples_are_where_the_demo_looks() -> None:
    assert len(list((REPOSITORY / "examples").iterdir())) >= 12
