import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UndecodableRecord
from pipeline.records import Article, Claim, Record
from pipeline.wire.codec import decode, encode
from tests.samples import ARTICLE, CLAIM, NOON, RECORDS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_record_comes_back_as_it_was(record: Record) -> None:
    assert decode(type(record), encode(record)) == record


def test_a_claim_is_the_json_of_the_contract() -> None:
    value = orjson.loads(encode(CLAIM))
    assert list(value) == [
        "id",
        "article",
        "source",
        "cue",
        "content",
        "entities",
        "stances",
        "confidence",
        "annotator",
        "origin",
    ]
    assert value["article"]["published_at"] == "2024-04-08T12:00:00Z"
    assert value["source"]["spans"] == [[44, 60]]
    assert value["stances"] == [
        {"target": {"kind": "entity", "id": "ent_2", "text": "Israel"}, "label": "against", "confidence": 0.91}
    ]


# No lone surrogates: UTF-8 has none.
texts = st.text(st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
articles = st.builds(
    Article,
    id=texts,
    headline=st.none() | texts,
    authors=st.lists(texts, max_size=3).map(tuple),
    published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    body=texts,
    revision=st.integers(1, 2**31),
    extra=st.dictionaries(texts, json_values, max_size=3),
)


@given(articles)
def test_any_article_comes_back_as_it_was(article: Article) -> None:
    assert decode(Article, encode(article)) == article


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-04-08T12:00:00", NOON),
        ("2024-04-08T14:00:00+02:00", NOON),
        ("2024-04-08", NOON.replace(hour=0)),
    ],
)
def test_times_become_utc(written: str, meant: datetime) -> None:
    found = decode(Article, orjson.dumps({"id": "a", "published_at": written})).published_at
    assert found == meant
    assert found.tzinfo is not None
    assert found.utcoffset() == timedelta(0)


def test_unknown_fields_are_passed_over() -> None:
    assert decode(Article, b'{"id": "a", "body": "b", "mood": 3}') == Article(id="a", body="b")


def changed(**fields: Any) -> bytes:
    return orjson.dumps({**orjson.loads(encode(CLAIM)), **fields})


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 2000, "no JSON"),
        (b"null", "value"),
        (changed(confidence=1.5), "confidence"),
        (changed(cue={"text": "told", "spans": [[5, 2]]}), r"cue\.spans\.0"),
        (changed(cue={"text": "told", "spans": [[-1, 2]]}), r"cue\.spans\.0"),
        (changed(entities=[{"id": "e", "name": "n", "type": "Animal"}]), r"entities\.0\.type"),
    ],
)
def test_what_is_no_claim_is_refused_and_the_field_named(data: bytes, field: str) -> None:
    with pytest.raises(UndecodableRecord, match=field) as caught:
        decode(Claim, data)
    assert caught.value.format == "Claim"


def test_a_refusal_never_quotes_the_body() -> None:
    with pytest.raises(UndecodableRecord) as caught:
        decode(Article, orjson.dumps({"id": 3, "body": ["private words"], "published_at": "secret day"}))
    assert "private" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_time_beyond_the_calendar_is_refused() -> None:
    beyond = datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))).isoformat()
    with pytest.raises(UndecodableRecord, match="published_at"):
        decode(Article, orjson.dumps({"id": "a", "published_at": beyond}))


def test_a_lone_surrogate_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        encode(Article(id="a", body="\ud800"))


def test_numbers_that_json_lacks_become_null() -> None:
    assert orjson.loads(encode(Article(id="a", extra={"score": math.nan})))["extra"] == {"score": None}
    assert ARTICLE.extra["section"] == "world"
