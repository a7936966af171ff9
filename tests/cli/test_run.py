"""`claimwire run`, as a process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.invocation import Invocation
from pipeline.cli.main import cli
from pipeline.cli.run import service_command
from pipeline.language import weights
from pipeline.settings import Settings
from pipeline.wire.broker import free_port
from pipeline.wire.broker.ports import listening
from tests.processors.harness import PATIENCE, Wire, until, variables


def test_help_has_an_example() -> None:
    done = CliRunner().invoke(cli, ["run", "annotator", "--help"])
    assert done.exit_code == 0
    assert "Example:" in done.output
    assert "--supervised" not in done.output


def test_a_service_is_as_talkative_as_the_command_that_starts_it() -> None:
    context = cli.make_context("claimwire", ["-vv", "run", "all"], obj=Invocation(flags={"topic_prefix": "news."}))
    command = service_command(context, "view", telemetry__port_offset=2)
    again = cli.make_context("claimwire", command[3:])
    assert again.params["verbose"] == 2
    assert again.params["flags"] == {"topic_prefix": "news.", "telemetry.port_offset": "2"}
    assert command[-2:] == ["run", "view"]


@pytest.mark.skipif(not weights.TOKENIZER.exists(), reason="no weights")
def test_it_waits_for_the_broker_and_stops_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "pipeline.cli.main", "--set", f"state_dir={tmp_path}", "run", "annotator"),
                *("--workers", "2"),
            ],
            env={**os.environ, "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}"},
            stderr=out,
        )
    try:
        said = until(log.read_text, lambda text: text.count("waiting: no Kafka broker answers") >= 2, PATIENCE)
        assert "worker 2 started" in said
        assert "Start one with `claimwire broker`" in said
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text()
    assert log.read_text().count("stopped") == 2


def test_a_wrong_setting_is_told_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", "--set", "processor.attempts=0", "run", "annotator"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "processor.attempts" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.broker
def test_all_services_run_together_and_stop_together(topics: Settings, tmp_path: Path) -> None:
    log = tmp_path / "log"
    ports = {"CLAIMWIRE_VIEW__PORT": str(free_port()), "CLAIMWIRE_GATEWAY__PORT": str(free_port())}
    environment = {**os.environ, **variables(topics), **ports}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli.main", "run", "all"], env=environment, stdout=out, stderr=out
        )
    wire = Wire(topics)
    try:
        wire.stories(1, body="The mayor said that the bridge is closed.")
        assert wire.wait("claims", 1)
        assert until(lambda: listening("127.0.0.1", int(ports["CLAIMWIRE_VIEW__PORT"])), bool)
        assert until(lambda: listening("127.0.0.1", int(ports["CLAIMWIRE_GATEWAY__PORT"])), bool)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        wire.close()
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text()
