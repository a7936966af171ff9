import itertools
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import ids
from pipeline.errors import ArticleTooLarge, EmptyArticle, MissingKey, UndecodableRecord
from pipeline.records import Article
from pipeline.settings import LimitsSettings
from pipeline.wire.codec import encode
from tests.formats.reading import fixture, only, outcomes
from tests.samples import ARTICLE


def test_what_the_wire_writes_is_read_back() -> None:
    assert only(outcomes(encode(ARTICLE))) == ARTICLE


def test_json_lines() -> None:
    first, second, third = fixture("stories.jsonl")
    assert first == Article(
        id="lindholm-1",
        url="https://news.example/lindholm",
        publisher="Example News",
        headline="Port of Lindholm to reopen",
        authors=("Mina Sato",),
        published_at=datetime(2024, 4, 5, 14, 30, tzinfo=UTC),
        body="The port of Lindholm will reopen on Monday, the harbour authority said.",
        language="en",
        revision=2,
        extra={"section": "business"},
    )
    assert isinstance(second, Article)
    assert second.text == "Dockers dispute reopening of port"
    assert second.id == ids.article_id(url=None, headline=second.headline, body="")
    assert isinstance(third, Article)
    assert (third.language, third.authors, third.published_at) == ("de", (), None)


def test_an_array_holds_several_and_a_bad_one_does_not_stop_the_others() -> None:
    found = outcomes(b'[{"body": "One."}, {"body": 2}, null, [], {"headline": "  "}, {"id": 7, "body": "Two."}]')
    assert [outcome.body if isinstance(outcome, Article) else (outcome.item, str(outcome)) for outcome in found] == [
        "One.",
        (2, "undecodable: not readable as article: body: Input should be a valid string (item 2)"),
        (3, "undecodable: not readable as article: a JSON null, expected an object (item 3)"),
        (4, "undecodable: not readable as article: a JSON array, expected an object (item 4)"),
        (5, "empty: no headline and no body (item 5)"),
        "Two.",
    ]
    assert isinstance(found[-1], Article)
    assert found[-1].id == "7"


def test_the_id_is_of_the_url_where_there_is_one() -> None:
    article = only(outcomes(b'{"url": "https://news.example/a", "body": "One."}'))
    assert article.id == ids.article_id(url="https://news.example/a", headline=None, body="")


@pytest.mark.parametrize(
    ("given_time", "expected"),
    [
        ('"2024-04-05T14:30:00Z"', datetime(2024, 4, 5, 14, 30, tzinfo=UTC)),
        ('"2024-04-05T16:30:00+02:00"', datetime(2024, 4, 5, 14, 30, tzinfo=UTC)),
        ('"2024-04-05"', datetime(2024, 4, 5, tzinfo=UTC)),
        ('"Fri, 05 Apr 2024 16:30:00 +0200"', datetime(2024, 4, 5, 14, 30, tzinfo=UTC)),
        ("1712327400", datetime(2024, 4, 5, 14, 30, tzinfo=UTC)),
        ('""', None),
        ("null", None),
    ],
)
def test_times(given_time: str, expected: datetime | None) -> None:
    assert only(outcomes(f'{{"body": "x", "published_at": {given_time}}}'.encode())).published_at == expected


def test_an_embargo_is_read_and_a_broken_one_refused() -> None:
    article = only(outcomes(b'{"body": "x", "embargoed_until": "2024-04-06T06:00:00+02:00"}'))
    assert article.embargoed_until == datetime(2024, 4, 6, 4, tzinfo=UTC)
    assert article.extra == {"embargoed_until": "2024-04-06T04:00:00Z"}
    assert only(outcomes(encode(article))) == article
    (refused,) = outcomes(b'{"body": "x", "extra": {"embargoed_until": "soon"}}')
    assert isinstance(refused, UndecodableRecord)
    assert "embargoed_until" in refused.detail


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"{}", MissingKey),
        (b'{"text": "x"}', MissingKey),
        (b'{"body": ""}', EmptyArticle),
        (b'{"body": "\\u200b \\u00a0\\n"}', EmptyArticle),
        (b'{"body": "x", "revision": 0}', UndecodableRecord),
        (b'{"body": "x", "authors": [1]}', UndecodableRecord),
        (b'{"body": "x", "published_at": "soon"}', UndecodableRecord),
        (b'{"body": "x"', UndecodableRecord),
        (b'{"body": "%s"}' % (b"x" * 101), ArticleTooLarge),
    ],
)
def test_refusals(data: bytes, error: type) -> None:
    (refused,) = outcomes(data, format="json", limits=LimitsSettings(max_text_chars=100))
    assert type(refused) is error


def test_no_refusal_quotes_the_article() -> None:
    (refused,) = outcomes(b'{"body": ["a secret"], "published_at": "another secret"}')
    assert "secret" not in str(refused)


any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(any_text, any_text)
def test_arbitrary_text_survives_to_the_last_character(headline: str, body: str) -> None:
    (outcome,) = outcomes(orjson.dumps({"id": "a", "headline": headline, "body": body}))
    expected = "\n\n".join(part for part in (headline if headline.strip() else "", body) if part)
    if isinstance(outcome, Article):
        assert outcome.text == expected
        assert only(outcomes(encode(outcome))) == outcome
    else:
        assert isinstance(outcome, EmptyArticle)


@given(st.text())
def test_halves_of_characters_are_replaced_one_for_one(text: str) -> None:
    escaped = "".join(f"\\u{ord(char):04x}" if ord(char) < 0x10000 else char for char in text)
    (outcome,) = outcomes(f'{{"body": "x{escaped}"}}'.encode())
    expected = "".join("\ufffd" if char == "\0" or 0xD800 <= ord(char) < 0xE000 else char for char in text)
    # Two halves side by side are one character: then the lengths differ, and rightly.
    pair = any(0xD800 <= ord(a) < 0xDC00 <= ord(b) < 0xE000 for a, b in itertools.pairwise(text))
    assert isinstance(outcome, Article)
    assert pair or outcome.body == "x" + expected
    encode(outcome)


def test_backslashes_before_an_escape_are_counted() -> None:
    found = only(outcomes(rb'{"body": "\\\\ud800 \\\ud800 \ud83d\ude00 \ude00 \\ud83d\ude00"}'))
    assert found.body == "\\\\ud800 \\\ufffd 😀 \ufffd \\ud83d\ufffd"


def test_long_names_and_controls_do_not_reach_keys_and_headers() -> None:
    article = only(
        outcomes(orjson.dumps({"id": "a\r\nb\u202e", "publisher": "p" * 900, "url": "u" * 9_000, "body": "x"}))
    )
    assert article.id == "a b"
    assert len(article.publisher or "") == 500
    assert article.url is None
    long = only(outcomes(orjson.dumps({"id": "i" * 2_000, "body": "x"})))
    assert long.id.startswith("art_")


def test_extra_is_bounded_and_says_what_it_left_out() -> None:
    given_extra = {"small": 1, "large": "x" * 10_000, "inner": {"small": 2, "large": "x" * 10_000}}
    data = orjson.dumps({"body": "x", "extra": given_extra})
    assert only(outcomes(data)).extra == given_extra
    cut = only(outcomes(data, limits=LimitsSettings(max_extra_bytes=1_000))).extra
    assert cut == {"small": 1, "inner": {"small": 2, "dropped": ["large"]}, "dropped": ["large"]}


def test_language_tags_are_put_in_their_standard_form() -> None:
    assert only(outcomes(b'{"body": "x", "language": "EN_us"}')).language == "en-US"
    assert only(outcomes(b'{"body": "x", "language": "English"}')).language is None
