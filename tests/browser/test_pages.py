"""Every page in a real browser: accessible, quiet, and asking nothing of anyone else."""

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from pipeline.settings import ViewSettings
from tests.browser.conftest import Opening, pages, serving
from tests.view import world

pytestmark = pytest.mark.slow

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


def violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(("phone", "dark"), [(False, False), (True, True)], ids=["desktop", "phone, dark"])
def test_no_page_has_a_violation_or_strays(site: str, tab: Opening, phone: bool, dark: bool) -> None:
    page = tab(phone=phone, dark=dark)
    found = {}
    for name, address in pages().items():
        page.goto(site + address)
        found[name] = violations(page)
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{name} is wider than the window by {width} px"
    assert {name: some for name, some in found.items() if some} == {}
    assert page.strayed == []
    assert [one for one in page.complaints if "404" not in one] == []


def test_a_claim_is_marked_with_its_source_and_leads_to_its_stances(site: str, tab: Opening) -> None:
    page = tab(script=False)
    page.goto(site + "/story?id=art_1")
    claim = page.locator(".text .run", has_text="There is no progress yet").first
    key = claim.get_attribute("data-claim")
    assert page.locator(f'.text [data-claim="{key}"] .source').inner_text() == "Tomas Brandeis"
    assert page.locator(f'.text [data-claim="{key}"] .cue').inner_text() == "said"
    # A claim inside of a claim is marked as such.
    nested = page.locator(".text .run.d2")
    assert nested.inner_text() == "a breakthrough is near"
    claim.click()
    chosen = page.locator("article:target")
    assert "against" in chosen.inner_text()
    assert "Contradicted by" in chosen.inner_text()
    chosen.get_by_text("Mediator hails progress").click()
    assert page.locator("article:target").inner_text().startswith("Adaeze Lindqvist told")


def test_both_sides_of_what_is_contested_stand_next_to_each_other(site: str, tab: Opening) -> None:
    page = tab(script=False)
    page.goto(site + "/contested")
    said, denied = page.locator(".side.favor"), page.locator(".side.against")
    assert "Adaeze Lindqvist" in said.inner_text()
    assert "Sorrel Courier, 2026-03-03" in said.inner_text()
    assert "Tomas Brandeis" in denied.inner_text()
    assert abs(said.bounding_box()["y"] - denied.bounding_box()["y"]) < 2


def test_nothing_contested_is_said_plainly(sqlite: Engine, tab: Opening) -> None:
    with serving(sqlite) as site:
        page = tab()
        for address in ("/contested", "/live", "/sources", "/entities", "/targets"):
            page.goto(site + address)
            assert page.locator("p.quiet").count() == 1, address
            assert violations(page) == []
        page.goto(site + "/contested")
        assert "Nothing contested yet" in page.locator("main").inner_text()


def test_the_keyboard_reaches_everything_and_the_first_stop_skips_the_menu(site: str, tab: Opening) -> None:
    page = tab()
    page.goto(site + "/live")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "f-source"


def test_live_shows_what_arrives_and_waits_while_paused(sqlite: Engine, tab: Opening) -> None:
    world.put(sqlite, world.STALLED)
    with serving(sqlite) as site:
        page, filtered = tab(), tab()
        page.goto(site + "/live")
        filtered.goto(site + "/live?source=brandeis")
        page.get_by_role("button", name="Pause").wait_for()
        assert page.locator("#feed > li").count() == 3
        world.put(sqlite, world.MOVING)
        page.locator("#feed > li.new", has_text="Some progress has been made").wait_for()
        assert page.locator("#feed > li").first.inner_text().startswith("Adaeze Lindqvist")
        page.get_by_role("button", name="Pause").click()
        world.put(
            sqlite,
            world.article(
                3, "More\n\n“It is over,” Tomas Brandeis said.", [("Tomas Brandeis", "said", "It is over", "against")]
            ),
        )
        page.locator("#status", has_text="Paused; 1 waiting.").wait_for()
        assert page.locator("#feed > li").count() == 4
        assert violations(page) == []
        page.get_by_role("button", name="Pause").click()
        page.locator("#feed > li.new", has_text="It is over").wait_for()
        filtered.locator("#feed > li.new", has_text="It is over").wait_for()
        assert filtered.locator("#feed", has_text="Adaeze").count() == 0
        assert page.complaints == filtered.complaints == []


def test_who_has_the_token_gets_in(sqlite: Engine, tab: Opening) -> None:
    with serving(sqlite, ViewSettings(token=SecretStr("open sesame"))) as site:
        page = tab(script=False)
        page.goto(site + "/search?q=a+b")
        assert page.get_by_role("heading", name="Sign in").is_visible()
        page.get_by_label("Token").fill("open barley")
        page.get_by_role("button", name="Sign in").click()
        assert page.get_by_role("alert").inner_text() == "This is not the token."
        page.get_by_label("Token").fill("open sesame")
        page.get_by_role("button", name="Sign in").click()
        assert page.url == site + "/search?q=a+b"
