"""The service as a process, on a real broker."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.records import Run
from pipeline.settings import Settings
from pipeline.topics import DEAD_LETTERS
from pipeline.wire.outgoing import Outgoing, outputs
from pipeline.wire.runs import run_record
from tests.consumers.test_subscription import destination, send
from tests.processors.harness import variables
from tests.samples import ANNOTATED, NOON, ORIGIN

pytestmark = pytest.mark.broker

PATIENCE = 60.0


def until(look: Callable[[], Any]) -> Any:
    """What `look` gives, once it gives something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


@contextmanager
def service(settings: Settings, log: Path, port: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "pipeline.cli.main", "--set", f"view.port={port}", "run", "view"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, **variables(settings)}, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def address(log: Path) -> str:
    return str(until(lambda: re.search(r"claimwire view: (\S+)/", log.read_text()))[1])


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=PATIENCE) as response:
        return json.load(response)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_keeps_up_says_how_it_is_and_stops(topics: Settings, tmp_path: Path, stop: signal.Signals) -> None:
    letters = DEAD_LETTERS.full_name(topics.topic_prefix)
    reason = [("claimwire-reason", b"undecodable"), ("claimwire-stage", b"decode")]
    send(topics, Outgoing(letters, b"x", b"{", reason, 0))
    log = tmp_path / "view.log"
    with service(topics, log) as process:
        site = address(log)
        assert get(f"{site}/live.json")["claims"] == []
        events = urllib.request.urlopen(f"{site}/live/events", timeout=PATIENCE)
        send(topics, *outputs(ANNOTATED, origin=ORIGIN, destination=destination(topics)))
        until(lambda: get(f"{site}/live.json")["claims"])
        line = until(lambda: (found := events.readline()).startswith(b"data:") and found)
        assert json.loads(line[5:])["content"] == "There is no progress yet"
        send(topics, run_record(Run(name="may", created_at=NOON, sent=3, refused={"empty": 2}, complete=True), topics))
        figures = until(
            lambda: (
                (found := get(f"{site}/operations.json"))["groups"]
                and found["sink"]["lag"]
                and found["runs"]
                and found["runs"][0]["annotated"] is not None
                and found
            )
        )
        (replay,) = figures["runs"]
        assert (replay["name"], replay["sent"], replay["refused"], replay["annotated"]) == ("may", 3, 2, 1.0)
        assert figures["dead_letters"] == [{"reason": "undecodable", "stage": "decode", "count": 1}]
        assert sum(one["lag"] for one in figures["sink"]["lag"]) == 0
        # A live feed that is open does not keep it.
        process.send_signal(stop)
        assert process.wait(20) == 0, log.read_text()
        events.close()
    assert "Traceback" not in log.read_text()


def test_without_topics_the_page_is_there_and_says_what_is_wrong(kafka_settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "view.log"
    with service(kafka_settings, log):
        site = address(log)
        assert get(f"{site}/live.json")["claims"] == []
        found = until(lambda: get(f"{site}/operations.json")["problem"])
        assert "claimwire topics apply" in found


def test_a_port_that_is_taken(topics: Settings, tmp_path: Path) -> None:
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    with service(topics, first):
        port = int(address(first).rpartition(":")[2])
        with service(topics, second, port) as other:
            assert other.wait(PATIENCE) == 1
    assert f"port {port} is in use" in second.read_text()
    assert "run view" in second.read_text()
