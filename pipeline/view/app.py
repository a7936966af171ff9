"""The page as an ASGI application."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from pipeline.consumers.database.connection import reading
from pipeline.settings import ViewSettings
from pipeline.view.cache import Cache
from pipeline.view.pages import contested, entity, live, operations, search, source, story, targets
from pipeline.view.rendering import page
from pipeline.view.security import Security, sign_in

_STATIC = Path(__file__).parent / "static"
_THREADS = 4
_DATA = (".json", ".csv", "/events")


class Sink(Protocol):
    """What the pages say of the sink (see filling.Filling)."""

    problem: str
    catching_up: bool

    def status(self) -> dict[str, Any]:
        """Lag and rate."""


class Watch(Protocol):
    """What Operations says of the rest (see watching.Watch)."""

    def status(self) -> dict[str, Any]:
        """Groups and dead letters."""


def create(settings: ViewSettings, engine: Engine, sink: Sink, watch: Watch) -> FastAPI:
    """The application over the database of `engine`, which has been prepared."""
    app = FastAPI(
        title="claimwire",
        version=version("claimwire"),
        summary="Who says what, about whom, for or against it. Read-only.",
        # Both fetch scripts from another host.
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.engine = reading(engine)
    app.state.sink = sink
    app.state.watch = watch
    app.state.view_settings = settings
    app.state.signs_in = settings.token is not None
    app.state.cache = Cache()
    app.state.newest = live.Newest(engine)
    app.state.stopping = threading.Event()
    app.add_middleware(Security, settings=settings)
    for room in (live, story, source, entity, contested, targets, search, operations):
        app.include_router(room.router)
    app.add_api_route("/sign-in", sign_in, methods=["GET", "POST"], include_in_schema=False)
    app.add_api_route("/", _home, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(Exception, _broken)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # Python runs one thread at a time: more of them answer later, not sooner. Some wait for the database.
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield


def _home() -> Response:
    return RedirectResponse("/live", 307)


def _failed(request: Request, error: Any) -> Response:
    return _error(request, error.status_code, str(error.detail))


def _refused(request: Request, error: Any) -> Response:
    fields = ", ".join(str(one["loc"][-1]) for one in error.errors()[:5])
    return _error(request, 422, f"This address says something that no page understands: {fields}.")


def _broken(request: Request, error: Exception) -> Response:
    return _error(request, 500, "The page failed on this. Its log says why.")


def _error(request: Request, status: int, detail: str) -> Response:
    if request.url.path.endswith(_DATA):
        import orjson

        problem = {"type": "about:blank", "status": status, "detail": detail}
        return Response(orjson.dumps(problem), status, media_type="application/problem+json")
    return page(request, "error.html", {"status": status, "detail": detail}, status)
