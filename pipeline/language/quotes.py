"""Quotation marks: which stretches of a text are quoted."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from pipeline.records import ContentForm

PAIRS = {"“": "”", "„": "“", "«": "»", "‹": "›", "‟": "”"}
MARKS = frozenset('"“”„‟«»‹›')
EDGES = MARKS | frozenset("'‘’‚‛`´")

Span = tuple[int, int]


def quotations(text: str) -> list[Span]:
    """Quoted stretches, their marks outside, in order.

    A quotation ends with its paragraph at the latest: newspapers open each paragraph of a long one anew and close
    only the last. Straight marks open and close in turn. Single quotes are left alone: most are apostrophes.
    """
    found: list[Span] = []
    opened, closer = -1, ""
    for i, c in enumerate(text):
        if c == "\n":
            if opened >= 0 and i > opened:
                found.append((opened, i))
            opened = -1
        elif opened >= 0 and (c == closer or (c == "”" and closer == '"')):
            found.append((opened, i))
            opened = -1
        elif opened < 0 and (c in PAIRS or c == '"'):
            opened, closer = i + 1, PAIRS.get(c, c)
    if 0 <= opened < len(text):
        found.append((opened, len(text)))
    return found


def is_quoted(at: int, quoted: Sequence[Span]) -> bool:
    """Whether a place lies inside one of the stretches that `quotations` gives."""
    before = bisect_right(quoted, at, key=itemgetter(0))
    return before > 0 and at < quoted[before - 1][1]


def trimmed(text: str, span: Span) -> Span:
    """The span without white space and quotation marks at its ends."""
    start, end = span
    while start < end and (text[start].isspace() or text[start] in EDGES):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in EDGES):
        end -= 1
    return start, end


def form(spans: Sequence[Span], quoted: Sequence[Span]) -> ContentForm:
    """Whether contents stand all, partly or not at all inside quotation marks."""
    total = sum(end - start for start, end in spans)
    starts = [start for start, _ in quoted]
    inside = 0
    for start, end in spans:
        at = max(0, bisect_right(starts, start) - 1)
        while at < len(quoted) and quoted[at][0] < end:
            inside += max(0, min(end, quoted[at][1]) - max(start, quoted[at][0]))
            at += 1
    # A final mark or comma may stand outside the marks, after American or British use.
    if total and inside >= total - 2 * len(spans):
        return "direct"
    return "mixed" if inside else "indirect"
