"""The life of an HTTP service: listens, stops on a signal when the requests in hand are answered."""

import contextlib
import errno
import gc
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette

from pipeline.errors import PortInUse, SettingsInvalid

log = logging.getLogger(__name__)

_BACKLOG = 512
_LARGEST_HEADERS = 32 * 1024  # bytes


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # All that is loaded by now stays: to walk it in search of garbage stops every request for a tenth of a second.
        gc.collect()
        gc.freeze()
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own would let the process die of the signal once it has stopped: here that is a good end."""
        before = {number: signal.signal(number, self._signalled) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signalled(self, number: int, frame: object) -> None:
        if self.should_exit:
            self.force_exit = True
        else:
            log.info("stopping")
            self._stop()
            self.should_exit = True


def serve(
    app: Starlette,
    *,
    group: str,
    host: str,
    port: int,
    stop_seconds: float,
    ready: Callable[[str], None] = lambda address: None,
    stop: Callable[[], None] = lambda: None,
) -> None:
    """Serves `app` until SIGTERM or SIGINT; a second one, or `stop_seconds`, ends it though requests are in hand.

    `group`: of its settings, named in errors. `ready` is told the address once it answers; `stop` is called on the
    signal, to end answers that would go on. Raises PortInUse, SettingsInvalid.
    """
    with _listening(group, host, port) as listener:

        def answers() -> None:
            log.info("listening at %s", address)
            ready(address)

        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # it would hold query strings; the services count and log what matters
            ws="none",
            lifespan="on",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=max(1, round(stop_seconds)),
            h11_max_incomplete_event_size=_LARGEST_HEADERS,
        )
        # A port of 0 is any free one.
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        server = _Server(config, answers, stop)
        server.run([listener])
        if not server.started:
            raise RuntimeError("the service did not start; the log above says why")
    log.info("stopped")


@contextlib.contextmanager
def _listening(group: str, host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio sends at once; without, each answer waits 40 ms for an acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(_BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(port, f"{group}.port", f"run {group}") from None
            raise SettingsInvalid([f"{group}.host = {host}, {group}.port = {port}: {error.strerror}"]) from None
        yield listener
