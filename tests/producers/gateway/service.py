"""A gateway as a process, for tests and the storm."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from pipeline.settings import Settings
from tests.processors.harness import PATIENCE, variables


class Service:
    """`url`: where it listens; `log`: what it says."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.log = log

    def wait_ready(self, seconds: float = PATIENCE) -> None:
        """Returns once `/ready` says so."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended: {self.log.read_text()}")
            try:
                if httpx.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready: {self.log.read_text()}")

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


@contextmanager
def gateway(settings: Settings, **environment: str) -> Iterator[Service]:
    """`claimwire run gateway` with these settings, killed afterwards if it still runs."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    log = settings.state_dir / "gateway.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli.main", "run", "gateway"],
            env={**os.environ, **variables(settings), **environment},
            stdout=out,
            stderr=out,
        )
    try:
        yield Service(process, f"http://127.0.0.1:{settings.gateway.port}", log)
    finally:
        process.kill()
        process.wait()
