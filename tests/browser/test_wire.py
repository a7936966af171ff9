"""From a fresh wire to the page: real broker, every service, real models, real browser."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.language.weights import FOLDER
from pipeline.settings import Settings
from pipeline.wire.broker import free_port
from tests.browser.conftest import Opening
from tests.processors.harness import variables

pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(not (FOLDER / "manifest.json").exists(), reason="no weights in this checkout"),
]

PATIENCE = 120.0


@contextmanager
def everything(settings: Settings, log: Path) -> Iterator[tuple[str, str]]:
    """Within: `claimwire run all`; the addresses of its page and of its gateway. Asked to stop afterwards."""
    page, gateway = free_port(), free_port()
    given = {"CLAIMWIRE_VIEW__PORT": str(page), "CLAIMWIRE_GATEWAY__PORT": str(gateway)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli.main", "run", "all"],
            env={**os.environ, **variables(settings), **given},
            stdout=out,
            stderr=out,
        )
    try:
        addresses = f"http://127.0.0.1:{page}", f"http://127.0.0.1:{gateway}"
        for address in (f"{addresses[0]}/healthz", f"{addresses[1]}/ready"):
            until(lambda address=address: process.poll() is None and answers(address))  # type: ignore[misc]
        yield addresses
    finally:
        process.terminate()
        process.wait(60)


def until(look: Callable[[], Any]) -> None:
    """Waits until `look` gives something."""
    deadline = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def sides(page: Any) -> dict[str, str]:
    """The text of the side that says that there is some progress, and of the one that says that there is none."""
    words = {"some": "some progress had been made", "none": "There is no progress yet"}
    texts = page.locator(".proposition .side").all_inner_texts()
    return {name: text for name, part in words.items() for text in texts if part in text}


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_the_seed_article_from_the_gateway_to_both_sides_of_what_is_contested(
    topics: Settings, tab: Opening, shared: Path, tmp_path: Path
) -> None:
    log = tmp_path / "all.log"
    with everything(topics, log) as (site, gateway):
        page = tab()
        page.goto(site + "/live")
        assert page.locator("#empty").is_visible()
        page.evaluate("window.__same = 'the page as it was opened'")
        article = (shared / "data/news/seed_article.txt").read_bytes()
        post = urllib.request.Request(f"{gateway}/articles", article, {"content-type": "text/plain"})
        with urllib.request.urlopen(post, timeout=PATIENCE) as response:
            assert response.status in (200, 202), response.read()
        claim = page.locator("#feed > li.new", has_text="There is no progress yet")
        claim.wait_for(timeout=PATIENCE * 1000)
        assert "Hamas official" in claim.inner_text()
        assert page.evaluate("window.__same") == "the page as it was opened"
        assert page.locator("#empty").count() == 0
        claim.locator(".where a").click()
        marked = page.locator(".text .run", has_text="There is no progress yet").first
        key = marked.get_attribute("data-claim")
        source = "".join(page.locator(f'.text [data-claim="{key}"] .source').all_inner_texts())
        assert "a Hamas official" in source
        assert page.locator(".text .e").count() > 20
        marked.click()
        assert "Hamas official" in page.locator("article:target").inner_text()
        until(lambda: page.goto(site + "/contested") and {"some", "none"} <= sides(page).keys())
        found = sides(page)
        assert "Al-Qahera News" in found["some"]
        assert "Hamas official" in found["none"]
        # Which of the two is the proposition and which its denial is the models' to say; they stand apart.
        assert found["some"] != found["none"]
        assert (page.strayed, page.complaints) == ([], [])
    assert "Traceback" not in log.read_text()
