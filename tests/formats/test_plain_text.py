import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats.plain_text import sniff, split
from tests.formats.reading import LIMITS, fixture, only, outcomes


def test_a_headline_over_a_rule() -> None:
    article = only(fixture("story.txt"))
    assert article.headline == "Port of Lindholm to reopen on Monday, authority says"
    assert article.body.startswith("The port of Lindholm will reopen")
    assert article.body.endswith("told reporters.")
    assert article.body.count("\n") == 2
    assert article.text == f"{article.headline}\n\n{article.body}"
    assert article.language == "en"


@pytest.mark.parametrize(
    ("text", "headline", "body"),
    [
        ("Bridge closed\n-----\nThe bridge is closed.", "Bridge closed", "The bridge is closed."),
        ("Bridge closed\r\n\r\n=====\r\n\r\nThe bridge.\r\nClosed.\r\n", "Bridge closed", "The bridge.\r\nClosed."),
        ("\n\n  Bridge closed  \n___\n\n  Indented.\n", "Bridge closed", "  Indented."),
        ("Bridge closed\n-----", "Bridge closed", ""),
        ("Bridge closed\n\nThe bridge is closed.", "Bridge closed", "The bridge is closed."),
        (
            "Is the bridge closed?\n\nThe bridge is closed, yes.\n",
            "Is the bridge closed?",
            "The bridge is closed, yes.\n",
        ),
    ],
)
def test_a_headline_that_is_set_off(text: str, headline: str, body: str) -> None:
    assert split(text) == (headline, body)


@pytest.mark.parametrize(
    "text",
    [
        "The bridge is closed.",
        "The bridge is closed.\n\nIt reopens on Monday, the council says.",  # a sentence
        "The bridge\nis closed, the council says.",  # a broken line
        "Bridge closed\n\n\nThe bridge is closed, the council says.",  # more than a blank line
        "Bridge closed\n\n  The bridge is closed, the council says.",
        " Bridge closed\n\nThe bridge is closed, the council says.",
        "A line that is longer than what follows\n\nShort.",
        f"{'A very long first line ' * 20}\n-----\nBody.",
        "Bridge closed\n--\nThe bridge is closed.",
        "Bridge closed\n\n",
        "",
        "\n\n",
    ],
)
def test_no_headline_is_made_up(text: str) -> None:
    assert split(text) == (None, text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_without_a_rule_the_text_is_what_came(text: str) -> None:
    headline, body = split(text)
    if headline is None:
        assert body == text
    elif f"{headline}\n\n{body}" != text:
        # Then there must be a rule, which is no part of the text.
        assert any(len(set(line.strip())) == 1 and len(line.strip()) >= 3 for line in text.split("\n"))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_arbitrary_text_survives_to_the_last_character(text: str) -> None:
    (outcome,) = outcomes(text.encode(), content_type="text/plain; charset=utf-8")
    article = getattr(outcome, "text", None)
    if article is None or split(text.removeprefix("\ufeff"))[0] is not None:
        return  # nothing visible, or a headline over a rule
    assert article == text.removeprefix("\ufeff")


def test_nul_and_halves_of_characters_are_replaced_one_for_one() -> None:
    assert only(outcomes(b"a\0b", format="text")).body == "a\ufffdb"


def test_a_mark_of_byte_order_is_no_text() -> None:
    assert only(outcomes("\ufeffThe bridge.".encode())).body == "The bridge."
    assert only(outcomes("The bridge is closed.".encode("utf-16"), name="a.txt")).body == "The bridge is closed."


def test_marks_of_direction_stay() -> None:
    text = "The mayor said: \u2067שלום\u2069."
    assert only(outcomes(text.encode())).text == text


@pytest.mark.parametrize(
    ("head", "is_text"),
    [
        ("Bridge closed", True),
        ("\x1b[1mBridge\x1b[0m closed", True),
        ("[Update] Bridge closed", True),
        ("\x7fELF", False),
        ("%PDF-1.7 \n", False),
        ("\x00\x01\x02\x03", False),
        ("<notice>closed</notice>", False),
        ("x < y and y > z", True),
    ],
)
def test_what_looks_like_text(head: str, is_text: bool) -> None:
    assert sniff(head) is is_text


def test_an_overlong_first_line_is_no_headline_but_part_of_the_text() -> None:
    article = only(outcomes(b'{"headline": "%s", "body": "x"}' % (b"a" * 3_000)))
    assert article.headline is None
    assert article.text == "a" * 3_000 + "\n\nx"
    assert LIMITS.max_text_chars > 3_000
