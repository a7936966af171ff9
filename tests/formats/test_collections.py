"""The collections of feeds and agency files beside the checkout: every file ends as an article, a skip or a refusal."""

import ast
import re
import tarfile
from calendar import timegm
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ArticleRefused
from pipeline.formats import Skipped, decode
from pipeline.formats.markup import html_text, one_line
from pipeline.records import Article
from tests.formats.reading import LIMITS

EXPECT = re.compile(
    r"entries\[0\](?:\['(?P<key>\w+)'\]|\.(?P<name>\w+))"
    r"(?P<path>(?:\[\d\]|\['\w+'\]|\.\w+)*) == (?P<value>.+?)\s*$"
)
HEADER = re.compile(r"Header:\s+(Content-[a-z]+):\s*(.+)", re.IGNORECASE)
SERVER = "http://127.0.0.1:8097/tests/feed.xml"  # where feedparser's own tests fetch these files from
ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


def feedparser_files(shared: Path) -> dict[str, bytes]:
    with tarfile.open(shared / "data/feeds/feedparser.tar.gz") as archive:
        return {member.name: file.read() for member in archive if (file := archive.extractfile(member)) is not None}


def test_every_file_has_an_end(shared: Path) -> None:
    files = feedparser_files(shared)
    for folder in ("newsml_g2", "ninjs"):
        root = shared / "data/feeds" / folder
        files |= {str(path.relative_to(root.parent)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert len(files) > 450
    ends: Counter[str] = Counter()
    for name, data in files.items():
        found = list(decode(data, name=name, limits=LIMITS))
        assert found, name
        for outcome in found:
            if isinstance(outcome, Article):
                ends["article"] += 1
                continue
            assert isinstance(outcome, Skipped | ArticleRefused), name
            ends[outcome.reason] += 1
            assert outcome.detail, name
            assert "its parser failed" not in outcome.detail, name
    # Of what holds articles nothing is refused; the schemas beside the examples are no articles.
    assert ends["unknown-format"] == 20
    assert {reason for reason in ends if reason in ("undecodable", "empty", "missing-key", "too-large")} == set()


def expectation(data: bytes) -> tuple[str, str, Any] | None:
    """What a file's comment says of a field that an article has: its key, the rest of the path, the value."""
    text = data.decode("utf-8", "replace")
    found = re.search(r"Expect:\s+(.+)", text)
    match = EXPECT.search(found[1]) if found else None
    if match is None:
        return None
    try:
        return match["key"] or match["name"], match["path"], ast.literal_eval(match["value"])
    except (ValueError, SyntaxError):
        return None


def read(data: bytes) -> Article | None:
    headers = {name.lower(): value.strip() for name, value in HEADER.findall(data.decode("latin-1"))}
    content_type, url = headers.get("content-type"), headers.get("content-location", SERVER)
    found = list(decode(data, name="feed.xml", content_type=content_type, url=url, limits=LIMITS))
    return found[0] if found and isinstance(found[0], Article) else None


def agrees(article: Article, key: str, path: str, value: Any) -> bool | None:
    """Whether the article says what the file's comment does; None: no field of ours."""
    feed: Any = article.extra.get("feed", {})
    if key == "title" and not path:
        return article.headline == one_line(html_text(value))
    if (key in ("description", "summary") and not path) or (key == "content" and path == "[0]['value']"):
        return article.body == html_text(value) or article.body == value
    if key in ("id", "guid") and not path:
        return bool(feed["guid"] == value and article.id.endswith(value))
    if key == "link" and not path:
        return article.url == (value if "://" in value else None)
    if (key == "author_detail" and path in ("['name']", ".name")) or (key == "authors" and path.endswith("['name']")):
        return article.authors == (value,)
    if key == "published_parsed" or key == "created_parsed" or key == "updated_parsed":
        return article.published_at == datetime.fromtimestamp(timegm(value), UTC)
    if path.endswith(("['language']", ".language")) or key == "language":
        return (article.language or "").lower() == (value or "").lower()
    if key in ("rights", "copyright") and not path:
        return article.extra["rights"] == one_line(html_text(value))
    if (key == "category" and not path) or (key == "tags" and path.endswith(("['term']", ".term"))):
        return value in feed["keywords"]
    return None


# Where an article differs from the entry on purpose.
ON_PURPOSE = {
    "entry_content_and_summary.xml": "the body is the content, not the summary",
    "entry_content_xml_lang_blank.xml": "the language that is not told is detected",
    "entry_content_xml_lang_blank_2.xml": "the same",
    "entry_summary_xml_lang_blank.xml": "the same",
    "entry_title_xml_lang_blank.xml": "the same",
    "entry_title_xml_lang_inherit_3.xml": "the language is that of the text, not of the title",
    "entry_title_xml_lang_inherit_4.xml": "the same",
    "http_content_language_entry_title_inherit_2.xml": "a transport's language is not passed on to formats",
}


def test_feeds_say_what_their_comments_say(shared: Path) -> None:
    checked, wrong = Counter[str](), []
    for name, data in feedparser_files(shared).items():
        expected = expectation(data)
        if expected is None or "entries[0]" not in data.decode("latin-1"):
            continue
        article = read(data)
        if article is None and expected[0] not in ("title", "description", "summary", "content"):
            # An entry without any text is no article; with a title it is one, and its other fields show.
            article = read(ENTRY.sub(lambda match: match[0] + b"<title>Port to reopen</title>", data, count=1))
        result = agrees(article, *expected) if article else None
        if result is not None and Path(name).name not in ON_PURPOSE:
            checked[expected[0]] += 1
            if not result:
                wrong.append((name, expected, article))
    assert wrong == []
    assert sum(checked.values()) > 110, checked


@pytest.mark.parametrize("name", ["seed_article.txt"])
def test_the_seed_story(shared: Path, name: str) -> None:
    (article,) = decode((shared / "data/news" / name).read_bytes(), name=name, limits=LIMITS)
    assert isinstance(article, Article)
    assert article.headline == "Hamas, Israel say no progress in Gaza truce talks"
    assert article.body.startswith("Israeli and Hamas officials say")
    assert article.language == "en"
