from datetime import UTC, datetime

import pytest

from pipeline.errors import UndecodableRecord
from pipeline.formats import Skipped, Withdrawal
from tests.formats.reading import FIXTURES, fixture, only, outcomes

STORY = (FIXTURES / "nitf.xml").read_text()


def test_a_story() -> None:
    article = only(fixture("nitf.xml"))
    assert article.id == "EXA20240405-0017"
    assert article.revision == 2
    assert article.headline == "Port of Lindholm to reopen — authority"
    assert article.body == (
        "The port of Lindholm will reopen on Monday morning.\n\n"
        "“Nothing has been signed,” said Tom Okafor of R&D workers’ union.\n\nBerths: 12\n\nCranes: 4"
    )
    assert article.authors == ("Mina Sato",)
    assert article.publisher == "Example Daily"
    assert article.published_at == datetime(2024, 4, 5, 14, 30, tzinfo=UTC)
    assert (article.language, article.url) == ("en", "https://daily.example/lindholm")
    assert article.extra["rights"] == "© 2024 Example Agency"
    assert article.embargoed_until is None
    assert str(article.extra["malformed"]).startswith("line 28")
    assert article.extra["nitf"] == {
        "byline": "By Mina Sato, Staff Writer",
        "subheadline": "Union disputes it",
        "abstract": "A strike ends.",
        "dateline": "LINDHOLM",
        "slugline": "port-lindholm",
        "editorial_note": "Adds union.",
        "urgency": "4",
        "keywords": ["strike", "port"],
        "meta": {"priority": "4"},
    }


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252", "iso-8859-15"])
def test_encodings(encoding: str) -> None:
    text = STORY.replace("UTF-8", encoding).replace("Berths", "Quäle")
    article = only(outcomes(text.encode(encoding)))
    assert "Quäle: 12" in article.body
    assert "encoding" not in article.extra


def test_a_release_after_the_issue_is_an_embargo() -> None:
    later = STORY.replace('<date.release norm="20240405T163000+0200"/>', '<date.release norm="20240406T060000+0200"/>')
    assert only(outcomes(later.encode())).embargoed_until == datetime(2024, 4, 6, 4, tzinfo=UTC)
    endless = STORY.replace('"usable"', '"embargoed"').replace("date.release", "date.other")
    assert only(outcomes(endless.encode())).embargoed_until == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("status", ["canceled", "withheld", "Withdrawn"])
def test_withdrawals(status: str) -> None:
    text = STORY.replace('"usable"', f'"{status}"')
    assert outcomes(text.encode()) == [Withdrawal("EXA20240405-0017", None, 2)]
    nameless = text.replace("doc-id", "other").replace("ex-ref", "other")
    (outcome,) = outcomes(nameless.encode())
    assert isinstance(outcome, Skipped)


def test_what_senders_get_wrong() -> None:
    body = "<nitf><body><body.content><p>{}</p></body.content></body></nitf>"
    for text, expected in (
        ("AT&T < R&D", "AT&T < R&D"),
        ("a\x01b&#0;c&#x1F;d", "a\ufffdb\ufffdc\ufffdd"),
        ("&nbsp;&unknown;&euro;", "&unknown;€"),
        ("<![CDATA[AT&T <b>]]>", "AT&T <b>"),
        ("x &amp;amp; y", "x &amp; y"),
        ("&#128;&#150;", "€–"),
    ):
        assert only(outcomes(body.format(text).encode())).body == expected
    assert only(outcomes(b"\n\n  " + STORY.encode())).id == "EXA20240405-0017"
    assert only(outcomes(STORY.encode() + b"\n\x1a\x00\x00")).id == "EXA20240405-0017"


def test_tags_that_do_not_match() -> None:
    article = only(outcomes(b"<nitf><body><body.content><p>The port.<p>The union.</body.content></body></nitf>"))
    assert article.body == "The port.\n\nThe union."
    assert str(article.extra["malformed"]).startswith("line 1")


@pytest.mark.parametrize("data", [STORY[:1_500], STORY + STORY.partition("?>")[2], STORY + "<p>more</p>"])
def test_half_of_a_document_or_two_are_refused(data: str) -> None:
    (refused,) = outcomes(data.encode(), name="story.xml")
    assert isinstance(refused, UndecodableRecord)
    assert "line" in refused.detail
