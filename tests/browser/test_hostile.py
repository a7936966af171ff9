"""What hostile articles carry is shown as text, in every page."""

from typing import Any

import pytest
from sqlalchemy import Engine

from tests.browser.conftest import Opening, serving
from tests.view import world

pytestmark = pytest.mark.slow

SET = "window.__hit=1"
PAYLOADS = [
    f"<script>{SET}</script>",
    f"</script><script>{SET}</script>",
    f"<img src=x onerror={SET}>",
    f"<svg onload={SET}>",
    f"<svg><script>{SET}</script></svg>",
    f"\"><script>{SET}</script>",
    f"'><img src=x onerror={SET}>",
    f"\" onmouseover=\"{SET}\" autofocus onfocus=\"{SET}",
    f"' onfocus='{SET}' autofocus='",
    f"javascript:{SET}",
    f"JaVaScRiPt:{SET}//http://x",
    f"java\nscript:{SET}",
    f"data:text/html,<script>{SET}</script>",
    f"vbscript:{SET}",
    f"<iframe srcdoc='<script>parent.{SET}</script>'></iframe>",
    "<iframe src=//evil.example></iframe>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>body{display:none}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><button>Sign in</button></form>",
    f"<details open ontoggle={SET}>",
    f"<math><mtext></mtext><script>{SET}</script></math>",
    f"<template><script>{SET}</script></template>",
    f"<!--><script>{SET}</script>-->",
    f"]]><script>{SET}</script>",
    "</title></style></textarea></noscript><h1>Hacked</h1>",
    f"{{{{ config }}}}{{% for x in ().__class__.__mro__ %}}{SET}{{% endfor %}}",
    f"${{{SET}}} `{SET}`",
    "=HYPERLINK(\"//evil.example\",\"x\")",
    "&lt;script&gt; &#60;b&#62; &amp;",
    "\u202egnp.exe\u202c \u2066left\u2069 \u061c\u200f",
    "\x00\x07\x1b[31mred\x7f \x9b1m",
    "zero\u200bwidth\ufeff\u00ad soft \U000e0041\U000e0042tags",
    "line\u2028separator\u2029paragraph\r\ncarriage",
    "a" * 3000,
    "مرحبا <b>עברית</b> bold",
    "' OR 1=1; --",
    "../../etc/passwd?id=1&x=2#frag%00%2e%2e",
    "data: x\nevent: claim\nid: 1\n\n",
]  # fmt: skip


# Attributes that lead somewhere or run something, of all elements, as [name, value].
ATTRIBUTES = """[...document.querySelectorAll("*")].flatMap(one => [...one.attributes])
    .filter(one => /^(on.*|style|href|src|action|formaction|srcdoc)$/.test(one.name))
    .map(one => [one.name, one.value])"""
HIDDEN = "\u202e\u2066\u061c\u200b\ufeff\x1b\x9b\u2028\U000e0041"


def harmless(page: Any, address: str) -> None:
    """Fails where anything of a payload is more than text."""
    assert page.evaluate("window.__hit") is None, address
    assert page.locator("h1").count() == 1, address
    assert page.locator("iframe, object, embed, base, style, main script, meta[http-equiv]").count() == 0, address
    for name, value in page.evaluate(ATTRIBUTES):
        assert name in ("href", "src", "action"), (address, name, value)
        assert value.startswith(("/", "#", "http://", "https://")), (address, name, value)
        assert not value.startswith("//"), (address, name, value)
    content = page.content()
    assert not any(hidden in content for hidden in HIDDEN), address


@pytest.mark.parametrize("chunk", range(4))
def test_payloads_are_text_in_every_page(sqlite: Engine, tab: Opening, chunk: int) -> None:
    for number, payload in enumerate(PAYLOADS[chunk::4]):
        article = world.hostile(payload, number)
        world.put(sqlite, article)
        world.relate(sqlite, article.claims[0], article.claims[0], words=payload)
    with serving(sqlite) as site:
        page = tab()
        seen: set[str] = set()
        for list_ in ("/live", "/contested", "/sources", "/entities", "/targets", "/search?q=window"):
            page.goto(site + list_)
            harmless(page, list_)
            links = page.eval_on_selector_all("main a[href^='/']", "all => all.map(one => one.getAttribute('href'))")
            seen |= {link.split("#")[0] for link in links}
        for address in sorted(seen):
            page.goto(site + address)
            harmless(page, address)
        assert page.strayed == []
        assert [one for one in page.complaints if "404" not in one] == []
        kinds = {address.split("?")[0] for address in seen}
        assert kinds >= {"/story", "/source", "/entity", "/proposition", "/target"}


def test_they_come_through_the_live_feed_as_text_too(sqlite: Engine, tab: Opening) -> None:
    with serving(sqlite) as site:
        page = tab()
        page.goto(site + "/live")
        page.locator("#status", has_text="Claims as they arrive.").wait_for()
        for number, payload in enumerate(PAYLOADS):
            world.put(sqlite, world.hostile(payload, number))
        page.locator("#feed > li").nth(len(PAYLOADS) - 1).wait_for()
        assert page.evaluate("window.__hit") is None
        assert page.strayed == page.complaints == []
        text = page.locator("#feed").inner_text()
        assert "<script>window.__hit=1</script>" in text
        assert "[U+202E]gnp.exe" in text
