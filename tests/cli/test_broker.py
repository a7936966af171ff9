import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.errors import MissingProgram
from pipeline.wire.broker import free_port

pytestmark = pytest.mark.usefixtures("bare")


def test_without_java_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    result = CliRunner().invoke(cli, ["--set", f"state_dir={tmp_path}", "broker"])
    assert isinstance(result.exception, MissingProgram)


@pytest.mark.broker
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_stopped(tmp_path: Path, stop: signal.Signals) -> None:
    port = free_port()
    settings = {
        "CLAIMWIRE_BROKER__PORT": str(port),
        "CLAIMWIRE_STATE_DIR": str(tmp_path / "ståte"),
        "CLAIMWIRE_TOPIC_PREFIX": "b.",
    }
    environment = {**os.environ, **settings}
    claimwire = [sys.executable, "-m", "pipeline.cli.main"]
    command = [*claimwire, "broker"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as broker:
        assert broker.stdout is not None
        assert broker.stdout.readline() == f"Kafka 4.4.0 listens on 127.0.0.1:{port}\n"
        apply = [*claimwire, "topics", "apply"]
        applied = subprocess.run(apply, env=environment, check=False, capture_output=True, text=True)
        assert applied.returncode == 0, applied.stderr
        broker.send_signal(stop)
        _, said = broker.communicate(timeout=60)
    assert broker.returncode == 0, said
    assert said.endswith("claimwire broker: stopped\n")
    assert "Traceback" not in said
    assert (tmp_path / "ståte" / "broker" / "broker.log").read_text().count(" ERROR ") == 0
