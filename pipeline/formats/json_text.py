"""JSON as it arrives: in any encoding, with half surrogates, too deep or too long; one value, many, or one per line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from pipeline.errors import ArticleTooDeep, ArticleTooLarge, UndecodableRecord
from pipeline.formats.encoding import Decoded, decoded
from pipeline.formats.source import Source

# A run of backslashes before the escape of half a character, with its other half where that follows.
_HALVES = re.compile(
    r"(?<!\\)(?P<run>\\++)(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})(?P<low>\\u[dD][c-fC-F][0-9a-fA-F]{2})?"
    r"|u(?P<alone>[dD][c-fC-F][0-9a-fA-F]{2}))"
)
_ORJSON_DEPTH = 1024  # levels that the parser itself accepts


def parsed(
    data: bytes, charset: str | None, max_depth: int, item: int | str | None = None
) -> tuple[Any, Decoded | None]:
    """The value that `data` holds; and how it was read, where that was not plainly UTF-8.

    Raises UndecodableRecord and ArticleTooDeep.
    """
    try:
        value, found = orjson.loads(data), None
    except orjson.JSONDecodeError:
        found = decoded(data, charset)
        value = _loads(found.text, item)
    if _is_deeper(value, max_depth):
        raise ArticleTooDeep(max_depth, item=item)
    return value, found


def lines(source: Source) -> Iterator[tuple[int, bytes | ArticleTooLarge]]:
    """The lines of `source` that are not blank, with their numbers from 1; for one that is too long, its refusal."""
    limit = source.limits.max_record_bytes
    number = 0
    while line := source.stream.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            _skip_line(source)
            yield number, ArticleTooLarge(None, limit, "bytes", item=number)
        elif line.strip():
            yield number, line


def _skip_line(source: Source) -> None:
    while (rest := source.stream.readline(source.limits.max_record_bytes)) and not rest.endswith(b"\n"):
        pass


def _loads(text: str, item: int | str | None) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as first:
        error = first
    if "surrogate" in error.msg:
        try:
            return orjson.loads(_HALVES.sub(_whole, text))
        except orjson.JSONDecodeError as second:
            error = second
    if "depth" in error.msg or "recursion" in error.msg.lower():
        raise ArticleTooDeep(_ORJSON_DEPTH, item=item) from None
    where = f"line {error.lineno}, column {error.colno}: {error.msg.partition(':')[0]}"
    raise UndecodableRecord("JSON", where, item=item)


def _whole(match: re.Match[str]) -> str:
    """The escape as it is where both halves are there, else that of U+FFFD."""
    run, low = match["run"], match["low"] or ""
    if len(run) % 2 == 0:  # each backslash escapes another one, and what follows them is text
        return match[0].removesuffix(low) + (r"\ufffd" if low else "")
    return match[0] if low else rf"{run[:-1]}\ufffd"


def _is_deeper(value: Any, limit: int) -> bool:
    """Whether objects and arrays are nested in more than `limit` levels. Without recursion: that is what is feared."""
    level = [value]
    for _ in range(limit + 1):
        level = [inner for inner in level if isinstance(inner, dict | list)]
        if not level:
            return False
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)]
    return True
