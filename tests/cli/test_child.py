import os
import time
from pathlib import Path

import pytest

from pipeline.cli.child import Child
from pipeline.errors import ServiceFailed


def child(tmp_path: Path, script: str, patience: float = 20) -> Child:
    return Child("helper", ["sh", "-c", script], tmp_path / "helper.log", patience=patience)


def wait_for(path: Path, text: str) -> None:
    deadline = time.monotonic() + 20
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_is_asked_to_stop_and_waited_for(tmp_path: Path) -> None:
    script = "trap 'echo stopped; exit 0' TERM; echo $$; while :; do sleep 0.05; done"
    log = tmp_path / "helper.log"
    with child(tmp_path, script) as running:
        wait_for(log, "\n")
        pid = int(log.read_text())
        running.check()
    assert log.read_text().splitlines()[1:] == ["stopped"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    with child(tmp_path, "trap '' TERM; echo here; while :; do sleep 0.05; done", patience=0.3):
        wait_for(tmp_path / "helper.log", "here")


def test_one_that_has_ended_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with child(tmp_path, "echo first; echo no model >&2; exit 3") as running:
        wait_for(tmp_path / "helper.log", "no model")
        time.sleep(0.5)
        with pytest.raises(ServiceFailed, match="helper ended with code 3: no model") as caught:
            running.check()
    assert caught.value.log == tmp_path / "helper.log"
