"""Any JSON: which format each object is in, one document of one or many, or one object per line (JSON lines)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from pipeline.errors import ArticleRefused, ArticleTooLarge, UndecodableRecord, UnknownFormat
from pipeline.formats import canonical
from pipeline.formats.json_text import lines, parsed
from pipeline.formats.outcome import Outcome
from pipeline.formats.source import Source
from pipeline.settings import LimitsSettings

Decoder: TypeAlias = Callable[[dict[str, Any], LimitsSettings, int | str | None], Iterator[Outcome]]

_SCHEMA_KEYS = frozenset({"properties", "patternProperties", "definitions", "$defs"})
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\]])")


def decode(source: Source) -> Iterator[Outcome]:
    """The articles of one JSON document, each object by its own format."""
    yield from decode_as(source, _decode_object)


def decode_as(source: Source, decoder: Decoder) -> Iterator[Outcome]:
    """The articles of one JSON document, an object or an array of objects, all of them by `decoder`."""
    value, _ = parsed(source.read(), source.charset, source.limits.max_depth)
    if not isinstance(value, list):
        yield from _each(value, source.limits, None, decoder)
        return
    if len(value) > source.limits.max_items:
        raise ArticleTooLarge(len(value), source.limits.max_items, "items")
    for index, inner in enumerate(value, 1):
        yield from _each(inner, source.limits, index, decoder)


def decode_lines(source: Source) -> Iterator[Outcome]:
    """The articles of JSON lines, however many. A bad line is refused by its number, the others go on."""
    for number, line in lines(source):
        if isinstance(line, ArticleRefused):
            yield line
            continue
        try:
            value, _ = parsed(line, source.charset, source.limits.max_depth, number)
        except ArticleRefused as refused:
            yield refused
        else:
            yield from _each(value, source.limits, number, _decode_object)


def sniff(head: str) -> bool:
    """Whether this begins like a JSON object or an array of them. "[Update] The mayor…" does not."""
    return _JSON.match(head) is not None


def sniff_lines(head: str) -> bool:
    """Whether the first line is a whole object and the next one begins another."""
    first, _, rest = head.lstrip().partition("\n")
    return first.startswith("{") and first.rstrip().endswith("}") and rest.lstrip().startswith("{")


def _each(value: Any, limits: LimitsSettings, item: int | None, decoder: Decoder) -> Iterator[Outcome]:
    try:
        if not isinstance(value, dict):
            raise UndecodableRecord(
                "article", f"a JSON {_NAMES.get(type(value), 'number')}, expected an object", item=item
            )
        yield from decoder(value, limits, item)
    except ArticleRefused as refused:
        yield refused


_NAMES = {list: "array", str: "string", bool: "boolean", type(None): "null"}


def _decode_object(value: dict[str, Any], limits: LimitsSettings, item: int | str | None) -> Iterator[Outcome]:
    # These import this module: they decode whole documents with it.
    from pipeline.formats import json_feed, ninjs, registry

    if "$schema" in value and not _SCHEMA_KEYS.isdisjoint(value):
        raise UnknownFormat("a JSON Schema", list(registry.FORMATS), item=item)
    if json_feed.recognises(value):
        return json_feed.decode_value(value, limits, item)
    if ninjs.recognises(value):
        return ninjs.decode_value(value, limits, item)
    return canonical.decode_value(value, limits, item)
