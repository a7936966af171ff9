"""Any JSON: which format each object is in, one document of one or many, or one object per line (JSON lines)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from pipeline.errors import ArticleRefused, ArticleTooLarge, UndecodableRecord
from pipeline.formats import canonical
from pipeline.formats.json_text import lines, parsed
from pipeline.formats.outcome import Outcome
from pipeline.formats.source import Source
from pipeline.settings import LimitsSettings

Decoder: TypeAlias = Callable[[dict[str, Any], LimitsSettings, int | str | None], Iterator[Outcome]]

# The first that recognises an object decodes it; canonical JSON takes the rest.
_KINDS: tuple[tuple[Callable[[dict[str, Any]], bool], Decoder], ...] = ()


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


def sniff(head: bytes) -> bool:
    """Whether this begins like a JSON object or an array of them."""
    return _start(head)[:1] in (b"{", b"[")


def sniff_lines(head: bytes) -> bool:
    """Whether the first line is a whole JSON object and more follows."""
    first, newline, rest = _start(head).partition(b"\n")
    if not (first.startswith(b"{") and newline and first.rstrip().endswith(b"}") and rest.strip()):
        return False
    return rest.lstrip().startswith(b"{")


def _start(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


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
    decoder = next((decoder for recognises, decoder in _KINDS if recognises(value)), canonical.decode_value)
    return decoder(value, limits, item)
