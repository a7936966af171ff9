from datetime import UTC, datetime

import pytest

from pipeline.errors import ArticleTooLarge, UndecodableRecord
from pipeline.formats import Skipped, Withdrawal
from pipeline.settings import LimitsSettings
from tests.formats.reading import FIXTURES, articles, fixture, only, outcomes

AGENCY = "urn:newsml:agency.example:20240405:"
NAMESPACE = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'


def item(content: str, meta: str = "", attributes: str = 'guid="urn:a" version="2"') -> bytes:
    return (
        f"<newsItem {NAMESPACE} {attributes}><itemMeta><itemClass qcode='ninat:text'/>{meta}</itemMeta>"
        f"<contentMeta><headline>Port to reopen</headline></contentMeta><contentSet>{content}</contentSet></newsItem>"
    ).encode()


def test_a_story_in_nitf() -> None:
    article = articles(fixture("newsml_g2_message.xml"))[AGENCY + "lindholm"]
    assert article.revision == 7
    assert article.headline == "Port of Lindholm to reopen on Monday, authority says"
    assert article.body == (
        "LINDHOLM (Example) - The port of Lindholm will reopen on Monday.\n\nDispute\n\n"
        "“Nothing has been signed,” said Tom Okafor."
    )
    assert article.authors == ("Mina Sato",)
    assert article.publisher == "Example Agency"
    assert article.published_at == datetime(2024, 4, 5, 13, tzinfo=UTC)
    assert article.url == "https://agency.example/lindholm"
    assert article.language == "en-GB"
    assert article.extra == {
        "rights": "© 2024 Example Agency No use after 30 days.",
        "status": "usable",
        "updated_at": "2024-04-05T14:30:00Z",
        "newsml-g2": {
            "slugline": "PORT-LINDHOLM",
            "editorial_note": "Adds union.",
            "urgency": "4",
            "provider": "nprov:EXA",
            "signals": ["update"],
            "subjects": [{"code": "medtop:20000533", "name": "strike"}],
            "content_byline": "By Mina Sato, Staff Reporter",
        },
    }


def test_stories_in_xhtml_in_plain_text_and_in_the_headline_alone() -> None:
    read = articles(fixture("newsml_g2_message.xml"))
    xhtml = read[AGENCY + "xhtml"]
    assert xhtml.body == "Der Hafen öffnet\nam Montag.\n\nDie Gewerkschaft widerspricht."
    assert (xhtml.language, xhtml.authors) == ("de", ("Leo Brandt",))
    assert xhtml.revision == int(datetime(2024, 4, 5, 14, 30, tzinfo=UTC).timestamp())
    assert read[AGENCY + "plain"].body == "The port will reopen.\n\nThe union disputes it."
    assert read[AGENCY + "flash"].text == "FLASH: Port of Lindholm to reopen - authority"


def test_embargoes() -> None:
    read = articles(fixture("newsml_g2_message.xml"))
    assert read[AGENCY + "embargoed"].embargoed_until == datetime(2024, 4, 6, 4, tzinfo=UTC)
    assert read[AGENCY + "embargoed-without-end"].embargoed_until == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert read[AGENCY + "lindholm"].embargoed_until is None


def test_what_holds_no_article() -> None:
    found = fixture("newsml_g2_message.xml")
    assert [(o.item, o.reason) for o in found if isinstance(o, Skipped)] == [
        (AGENCY + "pkg", "package"),
        (AGENCY + "picture", "picture"),
        (AGENCY + "concept", "concept"),
    ]
    assert [o for o in found if isinstance(o, Withdrawal)] == [
        Withdrawal(AGENCY + "canceled", AGENCY + "canceled", 8),
    ]


@pytest.mark.parametrize(
    ("status", "withdrawn"),
    [
        ('qcode="stat:canceled"', True),
        ('qcode="stat:withheld"', True),
        ('qcode="status:Canceled"', True),
        ('uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"', True),
        ('qcode="stat:usable"', False),
        ("", False),
    ],
)
def test_statuses(status: str, withdrawn: bool) -> None:
    (outcome,) = outcomes(item("<inlineData>The port.</inlineData>", f"<pubStatus {status}/>"))
    assert isinstance(outcome, Withdrawal) is withdrawn


def test_a_withdrawal_that_names_no_article() -> None:
    (outcome,) = outcomes(item("", "<pubStatus qcode='stat:canceled'/>", ""))
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "withdrawn"


def test_results_are_no_story() -> None:
    (outcome,) = outcomes(item("<inlineXML><sports-content xmlns='x'><p>1:0</p></sports-content></inlineXML>"))
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no-text"


def test_the_first_content_with_a_text_is_taken() -> None:
    contents = (
        "<remoteContent href='a.jpg'/><inlineXML/><inlineData contenttype='text/html'>&lt;p>a&lt;/p>b</inlineData>"
    )
    assert only(outcomes(item(contents))).body == "a\n\nb"


def test_content_in_base64() -> None:
    content = "<inlineData contenttype='text/plain' encoding='enc:base64'>VGhlIHBvcnQu</inlineData>"
    assert only(outcomes(item(content))).body == "The port."


def test_prefixes_and_missing_namespaces() -> None:
    data = (FIXTURES / "newsml_g2_message.xml").read_text()
    expected = articles(fixture("newsml_g2_message.xml")).keys()
    without = data.replace('xmlns="http://iptc.org/std/nar/2006-10-01/"', "")
    assert articles(outcomes(without.encode())).keys() == expected
    prefixed = item("<inlineData>The port.</inlineData>").decode()
    for name in ("newsItem", "itemMeta", "itemClass", "contentMeta", "headline", "contentSet", "inlineData"):
        prefixed = prefixed.replace(f"<{name}", f"<n:{name}").replace(f"</{name}", f"</n:{name}")
    assert only(outcomes(prefixed.replace("xmlns=", "xmlns:n=").encode())).body == "The port."


def test_utf16_and_a_wrong_declaration() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?>' + item("<inlineData>Порт открыт.</inlineData>").decode()
    assert only(outcomes(text.encode("utf-16"))).body == "Порт открыт."
    assert only(outcomes(text.encode("utf-8"))).body == "Порт открыт."
    assert only(outcomes(text.replace("UTF-16", "windows-1251").encode("cp1251"))).body == "Порт открыт."
    assert only(outcomes(text.replace("UTF-16", "ISO-8859-1").encode("utf-8"))).body == "Порт открыт."


def test_a_cut_off_document_is_refused_with_its_place() -> None:
    (refused,) = outcomes((FIXTURES / "newsml_g2_message.xml").read_bytes()[:2_000])
    assert isinstance(refused, UndecodableRecord)
    assert "line" in refused.detail


def test_too_many_items() -> None:
    (refused,) = outcomes((FIXTURES / "newsml_g2_message.xml").read_bytes(), limits=LimitsSettings(max_items=3))
    assert isinstance(refused, ArticleTooLarge)
