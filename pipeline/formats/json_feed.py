"""JSON Feed 1.0 and 1.1: each item an article."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import ArticleRefused, ArticleTooLarge, MissingKey
from pipeline.formats import dates, json_values, language_tags, markup
from pipeline.formats.building import Fields, article, item_name
from pipeline.formats.feed_ids import item_id
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source
from pipeline.settings import LimitsSettings

NAME = "json-feed"

_USED_WORDS = """
id url title content_html content_text date_published date_modified language author authors
"""
_USED = frozenset(_USED_WORDS.split())


def recognises(value: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a JSON Feed: its `version` is an address of the format."""
    version = value.get("version")
    return isinstance(version, str) and "jsonfeed.org/version" in version


def decode(source: Source) -> Iterator[Outcome]:
    """Each item of the feed."""
    return json_values.decode_as(source, decode_value)


def decode_value(feed: dict[str, Any], limits: LimitsSettings, item: int | str | None) -> Iterator[Outcome]:
    """Each item of a feed; `item`: which of several feeds. Raises ArticleRefused where it is no feed."""
    items = feed.get("items")
    if not isinstance(items, list):
        raise MissingKey("items", item=item)
    if len(items) > limits.max_items:
        raise ArticleTooLarge(len(items), limits.max_items, "items", item=item)
    if not items:
        yield Skipped(item, "no-items", "a feed without a single item")
    for number, entry in enumerate(items, 1):
        try:
            yield _outcome(entry if isinstance(entry, dict) else {}, feed, limits, number)
        except ArticleRefused as refused:
            yield refused


def _outcome(entry: dict[str, Any], feed: Mapping[str, Any], limits: LimitsSettings, number: int) -> Outcome:
    given = entry.get("id")
    id = _string(str(given) if isinstance(given, int | float) else given)  # noqa: A001
    name = item_name(id, number)
    headline = markup.one_line(_string(entry.get("title")))
    body = _body(entry)
    if not headline and not body:
        return Skipped(name, "no-text", "an item with neither a title nor a text")
    home = _string(feed.get("home_page_url")) or _string(feed.get("feed_url"))
    updated = dates.parsed(entry.get("date_modified"))
    fields = Fields(
        id=item_id(id, home) if id else None,
        url=_string(entry.get("url")) or _string(entry.get("external_url")),
        publisher=_string(feed.get("title")),
        headline=headline,
        authors=_authors(entry) or _authors(feed),
        published_at=dates.parsed(entry.get("date_published")) or updated,
        updated_at=updated,
        body=body,
        language=language_tags.standard(entry.get("language")) or language_tags.standard(feed.get("language")),
        more={"home": home, **{key: value for key, value in entry.items() if key not in _USED}},
    )
    return article(fields, limits, format=NAME, item=name, trust_language=False)


def _body(entry: Mapping[str, Any]) -> str:
    html = _string(entry.get("content_html"))
    text = markup.html_text(html) if html else ""
    return text or markup.plain_paragraphs(_string(entry.get("content_text")) or _string(entry.get("summary")) or "")


def _authors(holder: Mapping[str, Any]) -> tuple[str, ...]:
    given = holder.get("authors") or [holder.get("author")]
    people = given if isinstance(given, list) else []
    return tuple(name for person in people if isinstance(person, dict) and (name := _string(person.get("name"))))


def _string(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
