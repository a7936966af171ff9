import orjson

from pipeline.formats import Withdrawal
from pipeline.ids import article_id
from pipeline.processors.decoding import decode
from pipeline.records import Article
from pipeline.settings import LimitsSettings
from pipeline.wire.received import Received

LIMITS = LimitsSettings(max_record_bytes=1000)


def record(key: bytes | None, value: bytes | None, content_type: bytes = b"application/json") -> Received:
    return Received("raw", 0, 0, 0, key, value, [("content-type", content_type)])


def test_an_article_keeps_its_own_id() -> None:
    (article,) = decode(record(b"key", b'{"id": "own", "body": "x"}'), LIMITS).wishes
    assert isinstance(article, Article)
    assert article.id == "own"


def test_an_article_without_an_id_has_that_of_its_key() -> None:
    for data, content_type in ((b'{"body": "x"}', b"application/json"), (b"A text.", b"text/plain")):
        (article,) = decode(record(b"key", data, content_type), LIMITS).wishes
        assert isinstance(article, Article)
        assert article.id == "key"
        (article,) = decode(record(None, data, content_type), LIMITS).wishes
        assert isinstance(article, Article)
        assert article.id == article_id(url=None, headline=None, body=article.body)


def test_several_articles_cannot_all_be_the_keys() -> None:
    lines = b"\n".join(orjson.dumps({"body": body}) for body in ("one", "two"))
    wishes = decode(record(b"key", lines, b"application/x-ndjson"), LIMITS).wishes
    assert len(wishes) == 2
    assert all(isinstance(wish, Article) and wish.id.startswith("art_") for wish in wishes)


def test_a_null_value_withdraws() -> None:
    assert decode(record("ключ".encode(), None), LIMITS).wishes == [Withdrawal("ключ")]


def test_what_names_nothing_withdraws_nothing() -> None:
    for key in (None, b"", b"\xff"):
        decoded = decode(record(key, None), LIMITS)
        assert [error.reason for error in decoded.refused] == ["null-without-key"]
        assert decoded.wishes == []


def test_a_record_that_is_too_large() -> None:
    decoded = decode(record(b"k", b"x" * 2000, b"text/plain"), LIMITS)
    assert [error.reason for error in decoded.refused] == ["too-large"]
