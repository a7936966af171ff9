"""Every format: its name, how it is recognised, what decodes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pipeline.errors import UnknownFormat
from pipeline.formats import (
    feed,
    html_page,
    iptc_7901,
    json_feed,
    json_values,
    newsml_1,
    newsml_g2,
    ninjs,
    nitf,
    plain_text,
    signatures,
    warc,
)
from pipeline.formats.content_type import media_type
from pipeline.formats.outcome import Outcome
from pipeline.formats.source import Source


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `content_types` and `suffixes`, in lower case, are its own: they choose it unless another that
    `shares` one of them recognises the content.

    `sniff`: whether the beginning (see `signatures.beginning`) looks like it.
    """

    name: str
    sniff: Callable[[str], bool]
    decode: Callable[[Source], Iterator[Outcome]]
    content_types: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()


_XML = ("text/xml", "application/xml", ".xml")
_JSON = ("application/json", "text/json", ".json")
_G2 = tuple(f"application/vnd.iptc.g2.{kind}+xml" for kind in ("newsitem", "newsmessage", "packageitem", "conceptitem"))

# In the order in which they are tried: what recognises itself surely comes first, plain text last.
_ALL = (
    Format("warc", warc.sniff, warc.decode, ("application/warc",), (".warc",)),
    Format(
        "jsonl",
        json_values.sniff_lines,
        json_values.decode_lines,
        ("application/jsonl", "application/x-ndjson", "application/ndjson", "application/x-jsonlines"),
        (".jsonl", ".ndjson"),
        _JSON,
    ),
    # These two only when named: `json` tells them by their keys.
    Format(
        "ninjs",
        lambda head: False,
        ninjs.decode,
        ("application/ninjs+json", "application/vnd.iptc.ninjs+json"),
        (".ninjs",),
    ),
    Format("json-feed", lambda head: False, json_feed.decode, ("application/feed+json",)),
    Format("json", json_values.sniff, json_values.decode, _JSON[:2], _JSON[2:]),
    Format("newsml-g2", newsml_g2.sniff, newsml_g2.decode, _G2, shares=_XML),
    Format("newsml-1", newsml_1.sniff, newsml_1.decode, ("text/vnd.iptc.newsml",), (".newsml",), _XML),
    Format(
        "nitf",
        nitf.sniff,
        nitf.decode,
        ("application/nitf+xml", "text/vnd.iptc.nitf"),
        (".nitf",),
        (*_XML, "text/html"),
    ),
    Format(
        "feed",
        feed.sniff,
        feed.decode,
        ("application/rss+xml", "application/atom+xml", "application/rdf+xml"),
        (".rss", ".atom", ".rdf"),
        # Servers that know no feeds call them pages.
        (*_XML, "text/html"),
    ),
    Format(
        "html",
        html_page.sniff,
        html_page.decode,
        ("text/html", "application/xhtml+xml"),
        (".html", ".htm", ".xhtml", ".shtml"),
        _XML,
    ),
    Format("iptc-7901", iptc_7901.sniff, iptc_7901.decode),
    Format("text", plain_text.sniff, plain_text.decode, ("text/plain",), (".txt", ".text")),
)
FORMATS: dict[str, Format] = {entry.name: entry for entry in _ALL}

# Content types that say nothing about the content.
_VAGUE = frozenset(
    {
        "application/octet-stream",
        "binary/octet-stream",
        "application/x-unknown",
        "application/gzip",
        "application/x-gzip",
        "application/zstd",
    }
)


def named(name: str) -> Format:
    """The format called `name`. Raises UnknownFormat."""
    if name not in FORMATS:
        raise UnknownFormat(name, list(FORMATS))
    return FORMATS[name]


def chosen(content_type: str | None, name: str | None, head: bytes) -> Format:
    """The format by content type, else by file name, else by the first bytes. Raises UnknownFormat."""
    declared = media_type(content_type)
    beginning = signatures.beginning(head)
    if declared and declared not in _VAGUE:
        return _by(lambda key: key == declared, declared, beginning)
    lowered = (name or "").lower()
    try:
        return _by(lowered.endswith, "", beginning)
    except UnknownFormat:
        return _sniffed(_ALL, beginning)


def _by(matches: Callable[[str], bool], found: str, beginning: str) -> Format:
    own = [entry for entry in _ALL if any(map(matches, entry.content_types + entry.suffixes))]
    candidates = [entry for entry in _ALL if entry in own or any(map(matches, entry.shares))]
    for entry in candidates:
        if entry.sniff(beginning):
            return entry
    if own:
        return own[0]
    if candidates:
        return _sniffed(candidates, beginning)
    raise UnknownFormat(found, list(FORMATS))


def _sniffed(candidates: Iterable[Format], beginning: str) -> Format:
    for entry in candidates:
        if entry.sniff(beginning):
            return entry
    raise UnknownFormat(signatures.described(beginning), list(FORMATS))
