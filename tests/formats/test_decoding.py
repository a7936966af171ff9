import gzip
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ArticleRefused
from pipeline.formats import FORMATS, Outcome, Skipped, Withdrawal
from pipeline.records import Article
from pipeline.wire.codec import encode
from tests.formats.reading import FIXTURES, only, outcomes

WHOLE = [path.read_bytes() for path in sorted(FIXTURES.iterdir())]


def check(found: list[Outcome]) -> None:
    assert found
    for outcome in found:
        assert isinstance(outcome, Article | Withdrawal | Skipped | ArticleRefused)
        if isinstance(outcome, Article):
            assert only(outcomes(encode(outcome), format="json")) == outcome
            assert outcome.id
            assert outcome.text.strip()
            assert "\0" not in outcome.text
        else:
            assert "its parser failed" not in str(outcome), outcome
            if isinstance(outcome, ArticleRefused | Skipped):
                assert outcome.reason
                str(outcome).encode()


@given(st.binary(max_size=2_000), st.sampled_from([None, *FORMATS]))
def test_no_bytes_raise(data: bytes, format: str | None) -> None:
    check(outcomes(data, format=format))


@given(st.text(max_size=2_000), st.sampled_from([None, *FORMATS]))
def test_no_text_raises(text: str, format: str | None) -> None:
    check(outcomes(text.encode("utf-8", "surrogatepass"), format=format))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_no_damage_to_a_document_raises(document: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(document)))
    gone = data.draw(st.integers(0, 200))
    new = data.draw(
        st.one_of(st.binary(max_size=20), st.sampled_from([b"<", b"&", b'"', b"\0", b"]]>", b"{", b"\xff"]))
    )
    check(outcomes(document[:at] + new + document[at + gone :]))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)
KEYS = (
    "id uri url version type items title headline headlines body bodies body_text body_xhtml authors author language "
    "published_at revision extra pubstatus embargoed versioncreated content_html content_text renditions value role"
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(KEYS.split()), json_values, max_size=8),
    st.sampled_from([{}, {"version": "https://jsonfeed.org/version/1.1"}, {"uri": "urn:a", "altids": []}]),
)
def test_no_json_object_raises(value: dict[str, object], marks: dict[str, object]) -> None:
    check(outcomes(json.dumps({**value, **marks}).encode("utf-8", "surrogatepass")))


def test_the_address_is_that_of_articles_that_give_none() -> None:
    assert only(outcomes(b"The bridge is closed.", url="https://news.example/a")).url == "https://news.example/a"
    packed = gzip.compress(b'{"body": "x", "url": "https://news.example/b"}')
    assert only(outcomes(packed, url="https://news.example/a")).url == "https://news.example/b"
