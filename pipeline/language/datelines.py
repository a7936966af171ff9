"""Datelines, "PORT SORREL (Tidewire) - ": where a story was filed, before its first sentence and no part of it."""

import re
from collections.abc import Iterable

from pipeline.language.quotes import Span
from pipeline.language.tagging import Mentions

# The Associated Press Stylebook's form: a place in capitals, perhaps a state and the agency, a dash.
_DATELINE = re.compile(
    r"^[ \t]*(?P<place>[A-Z][A-Z.'’]+(?: [A-Z][A-Z.'’]+){0,3})"
    r"(?:, [A-Z][\w. ]{1,20})?(?: \([\w .]{2,30}\))? ?[-–—]{1,2} ",
    re.MULTILINE,
)


def datelines(text: str) -> list[tuple[Span, int]]:
    """The place of each, and where the story goes on behind it."""
    return [(found.span("place"), found.end()) for found in _DATELINE.finditer(text)]


def behind(span: Span, filed: Iterable[tuple[Span, int]]) -> Span:
    """A span without the dateline that it begins with."""
    for (start, _), end in filed:
        if start <= span[0] < end < span[1]:
            return end, span[1]
    return span


def parted(mentions: Mentions, filed: Iterable[tuple[Span, int]]) -> Mentions:
    """Mentions, of which one that reaches out of a dateline is two: the place, and what stands behind it."""
    found = list(filed)
    out: Mentions = []
    for start, end, kind in mentions:
        rest = behind((start, end), found)
        if rest != (start, end):
            out += [(*place, "Location") for place, goes_on in found if goes_on == rest[0]]
        out.append((*rest, kind))
    return out
