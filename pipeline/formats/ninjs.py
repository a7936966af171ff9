"""ninjs 1.x, 2.x and 3.x: IPTC's JSON. The generations differ in the names of keys, which are all read here.

1.x has `headline`, `body_text`, `body_xhtml` and `byline`; 2.x and 3.x have lists (`headlines`, `bodies`,
`descriptions`) whose entries have a `role`, and `by`; 3.x writes keys in camel case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import ArticleRefused, MissingKey
from pipeline.formats import bylines, dates, json_values, language_tags, markup, nitf
from pipeline.formats.building import INDEFINITELY, WITHDRAWN, Fields, article, item_name, withdrawal
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source
from pipeline.formats.xml_text import parsed
from pipeline.settings import LimitsSettings

NAME = "ninjs"

_SIGN_WORDS = """
versioncreated firstcreated contentcreated pubstatus representationtype headlines bodies descriptions renditions
associations eventdetails planningdetails copyrightholder copyrightnotice usageterms trustindicator altids $standard
standard body_text body_xhtml body_html description_text
"""
_SIGNS = frozenset(_SIGN_WORDS.split())
_CALENDAR = frozenset({"event", "planning"})  # what will happen, even where it is told in a text
_TEXT_TYPES = frozenset({"text", "composite", ""})
# Used for fields of the article; the rest goes to `extra`. Associations are items of their own: a picture's caption.
_USED_WORDS = """
uri version firstcreated versioncreated embargoed pubstatus headline headlines bodies body_text body_xhtml body_html
language usageterms copyrightnotice renditions associations $standard standard
"""
_USED = frozenset(_USED_WORDS.split())
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>")


def recognises(value: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a ninjs item: it has a `uri` and what only ninjs has, and no `body`."""
    keys = {key.lower() for key in value}
    return "uri" in keys and "body" not in keys and bool(keys & _SIGNS or _is_kind(value.get("type")))


def decode(source: Source) -> Iterator[Outcome]:
    """Each item of a JSON document, one or an array, taken for ninjs."""
    return json_values.decode_as(source, decode_value)


def decode_value(value: dict[str, Any], limits: LimitsSettings, item: int | str | None) -> Iterator[Outcome]:
    """The outcome of one item. Raises ArticleRefused."""
    keys = {key.lower(): inner for key, inner in value.items()}
    uri = _string(keys.get("uri"))
    if uri is None and not keys.keys() & _SIGNS:
        raise MissingKey("uri", item=item)
    name = item_name(uri, 1) if uri else item
    fields = _fields(keys, limits)
    kind = (_string(keys.get("type")) or "").lower()
    if fields.status in WITHDRAWN:
        yield withdrawal(fields, name)
    elif _is_story(kind, keys):
        yield article(fields, limits, format=NAME, item=name) if fields.body or fields.headline else _skip(name, kind)
    else:
        yield _skip(name, kind or ("event" if "eventdetails" in keys else "planning"))


def _is_story(kind: str, keys: Mapping[str, Any]) -> bool:
    if kind in _CALENDAR:
        return False
    return _has_bodies(keys) or (kind in _TEXT_TYPES and "eventdetails" not in keys and "planningdetails" not in keys)


def _is_kind(value: object) -> bool:
    return value in ("text", "audio", "video", "picture", "graphic", "composite", "planning", "event", "component")


def _skip(name: int | str | None, kind: str) -> Skipped:
    reason = {"composite": "package", "": "no-text", "text": "no-text"}.get(kind, kind[:40])
    return Skipped(name, reason, f"a ninjs item of the type {kind[:40] or 'text'} without a text of its own")


def _fields(keys: Mapping[str, Any], limits: LimitsSettings) -> Fields:
    created = dates.parsed(keys.get("versioncreated"))
    byline = _string(keys.get("byline")) or _string(keys.get("by"))
    uri = _string(keys.get("uri"))
    headline = _string(keys.get("headline")) or _by_role(keys.get("headlines"), "main") or _string(keys.get("title"))
    rights = filter(None, (_string(keys.get("copyrightnotice")), _string(keys.get("usageterms"))))
    return Fields(
        id=uri,
        url=_url(keys, uri),
        publisher=_string(keys.get("copyrightholder")) or _first_name(keys.get("infosources")),
        headline=markup.one_line(_without_markup(headline)),
        authors=bylines.authors(byline),
        published_at=dates.parsed(keys.get("firstcreated")) or created,
        updated_at=created,
        embargoed_until=_embargo(keys.get("embargoed")),
        body=_body(keys, limits),
        language=language_tags.standard(keys.get("language")),
        revision=_revision(keys.get("version")),
        rights=" ".join(rights) or _string(keys.get("copyrightholder")),
        status=(_string(keys.get("pubstatus")) or "").lower() or None,
        more={key: inner for key, inner in keys.items() if key not in _USED and inner not in (None, "", [], {})},
    )


def _body(keys: Mapping[str, Any], limits: LimitsSettings) -> str:
    """The text with the most structure: markup has paragraphs that plain text often lost. Without any, the summary."""
    html = _string(keys.get("body_xhtml")) or _string(keys.get("body_html"))
    if html and (text := markup.html_text(html)):
        return text
    if text := markup.plain_paragraphs(_string(keys.get("body_text")) or ""):
        return text
    bodies = [body for body in _list(keys.get("bodies")) if isinstance(body, Mapping) and _string(body.get("value"))]
    for text in (_text(body, limits) for body in sorted(bodies, key=_rank)):
        if text:
            return text
    summary = _string(keys.get("description_text")) or _by_role(keys.get("descriptions"), "text", "summary", "lead")
    return markup.plain_paragraphs(_without_markup(summary) or "")


def _has_bodies(keys: Mapping[str, Any]) -> bool:
    return any(keys.get(name) for name in ("body_text", "body_xhtml", "body_html", "bodies"))


def _kind(body: Mapping[str, Any]) -> str:
    told = {key.lower(): inner for key, inner in body.items()}
    return f"{_string(told.get('contenttype')) or ''} {_string(told.get('role')) or ''}".lower()


def _rank(body: Mapping[str, Any]) -> int:
    kind = _kind(body)
    return 0 if "html" in kind else 1 if "nitf" in kind else 2 if "plain" in kind or "text" in kind else 3


def _text(body: Mapping[str, Any], limits: LimitsSettings) -> str:
    value, kind = str(body["value"]), _kind(body)
    if "nitf" in kind:
        try:
            document = parsed(value.encode("utf-8", "replace"), "utf-8", limits)
        except ArticleRefused:
            return ""
        return nitf.story(document.root).body
    return markup.html_text(value) if "html" in kind or _MARKUP.search(value) else markup.plain_paragraphs(value)


def _without_markup(text: str | None) -> str | None:
    return markup.html_text(text) if text and _MARKUP.search(text) else text


def _by_role(entries: object, *roles: str) -> str | None:
    """The value of the entry with the first of `roles` that there is, else of the first entry."""
    values: dict[str, str] = {}
    for entry in _list(entries):
        if isinstance(entry, Mapping) and (value := _string(entry.get("value"))):
            values.setdefault((_string(entry.get("role")) or "").lower(), value)
    return next((values[role] for role in roles if role in values), next(iter(values.values()), None))


def _first_name(entries: object) -> str | None:
    return next((name for e in _list(entries) if isinstance(e, Mapping) and (name := _string(e.get("name")))), None)


def _embargo(value: object) -> Any:
    if value in (None, "", False):
        return None
    # An end that cannot be read: better late than too early.
    return dates.parsed(value) or INDEFINITELY


def _url(keys: Mapping[str, Any], uri: str | None) -> str | None:
    """The item's own page: the rendition for the web, else a `uri` that is an address."""
    for rendition in _renditions(keys.get("renditions")):
        if "html" in str(rendition.get("mimetype") or rendition.get("contenttype") or ""):
            return _string(rendition.get("href"))
    return uri if uri and uri.startswith(("http://", "https://")) else None


def _renditions(value: object) -> Iterator[dict[str, Any]]:
    entries = value.values() if isinstance(value, Mapping) else _list(value)
    return (
        {str(key).lower(): inner for key, inner in entry.items()} for entry in entries if isinstance(entry, Mapping)
    )


def _revision(version: object) -> int | None:
    return version if isinstance(version, int) and not isinstance(version, bool) else nitf.number(_string(version))


def _string(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
