"""Real Chromium, and the page served to it."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from sqlalchemy import Engine

from pipeline.ids import proposition_id
from pipeline.settings import ViewSettings
from pipeline.view.app import create
from tests.tools import from_debian
from tests.view import world
from tests.view.conftest import sqlite

__all__ = ["sqlite"]

_PHONE = {"width": 390, "height": 844}


# Not for the session: while it runs, Playwright keeps an event loop in this thread, and no other test could run one.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """A running Chromium: Debian's, or the one that CLAIMWIRE_TEST_CHROMIUM names."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = os.environ.get("CLAIMWIRE_TEST_CHROMIUM") or shutil.which("google-chrome")
    program = path or from_debian("chromium", "chromium")
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=str(program),
            # Chromium's own sandbox refuses root; in containers shared memory is small.
            args=["--no-sandbox"] * (os.getuid() == 0) + ["--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


@contextmanager
def serving(engine: Engine, settings: ViewSettings | None = None) -> Iterator[str]:
    """Within: the URL of the page over `engine`, without a slash at its end."""
    app = create(settings or ViewSettings(), engine, world.Sink(), world.Watch())
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        app.state.stopping.set()
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def site(sqlite: Engine) -> Iterator[str]:
    """The page over two stories that contradict each other."""
    world.populate(sqlite)
    with serving(sqlite) as url:
        yield url


Opening = Callable[..., Any]


@pytest.fixture
def tab(chromium: Any) -> Iterator[Opening]:
    """Opens a tab: `tab(phone=True, dark=True, script=False)`; what it asks of other hosts and its errors are kept in
    `page.strayed` and `page.complaints`."""
    contexts = []

    def opened(*, phone: bool = False, dark: bool = False, script: bool = True) -> Any:
        context = chromium.new_context(
            viewport=_PHONE if phone else {"width": 1280, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.strayed, page.complaints = [], []
        page.on("request", lambda r: page.strayed.append(r.url) if "//127.0.0.1:" not in r.url else None)
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (page.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        return page

    yield opened
    for context in contexts:
        context.close()


def pages() -> dict[str, str]:
    """Every page of `world`, by name."""
    claim = world.STALLED.claims[0].id
    return {
        "live": "/live",
        "live, filtered": "/live?source=brandeis&publisher=The+Strait+Post&stance=against",
        "story": "/story?id=art_1",
        "sources": "/sources",
        "source": "/source?name=Tomas+Brandeis",
        "entities": "/entities",
        "entity": f"/entity?id={world.LINES.id}",
        "contested": "/contested",
        "proposition": f"/proposition?id={proposition_id(claim)}",
        "targets": "/targets",
        "target": f"/target?id={world.TARGET.id}",
        "search": "/search?q=progress",
        "search, stories": "/search?q=progress&kind=stories",
        "search, nothing": "/search?q=zzz",
        "operations": "/operations",
        "nothing there": "/story?id=nothing",
    }
