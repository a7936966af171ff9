"""From a fresh wire to the page: real broker, real annotator, real browser."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.language.weights import FOLDER
from pipeline.settings import Settings
from tests.browser.conftest import Opening
from tests.processors.harness import variables

pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.skipif(not (FOLDER / "manifest.json").exists(), reason="no weights in this checkout"),
]

CLAIMWIRE = [sys.executable, "-m", "pipeline.cli.main"]
PATIENCE = 120.0


@contextmanager
def service(settings: Settings, log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Within: a service of ours, its output in `log`; asked to stop afterwards."""
    with log.open("wb") as out:
        process = subprocess.Popen([*CLAIMWIRE, *arguments], env={**os.environ, **variables(settings)}, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def address(log: Path, process: "subprocess.Popen[bytes]") -> str:
    """Where the page is, once it says so."""
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(r"claimwire view: (\S+)/", log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found[1]


def test_the_seed_article_arrives_on_live_and_its_claims_are_marked(
    topics: Settings, tab: Opening, shared: Path, tmp_path: Path
) -> None:
    log = tmp_path / "view.log"
    with (
        service(topics, tmp_path / "annotator.log", "run", "annotator"),
        service(topics, log, "--set", "view.port=0", "run", "view") as view,
    ):
        site, page = address(log, view), tab()
        page.goto(site + "/live")
        assert page.locator("#empty").is_visible()
        done = subprocess.run(
            [*CLAIMWIRE, "ingest", str(shared / "data/news/seed_article.txt")],
            env={**os.environ, **variables(topics)}, check=True, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0
        claim = page.locator("#feed > li.new", has_text="There is no progress yet")
        claim.wait_for(timeout=PATIENCE * 1000)
        assert "Hamas official" in claim.inner_text()
        claim.locator(".where a").click()
        marked = page.locator(".text .run", has_text="There is no progress yet").first
        key = marked.get_attribute("data-claim")
        source = "".join(page.locator(f'.text [data-claim="{key}"] .source').all_inner_texts())
        assert "a Hamas official" in source
        assert page.locator(".text .e").count() > 20
        marked.click()
        assert "Hamas official" in page.locator("article:target").inner_text()
        assert (page.strayed, page.complaints) == ([], [])
    assert view.returncode == 0, log.read_text()
