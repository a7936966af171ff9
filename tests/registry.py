"""A real schema registry: Apicurio, brought by Maven once into pytest's cache, and run with its data in memory.

Nobody has to log in there; `guarded` puts a door before it.
"""

import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from pipeline.wire.broker import free_port
from pipeline.wire.broker.programs import find_java

VERSION = "3.0.9"  # the last that runs on Java 17
API = "/apis/ccompat/v7"
_SECONDS = 90


@pytest.fixture(scope="session")
def registry_url(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the API of a running registry begins. Skips where there is no Maven."""
    if shutil.which("mvn") is None:
        pytest.skip("needs Maven, which is not on this machine")
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("registry")
    with FileLock(folder / "lock"):
        jar = _installed(folder)
    port = free_port()
    log = tmp_path_factory.mktemp("registry") / "log"
    command = [
        *(str(find_java().path), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"),
        *(f"-Dquarkus.http.port={port}", "-Dquarkus.http.host=127.0.0.1", "-jar", jar.name),
    ]
    with log.open("w") as out, subprocess.Popen(command, cwd=jar.parent, stdout=out, stderr=out) as process:
        try:
            _wait(f"http://127.0.0.1:{port}{API}/subjects", process, log)
            yield f"http://127.0.0.1:{port}{API}"
        finally:
            process.kill()


def _installed(folder: Path) -> Path:
    app = folder / VERSION
    for jar in app.glob("*-runner.jar"):
        return jar
    artifact = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
    command = ["mvn", "--quiet", "--batch-mode", "dependency:copy", f"-Dartifact={artifact}"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={folder}"], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        pytest.fail(f"Maven could not bring {artifact}: {done.stdout}{done.stderr}")
    (archive,) = folder.glob(f"*-{VERSION}-all.tar.gz")
    half = folder / "half"
    shutil.rmtree(half, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(half, filter="data")
    archive.unlink()
    half.rename(app)
    (jar,) = app.glob("*-runner.jar")
    return jar


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"the registry does not start: {log.read_text()[-2000:]}")


@contextmanager
def guarded(registry_url: str, authorization: str, failures: int = 0) -> Iterator[str]:
    """Where the same API is for those who send this header. The first `failures` requests are answered with 503."""
    left = failures

    class Door(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            nonlocal left
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.headers.get("authorization") != authorization:
                self._answer(401, b"")
            elif left > 0:
                left -= 1
                self._answer(503, b"")
            else:
                kept = {name: self.headers[name] for name in ("accept", "content-type") if name in self.headers}
                answer = httpx.request(self.command, f"{registry_url}{self.path}", content=body, headers=kept)
                self._answer(answer.status_code, answer.content)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

        do_GET = do_POST = do_PUT = _pass_on  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
