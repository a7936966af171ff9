"""The service: the sink, what watches the rest, and the web server, until a signal."""

from collections.abc import Callable

from sqlalchemy import Engine

from pipeline.serving.server import serve as serve_http
from pipeline.serving.telemetry import Health, serve_telemetry
from pipeline.settings import Settings
from pipeline.view.app import create
from pipeline.view.filling import Filling
from pipeline.view.watching import Watch
from pipeline.wire.consumer import answers

_STOP_SECONDS = 5.0
_GRACE_SECONDS = 2.0  # that requests in hand have


def serve(settings: Settings, engine: Engine, ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT. `ready` is told the URL, once it answers. Raises PortInUse, SettingsInvalid.

    `engine`: its database has been prepared.
    """
    filling, watch = Filling(settings, engine), Watch(settings)
    app = create(settings.view, engine, filling, watch)
    where = settings.kafka.bootstrap_servers
    end = serve_telemetry(
        settings.telemetry, Health(broker=lambda: None if answers(settings) else f"none answers at {where}")
    )
    filling.start()
    watch.start()
    try:
        serve_http(
            app,
            group="view",
            host=settings.view.host,
            port=settings.view.port,
            stop_seconds=_GRACE_SECONDS,
            ready=lambda address: ready(f"{address}/"),
            # The server waits for open answers: the live feeds end as soon as it is asked to stop.
            stop=app.state.stopping.set,
        )
    finally:
        app.state.stopping.set()
        filling.stop(_STOP_SECONDS)
        watch.stop(_STOP_SECONDS)
        end()
