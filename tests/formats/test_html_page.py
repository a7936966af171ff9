from datetime import UTC, datetime

import pytest

from pipeline import ids
from pipeline.errors import ArticleTooDeep, ArticleTooLarge
from pipeline.formats import Skipped
from pipeline.settings import LimitsSettings
from tests.formats.reading import FIXTURES, fixture, only, outcomes

ADDRESS = "https://daily.example/2024/lindholm"
PARAGRAPH = "<p>The port of Lindholm will reopen on Monday after a strike of three weeks, the authority said.</p>"


def test_a_page() -> None:
    article = only(fixture("page.html", url="https://daily.example/2024/lindholm?utm=x"))
    assert article.url == ADDRESS
    assert article.id == ids.article_id(url=ADDRESS, headline=None, body="")
    assert article.headline == "Port of Lindholm to reopen on Monday"
    assert article.authors == ("Mina Sato", "Leo Brandt")
    assert article.publisher == "Example Daily"
    assert article.published_at == datetime(2024, 4, 5, 14, 30, tzinfo=UTC)
    assert article.revision == int(datetime(2024, 4, 5, 15, tzinfo=UTC).timestamp())
    assert article.language == "en-GB"
    assert article.body.split("\n\n") == [
        "The port of Lindholm will reopen on Monday after a three-week strike, the harbour authority said on Friday, "
        "ending the longest closure in its history.",
        "“We have an agreement that both sides can live with,” said Ada Berg, who heads the authority.",
        "Union disagrees",
        "The dockers’ union disputed that. “Nothing has been signed,” its secretary, Tom Okafor, told reporters "
        "outside the gates.",
        "Nobody asked us before they made this announcement, and nobody will unload a ship on Monday.",
    ]


def test_without_structured_data_the_meta_tags_count() -> None:
    page = (FIXTURES / "page.html").read_text().replace("application/ld+json", "application/json")
    article = only(outcomes(page.encode()))
    assert article.headline == "Port of Lindholm to reopen on Monday"
    assert article.authors == ("Mina Sato",)
    assert article.publisher == "Example Daily"
    assert article.published_at == datetime(2024, 4, 5, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ('<meta charset="windows-1251">', "cp1251"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        ('<meta charset="iso-8859-1">', "utf-8"),
        ("", "cp1251"),
        ("", "utf-16"),
    ],
)
def test_encodings(declaration: str, encoding: str) -> None:
    text = "Порт Линдхольма откроется в понедельник, сообщила в пятницу администрация порта."
    page = f"<html><head>{declaration}</head><body><article><p>{text}</p></article></body></html>"
    assert only(outcomes(page.encode(encoding))).body == text


def test_a_piece_of_a_page() -> None:
    article = only(outcomes(f"<h1>Port to reopen</h1>{PARAGRAPH}".encode()))
    assert article.headline == "Port to reopen"
    assert article.body.startswith("The port of Lindholm")
    assert article.language == "en"


@pytest.mark.parametrize("page", ["<html></html>", "<html><body><script>x</script></body></html>", "<!-- -->"])
def test_no_text(page: str) -> None:
    (outcome,) = outcomes(page.encode(), format="html")
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no-text"


@pytest.mark.parametrize(
    "script",
    ["{", "[]", "null", '{"@type": 7}', '{"@type": "NewsArticle", "author": 7, "headline": []}', "[" * 5_000, '"x"'],
)
def test_broken_structured_data(script: str) -> None:
    head = f'<script type="application/ld+json">{script}</script>'
    page = f'<html lang="xx-broken-tag-"><head>{head}</head><body>{PARAGRAPH}'
    assert only(outcomes(page.encode())).body.startswith("The port")


@pytest.mark.parametrize("address", ["http://[", "::", "javascript:x", "//", "\0"])
def test_broken_addresses(address: str) -> None:
    page = f'<html><head><link rel="canonical" href="{address}"></head><body>{PARAGRAPH}'
    assert only(outcomes(page.encode(), url="https://daily.example/a")).body.startswith("The port")


def test_limits() -> None:
    (refused,) = outcomes(b"<html><body>" + b"<p>x" * 200, limits=LimitsSettings(max_page_tags=100))
    assert isinstance(refused, ArticleTooLarge)
    (refused,) = outcomes(b"<html><body>" + b"<div>" * 2_000 + b"x")
    assert isinstance(refused, ArticleTooDeep)
