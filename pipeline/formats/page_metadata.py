"""What a page says about itself outside its text: JSON-LD (schema.org), Open Graph, meta tags, links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import orjson
from lxml import etree

from pipeline.formats.markup import local_name
from pipeline.formats.xml_reading import attribute

_ARTICLES = ("article", "posting", "report")  # ends of schema.org's types: NewsArticle, BlogPosting, Report
_MAX_SCRIPT = 1_000_000  # characters of one JSON-LD script
_MAX_NODES = 10_000


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """`meta`: the first content of each name or property, in lower case. `article`: the article's JSON-LD, or {}."""

    meta: dict[str, str] = field(default_factory=dict)
    article: dict[str, Any] = field(default_factory=dict)
    canonical: str | None = None
    language: str | None = None
    title: str | None = None

    def told(self, *names: str) -> str | None:
        """The content of the first of the meta tags `names` that the page has."""
        return next((self.meta[name] for name in names if name in self.meta), None)

    def linked(self, *names: str) -> str | None:
        """The first of the properties `names` of the article's JSON-LD: a string, or an object's name or address."""
        return next((text for name in names for text in _texts(self.article.get(name))), None)

    def all_linked(self, name: str) -> tuple[str, ...]:
        """Every name that a property of the article's JSON-LD has: it may hold a list."""
        return tuple(_texts(self.article.get(name)))


def read(root: etree._Element, address: str | None) -> PageMetadata:
    """The metadata of the page in `root`, which was found at `address`."""
    meta: dict[str, str] = {}
    scripts: list[str] = []
    canonical = title = None
    for element in root.iter("meta", "link", "script", "title"):
        name = local_name(element)
        if name == "meta":
            key = attribute(element, "property") or attribute(element, "name") or attribute(element, "itemprop")
            if key and (content := attribute(element, "content")):
                meta.setdefault(key.lower(), content)
        elif name == "link" and "canonical" in (element.get("rel") or "").lower().split():
            canonical = canonical or attribute(element, "href")
        elif name == "script" and (element.get("type") or "").strip().lower() == "application/ld+json":
            scripts.append(element.text or "")
        elif name == "title":
            title = title or element.text
    found = canonical or meta.get("og:url") or address
    return PageMetadata(meta, _article(scripts), _absolute(found, address), attribute(root, "lang"), title)


def _absolute(address: str | None, base: str | None) -> str | None:
    if not address:
        return None
    try:
        return urljoin(base or "", address)
    except ValueError:
        return None


def _article(scripts: Iterable[str]) -> dict[str, Any]:
    for script in scripts:
        if len(script) > _MAX_SCRIPT:
            continue
        try:
            value = orjson.loads(script.strip())
        except orjson.JSONDecodeError:
            continue
        for node in _nodes(value):
            kinds = node.get("@type")
            if any(str(kind).lower().endswith(_ARTICLES) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                return node
    return {}


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in `value`, outer ones first, without recursion."""
    waiting, seen = [value], 0
    while waiting and seen < _MAX_NODES:
        seen += 1
        node = waiting.pop(0)
        if isinstance(node, dict):
            yield node
            waiting.extend(inner for inner in node.values() if isinstance(inner, dict | list))
        elif isinstance(node, list):
            waiting.extend(inner for inner in node if isinstance(inner, dict | list))


def _texts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        told = (one.get("name") or one.get("@id")) if isinstance(one, Mapping) else one
        for text in told if isinstance(told, list) else [told]:
            if isinstance(text, str) and text.strip():
                yield text.strip()
