"""The supervisor, with small processes in place of services."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processors.harness import until

WORKER = """
import os, signal, sys, time
folder, code = sys.argv[1], int(sys.argv[2])
name = os.path.join(folder, str(os.getpid()))
open(name, "w").close()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0) if "stubborn" not in sys.argv else None)
if code >= 0:
    sys.exit(code)
while os.read(0, 1) if "orphan" in sys.argv else True:
    time.sleep(0.05)
os.rename(name, name + ".orphan")
"""
SUPERVISOR = """
import logging, sys
from pipeline.processors.supervisor import Supervisor
import pipeline.processors.supervisor as module
module._FIRST_PAUSE = 0.01
module._GRACE_SECONDS = 0.2
logging.basicConfig(level=logging.INFO)
workers, restarts, stop, *command = sys.argv[1:]
sys.exit(Supervisor(command, workers=int(workers), restarts=int(restarts), stop_seconds=float(stop)).run())
"""


def supervise(
    folder: Path, code: int, *words: str, workers: int = 1, restarts: int = 2, stop: float = 5
) -> "subprocess.Popen[str]":
    worker = [sys.executable, "-c", WORKER, str(folder), str(code), *words]
    return subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(workers), str(restarts), str(stop), *worker],
        stderr=subprocess.PIPE,
        text=True,
    )


def started(folder: Path, count: int) -> list[int]:
    found = until(lambda: [int(path.name) for path in folder.iterdir()], lambda found: len(found) >= count)
    assert len(found) >= count
    return list(found)


def test_workers_are_started_and_stopped(tmp_path: Path) -> None:
    process = supervise(tmp_path, -1, workers=2)
    started(tmp_path, 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_a_killed_worker_is_started_again(tmp_path: Path) -> None:
    process = supervise(tmp_path, -1)
    (first,) = started(tmp_path, 1)
    os.kill(first, signal.SIGKILL)
    assert len(started(tmp_path, 2)) == 2
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "worker 1 ended by SIGKILL: starting it again" in log


@pytest.mark.parametrize(("code", "starts"), [(70, 3), (65, 1), (78, 1)])
def test_it_gives_up_on_a_worker_that_always_fails(tmp_path: Path, code: int, starts: int) -> None:
    process = supervise(tmp_path, code)
    _, log = process.communicate(timeout=60)
    assert process.returncode == code
    assert len(list(tmp_path.iterdir())) == starts
    assert "stopping" in log


def test_a_broker_that_is_away_is_no_failure(tmp_path: Path) -> None:
    process = supervise(tmp_path, 75, restarts=1)
    started(tmp_path, 5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_a_worker_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    process = supervise(tmp_path, -1, "stubborn", stop=0.5)
    (worker,) = started(tmp_path, 1)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_second_signal_kills_at_once(tmp_path: Path) -> None:
    process = supervise(tmp_path, -1, "stubborn", stop=60)
    started(tmp_path, 1)
    time.sleep(0.3)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    assert process.wait(20) == 0


def test_a_worker_notices_that_its_supervisor_is_gone(tmp_path: Path) -> None:
    process = supervise(tmp_path, -1, "orphan")
    (worker,) = started(tmp_path, 1)
    process.kill()
    process.wait()
    assert until((tmp_path / f"{worker}.orphan").exists, bool)
