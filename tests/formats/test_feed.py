from datetime import UTC, datetime

import pytest

from pipeline import ids
from pipeline.errors import ArticleTooLarge, UndecodableRecord
from pipeline.formats import Skipped
from pipeline.records import Article
from pipeline.settings import LimitsSettings
from tests.formats.reading import FIXTURES, articles, fixture, only, outcomes

MOMENT = datetime(2024, 4, 5, 14, 30, tzinfo=UTC)


def rss(items: str, channel: str = "") -> bytes:
    return f'<rss version="2.0"><channel>{channel}{items}</channel></rss>'.encode()


def test_rss_2() -> None:
    story, union, gallery = fixture("rss_2.xml")
    assert isinstance(story, Article)
    assert story.id == "https://daily.example/#1234"
    assert story.url == "https://daily.example/lindholm"
    assert story.headline == "Port of Lindholm to reopen"
    assert story.body == "The port of Lindholm will reopen on Monday.\n\n“Nothing has been signed,” said Tom Okafor."
    assert story.authors == ("Mina Sato", "Leo Brandt")
    assert story.publisher == "Example Daily"
    assert story.published_at == MOMENT
    assert story.language == "en-US"
    assert story.revision == 1
    assert story.extra == {
        "rights": "© 2024 Example Daily",
        "feed": {"home": "https://daily.example/", "guid": "1234", "keywords": ["business"]},
    }
    assert isinstance(union, Article)
    assert union.id == union.url == "https://daily.example/dockers"
    assert gallery == Skipped("https://daily.example/gallery", "no-text", "an entry with neither a title nor a text")


def test_rdf_and_rss_091() -> None:
    rdf = only(fixture("rdf.xml"))
    assert (rdf.id, rdf.published_at, rdf.language) == ("https://daily.example/lindholm", MOMENT, "en")
    assert rdf.extra["rights"] == "© Example Daily"
    old = only(fixture("rss_091.xml"))
    assert old.id == ids.article_id(url="https://daily.example/lindholm", headline=None, body="")
    assert old.body == "The port will reopen élan."


def test_atom() -> None:
    read = articles(fixture("atom.xml"))
    german = read["tag:daily.example,2024:lindholm"]
    assert german.headline == "Hafen & Stadt"
    assert german.body == "Der Hafen öffnet am Montag.\n\nDie Gewerkschaft widerspricht."
    assert (german.language, german.authors) == ("de", ("Leo Brandt",))
    assert german.published_at == datetime(2024, 4, 5, 13, tzinfo=UTC)
    assert german.revision == int(MOMENT.timestamp())
    union = read["tag:daily.example,2024:union"]
    assert union.body == "Nothing <has> been signed."
    assert (union.url, union.authors, union.language) == (None, ("The Editors",), "en")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1251", "Порт откроется в понедельник, сообщила администрация."),
        ("koi8-r", "Порт откроется в понедельник, сообщила администрация."),
        ("Shift_JIS", "港は月曜日に再開すると、当局が発表した。"),
        ("UTF-16", "Порт откроется в понедельник, сообщила администрация."),
        ("gb2312", "港口将于星期一重新开放。"),
    ],
)
def test_encodings(encoding: str, text: str) -> None:
    body = f"<rss version='2.0'><channel><item><description>{text}</description></item></channel></rss>"
    declared = f"<?xml version='1.0' encoding='{encoding}'?>{body}".encode(encoding)
    assert only(outcomes(declared)).body == text
    assert only(outcomes(body.encode(encoding), content_type=f"application/rss+xml; charset={encoding}")).body == text
    # The transport knows better than the document, and the bytes better than both.
    wrong = f"<?xml version='1.0' encoding='{encoding}'?>{body}".encode()
    assert only(outcomes(wrong, content_type="text/xml; charset=utf-8", name="feed.xml")).body == text


def test_a_malformed_feed_is_read_as_far_as_it_goes() -> None:
    data = rss("<item><title>Port & dock</title><description>a < b</description></item><item><title>Cut off")
    one, other = outcomes(data)
    assert isinstance(one, Article)
    assert (one.headline, one.extra["malformed"] != "") == ("Port & dock", True)
    assert isinstance(other, Skipped)


def test_no_feed_at_all() -> None:
    (refused,) = outcomes(b"garbage", content_type="application/rss+xml")
    assert isinstance(refused, UndecodableRecord)
    (skipped,) = outcomes(rss("", "<title>Empty</title>"))
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "no-items"


def test_two_feeds_do_not_share_their_ids() -> None:
    item = "<item><guid isPermaLink='false'>7</guid><title>Port</title></item>"
    one = only(outcomes(rss(item, "<link>https://one.example/</link>")))
    other = only(outcomes(rss(item, "<link>https://other.example/</link>")))
    assert one.id != other.id


def test_a_language_that_is_only_the_software_s_default() -> None:
    german = "Der Hafen öffnet am Montag nach langem Streik wieder, teilte die Behörde am Freitag mit. " * 5
    article = only(outcomes(rss(f"<item><description>{german}</description></item>", "<language>en</language>")))
    assert article.language == "de"
    assert article.extra["language_declared"] == "en"


def test_nothing_is_fetched_or_opened() -> None:
    # feedparser takes a string that names a file or an address for that.
    name = str(FIXTURES / "rss_2.xml")
    assert all(not isinstance(outcome, Article) for outcome in outcomes(name.encode(), format="feed"))


def test_too_many_entries() -> None:
    data = rss("<item><title>Port</title></item>" * 20)
    (refused,) = outcomes(data, limits=LimitsSettings(max_items=10))
    assert isinstance(refused, ArticleTooLarge)
