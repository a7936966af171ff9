import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner

from pipeline import __version__
from pipeline.cli.main import COMMANDS, cli, main
from pipeline.errors import BrokerUnavailable

pytestmark = pytest.mark.usefixtures("bare")


def exit_code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code


@click.command(name="fails")
@click.argument("how")
def fails(how: str) -> None:
    if how == "error":
        raise BrokerUnavailable("127.0.0.1:1")
    raise KeyboardInterrupt


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.commands, "fails", fails)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--version") == 0
    assert __version__ in capsys.readouterr().out


def test_an_error_is_one_line_and_what_to_do(failing: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("fails", "error") == 1
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.splitlines() == [
        "claimwire: no Kafka broker answers at 127.0.0.1:1",
        "Start one with `claimwire broker`, or set CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS.",
    ]


def test_ctrl_c_is_quiet(failing: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("fails", "interrupt") == 130
    assert capsys.readouterr().err.strip() == ""


@pytest.mark.parametrize("arguments", [["nonsense"], ["--set", "topic_prefix", "settings"], ["settings", "--nonsense"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(*arguments) == 2
    assert "Usage: claimwire" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_command_says(name: str) -> None:
    command = COMMANDS[name].load()
    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name].help
    assert COMMANDS[name].help in " ".join(CliRunner().invoke(cli, ["--help"]).output.split())


def test_help_loads_no_slow_library() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from pipeline.cli.main import cli; "
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0; "
        "heavy = {'pydantic', 'transformers', 'torch', 'onnxruntime', 'faust', 'kafka', 'aiokafka'}; "
        "loaded = heavy & set(sys.modules); "
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_sees_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "pipeline.cli.main", "settings", "--json"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    "arguments", [["subscribe", "entities", "--stance", "favor"], ["replay", "--run", "a b", "--archive", "x"]]
)
def test_what_is_found_wrong_later_is_wrong_usage_too(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(*arguments) == 2
    said = capsys.readouterr().err
    assert f"Usage: claimwire {arguments[0]} " in said
    assert "claimwire settings" not in said


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline.cli.main", *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, timeout=60, **options)


@pytest.mark.parametrize("arguments", [["settings"], ["decode", "story.txt"]])
def test_output_that_there_is_no_room_for(arguments: list[str], bare: Path) -> None:
    (bare / "story.txt").write_text("The mayor resigned.")
    with Path("/dev/full").open("wb") as full:
        done = process(*arguments, stdout=full)
    said = "claimwire: No space left on device\nCheck where the output goes, and that there is room for it.\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.parametrize("arguments", [["feeds", "list"], ["run", "gateway"], ["sink", "jsonl", "file/x", "--once"]])
def test_a_file_where_a_folder_is_wanted(arguments: list[str], bare: Path) -> None:
    (bare / "file").touch()
    done = process(*arguments, env={**os.environ, "CLAIMWIRE_STATE_DIR": "file"}, stdout=subprocess.DEVNULL)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "claimwire: file" in done.stderr
    assert "no folder, or lies in what is none\nCheck that path" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("decode - <&-", "no headline and no body"),
        ("stance <&-", ""),
        ("settings >&-", ""),
        ("decode story.txt >&-", ""),
    ],
)
def test_closed_standard_streams(arguments: str, said: str, bare: Path) -> None:
    (bare / "story.txt").write_text("The mayor resigned.")
    command = f"{sys.executable} -m pipeline.cli.main {arguments}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_options_before_the_command_are_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--set", "topic_prefix=news.", "settings", "--json") == 0
    rows = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    (row,) = [row for row in rows if row["name"] == "topic_prefix"]
    assert (row["value"], row["source"]) == ("news.", "flag")
