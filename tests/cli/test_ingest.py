import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from pipeline.settings import Settings
from tests.kafka import records

pytestmark = [pytest.mark.usefixtures("bare"), pytest.mark.broker]

CLAIMWIRE = [sys.executable, "-m", "pipeline.cli.main"]


def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": settings.topic_prefix,
    }


def ingest(settings: Settings, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*CLAIMWIRE, "ingest", *arguments]
    return subprocess.run(command, env=environment(settings), input=stdin, capture_output=True, timeout=60, check=False)


def test_standard_input(topics: Settings) -> None:
    done = ingest(topics, "-", stdin=b'{"body": "A story."}\n{"body": "Another."}\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, b"sent 2, refused 0\n", b"")
    assert len(records(topics, "articles.raw")) == 2


def test_refusals_are_on_standard_error_and_in_the_exit_status(topics: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.txt").write_text("The bridge is closed, the council says.")
    done = ingest(topics, str(tmp_path))
    assert (done.returncode, done.stdout) == (1, b"sent 1, refused 1\n")
    (line,) = done.stderr.splitlines()
    told = orjson.loads(line)
    assert (told["path"], told["outcome"], told["reason"]) == (str(tmp_path / "a.json"), "refused", "undecodable")


def test_a_misspelt_path_is_an_error_before_anything_is_sent(topics: Settings, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("The bridge is closed, the council says.")
    done = ingest(topics, str(tmp_path), str(tmp_path / "missing"))
    assert done.returncode == 1
    assert b"missing" in done.stderr
    assert records(topics, "articles.raw") == []


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_delivers_what_was_accepted(topics: Settings, stop: signal.Signals) -> None:
    pipe = subprocess.PIPE
    command = [*CLAIMWIRE, "ingest", "--format", "jsonl", "-"]
    with subprocess.Popen(command, env=environment(topics), stdin=pipe, stdout=pipe, stderr=pipe) as running:
        assert running.stdin is not None
        # More than any buffer before the decoder holds back.
        for number in range(2000):
            running.stdin.write(orjson.dumps({"id": f"a{number}", "body": "The captain said no. " * 40}) + b"\n")
        running.stdin.flush()
        deadline = time.monotonic() + 30
        while not records(topics, "articles.raw") and time.monotonic() < deadline:
            time.sleep(0.1)
        running.send_signal(stop)
        output, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"interrupted in -" in said
    assert b"Traceback" not in said
    sent = int(output.split()[1].rstrip(b","))
    assert sent == len(records(topics, "articles.raw")) > 0


def test_a_terminal_gets_a_bar(topics: Settings, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps({"body": f"The captain said no {n}."}) for n in range(3000)))
    terminal, standard_error = pty.openpty()
    command = [*CLAIMWIRE, "ingest", str(path)]
    with subprocess.Popen(
        command, env={**environment(topics), "TERM": "xterm"}, stdout=subprocess.PIPE, stderr=standard_error
    ) as running:
        os.close(standard_error)
        shown = b""
        try:
            while part := os.read(terminal, 65536):
                shown += part
        except OSError:
            pass  # Linux: the other side has closed
        assert running.stdout is not None
        assert running.stdout.read() == b"sent 3000, refused 0\n"
    os.close(terminal)
    assert b"many.jsonl" in shown
    assert b" sent" in shown
