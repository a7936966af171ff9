"""The service: the sink, what watches the rest, and the web server, until a signal."""

import logging
import socket
from collections.abc import Callable

import uvicorn
from sqlalchemy import Engine

from pipeline.errors import PortInUse
from pipeline.settings import Settings
from pipeline.view.app import create
from pipeline.view.filling import Filling
from pipeline.view.watching import Watch

log = logging.getLogger(__name__)

_STOP_SECONDS = 5.0
_BACKLOG = 256


class _Server(uvicorn.Server):
    """Tells the live feeds to end as soon as it is asked to: it waits for open responses."""

    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop

    def handle_exit(self, sig: int, frame: object) -> None:
        """On SIGINT or SIGTERM."""
        self._stop()
        super().handle_exit(sig, frame)  # type: ignore[arg-type]


def serve(settings: Settings, engine: Engine, ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT. `ready` is told the URL, once it answers. Raises PortInUse.

    `engine`: its database has been prepared.
    """
    listener = _listen(settings.view.host, settings.view.port)
    host, port = listener.getsockname()[:2]
    filling, watch = Filling(settings, engine), Watch(settings)
    app = create(settings.view, engine, filling, watch)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        proxy_headers=False,
        backlog=_BACKLOG,
    )
    server = _Server(config, app.state.stopping.set)
    filling.start()
    watch.start()
    ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # uvicorn raises the signal again, once it has ended
    finally:
        app.state.stopping.set()
        filling.stop(_STOP_SECONDS)
        watch.stop(_STOP_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio sends at once; without, each answer waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortInUse(port, "view.port", "run view") from error
    return listener
