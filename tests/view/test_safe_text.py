import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.view.safe_text import headline, visible, web_address

HARMLESS = {0x200C, 0x200D}  # joiners that scripts and emoji need


@given(st.text())
def test_nothing_hidden_is_left_and_nothing_else_is_changed(text: str) -> None:
    shown = visible(text)
    for character in shown:
        hidden = unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        assert not hidden
        assert character in "\t\n" or unicodedata.category(character) != "Cc"
    plain = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp"))
    assert visible(plain) == plain


def test_hidden_characters_are_named() -> None:
    assert visible("a\u202eb\U000e0041\x1b") == "a[U+202E]b[U+E0041][U+001B]"
    assert visible("e\u0301 \U0001f469\u200d\U0001f680 \tx\n") == "e\u0301 \U0001f469\u200d\U0001f680 \tx\n"


@pytest.mark.parametrize(
    "url",
    [
        None, "", "javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:x", "java\nscript:x", "data:text/html,x",
        "//evil.example", "http:", "https:///x", "http://[", "ftp://x/y", "http://a\u202eb/", "/live", "http://a b/",
    ],
)  # fmt: skip
def test_links_lead_only_to_the_web(url: str | None) -> None:
    assert web_address(url) is None


def test_an_article_can_be_linked() -> None:
    assert web_address("https://straitpost.example/a?b=<c>") == "https://straitpost.example/a?b=<c>"


def test_a_wording_stands_alone() -> None:
    assert headline("that talks had failed") == "Talks had failed"
    assert headline("Thatcher spoke") == "Thatcher spoke"
    assert headline("") == ""
