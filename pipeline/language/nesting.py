"""Attributions inside attributions: "Ynet cited an official as saying that …" is Ynet's claim and the official's."""

import re
from collections.abc import Sequence

from pipeline.language.attributions import Attribution
from pipeline.language.quotes import trimmed

_REPORTS = re.compile(r"\b(?:cit|quot)\w+$", re.IGNORECASE)
_AS_SAYING = re.compile(r"\s+as\s+(?P<cue>having\s+said|saying|telling|insisting|warning|arguing)\s+(?:that\s+)?")
MAX_SOURCE = 120  # code points of whoever is cited


def nested(text: str, found: Sequence[Attribution]) -> list[Attribution]:
    """What those say who are cited in the contents of `found`, where the model has not found it already."""
    cues = [a.cue for a in found if a.cue]
    out = []
    for outer in found:
        start, end = outer.content[0][0], outer.content[-1][1]
        saying = _AS_SAYING.search(text, start, end)
        if not (outer.cue and saying and start < saying.start() <= start + MAX_SOURCE):
            continue
        known = any(s < saying.end("cue") and saying.start("cue") < e for s, e in cues if (s, e) != outer.cue)
        if known or not _REPORTS.search(text[slice(*outer.cue)]):
            continue
        content = tuple(trimmed(text, (max(s, saying.end()), e)) for s, e in outer.content if e > saying.end())
        content = tuple(span for span in content if span[0] < span[1])
        if content:
            source = trimmed(text, (start, saying.start()))
            out.append(Attribution(source, saying.span("cue"), content, outer.confidence))
    return out
