"""Every format: its name, how it is recognised, what decodes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message

from pipeline.errors import UnknownFormat
from pipeline.formats import json_values, plain_text
from pipeline.formats.outcome import Outcome
from pipeline.formats.source import Source


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `content_types` and `suffixes`: in lower case; several formats may share one, and `sniff` tells.

    `sniff`: whether the first bytes (up to 64 KiB) look like it.
    """

    name: str
    content_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    decode: Callable[[Source], Iterator[Outcome]]


# In the order in which they are tried: what recognises itself surely comes first, plain text last.
FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format(
            "jsonl",
            (
                "application/jsonl",
                "application/x-ndjson",
                "application/ndjson",
                "application/x-jsonlines",
                "application/json-lines",
            ),
            (".jsonl", ".ndjson"),
            json_values.sniff_lines,
            json_values.decode_lines,
        ),
        Format("json", ("application/json", "text/json"), (".json",), json_values.sniff, json_values.decode),
        Format("text", ("text/plain",), (".txt", ".text"), plain_text.sniff, plain_text.decode),
    )
}

# Content types that say nothing about a content.
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
    media_type = _media_type(content_type)
    if media_type and media_type not in _VAGUE:
        return _one([entry for entry in FORMATS.values() if media_type in entry.content_types], head, media_type)
    lowered = (name or "").lower()
    by_name = [entry for entry in FORMATS.values() if lowered.endswith(entry.suffixes)]
    return _one(by_name or list(FORMATS.values()), head, "this content")


def charset(content_type: str | None) -> str | None:
    """The parameter `charset` of a content type."""
    message = Message()
    message["content-type"] = content_type or ""
    found = message.get_param("charset")
    return found if isinstance(found, str) else None


def _one(candidates: list[Format], head: bytes, found: str) -> Format:
    if len(candidates) == 1:
        return candidates[0]
    for candidate in candidates:
        if candidate.sniff(head):
            return candidate
    raise UnknownFormat(found, list(FORMATS))


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()
