from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.feeds import Duration, spoken
from pipeline.cli.main import cli


def run(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--set", f"state_dir={state}", "feeds", *arguments])


def test_feeds_are_added_listed_and_removed(tmp_path: Path) -> None:
    url = "https://strait.example/rss"
    assert "add one" in run(tmp_path, "list").stderr
    assert run(tmp_path, "add", url, "--every", "5m").output == f"added  {url}  every 5m\n"
    assert run(tmp_path, "add", url, "--every", "90s").output == f"changed  {url}  every 90s\n"
    assert run(tmp_path, "list").output == f"{url}  every 90s  0 sent  not yet polled\n"
    assert orjson.loads(run(tmp_path, "list", "--json").output)["every"] == 90
    assert run(tmp_path, "remove", url).output == f"removed  {url}\n"
    assert run(tmp_path, "list").stdout == ""


@pytest.mark.parametrize("every", ["5", "soon", "-5m", "1w", ""])
def test_a_time_that_is_none_is_wrong_usage(every: str, tmp_path: Path) -> None:
    done = run(tmp_path, "add", "https://strait.example/rss", "--every", every)
    assert done.exit_code == 2
    assert "--every" in done.output


@given(st.integers(10, 10**8).map(float))
def test_a_time_is_spoken_as_it_is_read(seconds: float) -> None:
    assert Duration().convert(spoken(seconds), None, None) == seconds
