"""RSS 0.9x to 2.0, RDF (RSS 1.0) and Atom, by feedparser: each entry an article, malformed feeds as far as they go."""

from __future__ import annotations

import io
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from time import struct_time
from typing import Any

from pipeline.errors import ArticleRefused, ArticleTooLarge, UndecodableRecord
from pipeline.formats import bylines, language_tags, markup
from pipeline.formats.building import Fields, article, item_name
from pipeline.formats.encoding import Decoded, decoded
from pipeline.formats.feed_ids import item_id
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source
from pipeline.formats.xml_text import declared_encoding, root_name, without_entities
from pipeline.settings import LimitsSettings

NAME = "feed"

_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_ATOM = "http://www.w3.org/2005/Atom"
_KEPT = ("comments", "expired", "license", "source", "subtitle", "enclosures", "contributors", "publisher", "where")


def sniff(head: str) -> bool:
    """Whether the root element is that of a feed, or of a single entry of Atom."""
    name = (root_name(head) or "").lower()
    return name in _ROOTS or (name == "entry" and _ATOM in head)


def decode(source: Source) -> Iterator[Outcome]:
    """Each entry of the feed. Raises ArticleTooLarge, UnsafeMarkup, UndecodableRecord."""
    data = source.read()
    found = decoded(data, source.charset, declared_encoding(data))
    text = without_entities(found.text)
    entries = text.count("<item") + text.count("<entry")  # or a few more: names may only begin like that
    if entries > source.limits.max_items:
        raise ArticleTooLarge(entries, source.limits.max_items, "items")
    if (tags := text.count("<")) > source.limits.max_tags:
        raise ArticleTooLarge(tags, source.limits.max_tags, "tags")
    import feedparser  # here: a processor starts without it, and seldom sees a feed

    # As a stream: a string feedparser would take for an address to fetch or a file to open.
    feed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": source.url or ""},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    fault = _fault(feed)
    if not feed.entries and not feed.get("version"):
        raise UndecodableRecord(NAME, fault or "neither RSS, RDF nor Atom")
    for number, entry in enumerate(feed.entries, 1):
        try:
            yield _outcome(entry, feed.feed, source.limits, number, found, fault)
        except ArticleRefused as refused:
            yield refused


def _outcome(
    entry: Any, feed: Any, limits: LimitsSettings, number: int, encoding: Decoded, fault: str | None
) -> Outcome:
    given = _string(entry.get("id"))
    headline = markup.one_line(_text(entry.get("title_detail")))
    body = _body(entry)
    name = item_name(given or _string(entry.get("link")), number)
    if not headline and not body:
        return Skipped(name, "no-text", "an entry with neither a title nor a text")
    updated = _time(entry, "updated")
    fields = Fields(
        id=item_id(given, _home(feed)) if given else None,
        url=_address(entry.get("link")),
        publisher=_string(entry.get("source", {}).get("title"))
        or _string(feed.get("title"))
        or _publisher(entry, feed),
        headline=headline,
        authors=_authors(entry) or _authors(feed),
        published_at=_time(entry, "published") or _time(entry, "created") or updated,
        updated_at=updated,
        body=body,
        language=_language(entry, feed),
        rights=markup.one_line(_text(entry.get("rights_detail")) or _text(feed.get("rights_detail"))),
        more=_more(entry, feed),
    )
    return article(fields, limits, format=NAME, item=name, encoding=encoding, fault=fault, trust_language=False)


def _fault(feed: Any) -> str | None:
    import feedparser

    error = feed.get("bozo_exception") if feed.get("bozo") else None
    if error is None or isinstance(error, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType):
        return None
    return str(error).replace("<unknown>:", "line ")[:200] or type(error).__name__


def _body(entry: Any) -> str:
    """The longest of the full texts, else the summary."""
    texts = [_text(content) for content in entry.get("content", ())]
    full = max((text for text in texts if text), key=len, default="")
    return full or _text(entry.get("summary_detail")) or ""


def _text(detail: Any) -> str | None:
    """The running text of one of feedparser's details: a value and its media type."""
    if not detail or not isinstance(value := detail.get("value"), str):
        return None
    if (detail.get("type") or "text/html") in ("text/html", "application/xhtml+xml"):
        return markup.html_text(value)
    return markup.plain_paragraphs(value)


def _authors(holder: Any) -> tuple[str, ...]:
    named = tuple(name for author in holder.get("authors", ()) if (name := _string(author.get("name"))))
    return tuple(name for one in named for name in bylines.authors(one))


def _publisher(entry: Any, feed: Any) -> str | None:
    return _string(entry.get("publisher")) or _string(feed.get("publisher")) or _string(feed.get("link"))


def _address(link: object) -> str | None:
    """`link`, where it is an address: feedparser takes an id for one, and a relative one may have no base."""
    text = _string(link)
    return text if text and "://" in text else None


def _home(feed: Any) -> str | None:
    return _string(feed.get("link")) or _string(feed.get("id"))


def _language(entry: Any, feed: Any) -> str | None:
    """That of the text, which Atom tells with `xml:lang`, else of the entry, else of the feed."""
    contents = [*entry.get("content", ()), entry.get("summary_detail") or {}, entry.get("title_detail") or {}]
    told = [content.get("language") for content in contents] + [entry.get("language"), feed.get("language")]
    return next(filter(None, map(language_tags.standard, told)), None)


def _time(entry: Any, name: str) -> datetime | None:
    # feedparser answers `updated` with `published` where there is none; dict.get tells them apart.
    moment = dict.get(entry, f"{name}_parsed")
    if not isinstance(moment, struct_time):
        return None
    try:
        return datetime.fromtimestamp(timegm(moment), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _more(entry: Any, feed: Any) -> dict[str, Any]:
    more = {
        "home": _home(feed),
        "guid": _string(entry.get("id")),
        "keywords": [tag["term"] for tag in entry.get("tags", ()) if tag.get("term")],
        **{name: dict.get(entry, name) for name in _KEPT},
    }
    return {name: value for name, value in more.items() if value}


def _string(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
