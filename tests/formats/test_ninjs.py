from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from pipeline.errors import MissingKey
from pipeline.formats import Skipped, Withdrawal
from pipeline.formats.ninjs import recognises
from tests.formats.reading import articles, fixture, only, outcomes

KEYS = """
type version pubstatus headline headlines bodies body_text body_xhtml descriptions renditions language by embargoed
infosources copyrightholder versioncreated title
"""


def item(**keys: Any) -> bytes:
    return orjson.dumps({"uri": "urn:example:a", "versioncreated": "2024-04-05T14:30:00Z", **keys})


def test_generation_1() -> None:
    article = only(fixture("ninjs_1.json"))
    assert article.id == "urn:example:lindholm-port"
    assert article.revision == 3
    assert article.headline == "Port of Lindholm to reopen on Monday, authority says"
    assert article.body == (
        "The port of Lindholm will reopen on Monday.\n\n"
        "“We have an agreement that both sides can live with,” said Ada Berg."
    )
    assert article.authors == ("Mina Sato", "Leo Brandt")
    assert article.publisher == "Example Agency"
    assert article.published_at == datetime(2024, 4, 5, 13, tzinfo=UTC)
    assert article.language == "en-GB"
    assert article.url == "https://agency.example/lindholm"
    assert article.extra["rights"] == "© 2024 Example Agency No use after 30 days."
    assert article.extra["updated_at"] == "2024-04-05T14:30:00Z"
    assert article.extra["status"] == "usable"
    assert article.extra["ninjs"] == {
        "type": "text",
        "urgency": 4,
        "byline": "By Mina Sato and Leo Brandt",
        "copyrightholder": "Example Agency",
        "subject": [{"name": "strike", "rel": "about"}],
    }


def test_generation_2() -> None:
    article = only(fixture("ninjs_2.json"))
    assert article.headline == "Port of Lindholm to reopen"
    assert article.body == "The port will reopen.\n\nThe union disputes it."
    assert (article.revision, article.authors, article.publisher) == (4, ("Mina Sato",), "Example Agency")
    assert article.url == article.id


def test_generation_3_and_an_array_of_items() -> None:
    found = fixture("ninjs_3.json")
    read = articles(found)
    assert read["urn:example:nitf-body"].body == "The port will reopen.\n\nThe union disputes it."
    assert read["urn:example:nitf-body"].published_at == datetime(2024, 4, 5, 13, tzinfo=UTC)
    assert read["urn:example:nitf-body"].revision == int(datetime(2024, 4, 5, 14, 30, tzinfo=UTC).timestamp())
    assert read["urn:example:summary-only"].body == "The port of Lindholm will reopen on Monday."
    assert read["urn:example:embargoed"].embargoed_until == datetime(2024, 4, 6, 4, tzinfo=UTC)
    assert [outcome for outcome in found if isinstance(outcome, Withdrawal)] == [
        Withdrawal("urn:example:canceled", "urn:example:canceled", 5),
        Withdrawal("urn:example:withheld", "urn:example:withheld", None),
    ]
    assert [(o.item, o.reason) for o in found if isinstance(o, Skipped)] == [
        ("urn:example:picture", "picture"),
        ("urn:example:event", "event"),
        ("urn:example:package", "package"),
        ("urn:example:empty", "no-text"),
    ]


def test_an_embargo_whose_end_cannot_be_read_has_none() -> None:
    article = only(outcomes(item(headline="Port to reopen", embargoed="tomorrow")))
    assert article.embargoed_until == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_picture_with_a_text_of_its_own_is_an_article() -> None:
    assert only(outcomes(item(type="picture", body_text="The port, seen from the sea."))).body


def test_markup_in_a_headline_and_in_plain_text() -> None:
    found = only(outcomes(item(headline="Port <b>to</b> reopen", bodies=[{"value": "<p>a</p><p>b</p>"}])))
    assert (found.headline, found.body) == ("Port to reopen", "a\n\nb")
    assert only(outcomes(item(body_text="a < b and c > d"))).body == "a < b and c > d"


def test_a_broken_nitf_body_does_not_hide_the_plain_one() -> None:
    bodies = [{"role": "nitf", "value": "<nitf><body>"}, {"contentType": "text/plain", "value": "The port."}]
    assert only(outcomes(item(bodies=bodies))).body == "The port."


@pytest.mark.parametrize(
    ("value", "is_ninjs"),
    [
        ({"uri": "a", "type": "text"}, True),
        ({"uri": "a", "versionCreated": "x"}, True),
        ({"uri": "a", "body": "x"}, False),
        ({"uri": "a"}, False),
        ({"headline": "x", "type": "text"}, False),
        ({"uri": "a", "type": ["text"]}, False),
    ],
)
def test_recognised_by_its_keys(value: dict[str, Any], is_ninjs: bool) -> None:
    assert recognises(value) is is_ninjs


def test_named_but_something_else() -> None:
    (refused,) = outcomes(b'{"name": "x"}', format="ninjs")
    assert isinstance(refused, MissingKey)


@pytest.mark.parametrize("wrong", [1, True, [], {}, [[]], "x", {"value": 1}, [{"value": 1}], [{"value": []}]])
@pytest.mark.parametrize("key", KEYS.split())
def test_a_key_of_the_wrong_kind_is_passed_over(key: str, wrong: object) -> None:
    (outcome,) = outcomes(orjson.dumps({"uri": "urn:a", "altids": [], "headline": "Port to reopen", key: wrong}))
    assert "its parser failed" not in str(outcome)
