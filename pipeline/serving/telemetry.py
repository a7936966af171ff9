"""`/metrics`, `/health` and `/ready` of a service, from a thread of its own: a blocked service can still be asked."""

import errno
import logging
import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any, TypeAlias
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import orjson
from prometheus_client import generate_latest

from pipeline import metrics
from pipeline.errors import PortInUse, SettingsInvalid
from pipeline.settings import TelemetrySettings

log = logging.getLogger(__name__)

Check: TypeAlias = Callable[[], str | None]
"""What is missing, or None."""

_METRICS = "text/plain; version=0.0.4; charset=utf-8"
_FRESH_SECONDS = 2.0
_MISSING_SECONDS = 0.1


class Health:
    """What a service must have to be ready, by name: each a check that says what is missing.

    Checks are asked at most every two seconds, or ten times a second until nothing is missing, one caller at a time,
    from any thread.
    """

    def __init__(self, **checks: Check) -> None:
        self._checks = checks
        self._lock = threading.Lock()
        self._asked = float("-inf")
        self._missing: dict[str, str] = {}

    def missing(self) -> dict[str, str]:
        """What is missing, by name of the check; empty: ready."""
        with self._lock:
            if time.monotonic() - self._asked > (_MISSING_SECONDS if self._missing else _FRESH_SECONDS):
                self._missing = {name: why for name, check in self._checks.items() if (why := check()) is not None}
                self._asked = time.monotonic()
                metrics.READY.set(not self._missing)
            return dict(self._missing)


def serve_telemetry(settings: TelemetrySettings, health: Health) -> Callable[[], None]:
    """Listens from now on, where the settings name a port; call what it returns to end that.

    Raises PortInUse, SettingsInvalid.
    """
    if not settings.port:
        return lambda: None
    port = settings.port + settings.port_offset
    try:
        server = _Server((settings.host, port), _Handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(port, "telemetry.port", "run …") from None
        raise SettingsInvalid([f"telemetry.host = {settings.host}, port {port}: {error.strerror}"]) from None
    server.set_app(lambda environ, start: _answer(environ, start, health))
    threading.Thread(target=server.serve_forever, name="telemetry", daemon=True).start()
    log.info("metrics at http://%s:%d/metrics", settings.host, port)

    def end() -> None:
        server.shutdown()
        server.server_close()

    return end


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = 10  # seconds that a client may take to ask

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: probes come every few seconds."""


def _answer(environ: dict[str, Any], start: Callable[..., Any], health: Health) -> Iterable[bytes]:
    match environ["PATH_INFO"]:
        case "/metrics":
            status, kind, body = "200 OK", _METRICS, generate_latest(metrics.REGISTRY)
        case "/health":
            status, kind, body = "200 OK", "application/json", b'{"status":"alive"}'
        case "/ready":
            missing = health.missing()
            status = "503 Service Unavailable" if missing else "200 OK"
            kind = "application/json"
            body = orjson.dumps({"status": "not ready" if missing else "ready", "missing": missing})
        case _:
            status, kind, body = "404 Not Found", "text/plain", b"/metrics, /health, /ready\n"
    start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
