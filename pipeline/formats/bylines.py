"""Bylines ("By Ada Byron and Carl Gauss, Staff Writers") to the names of authors."""

from __future__ import annotations

import re

from pipeline.formats.building import label

_LEAD = re.compile(r"\s*(?:(?:written|reported|reporting)\s+)?(?:by|von|par|por|di|door|av|af)\b:?\s+", re.IGNORECASE)
_JOINTS = re.compile(r"\s+(?:and|und|et|y|e|en|och|og|&)\s+|\s*[;/|]\s*|\s+&\s+")
# A part after a comma that tells what someone does or whom for, and not who.
_JOB = re.compile(
    r"\b(?:staff|writers?|reporters?|correspondents?|editors?|columnists?|contributors?|photographers?|analysts?|"
    r"bureau|chief|desk|agency|service|news|newswires?|press|times|post|journal|media|wire|special|for|of|the|at|in)\b",
    re.IGNORECASE,
)
_MAX_AUTHORS = 50


def authors(byline: str | None) -> tuple[str, ...]:
    """The names in a byline; () where it holds none. Jobs and employers after a comma are left out.

    Names joined by commas are told from these by their words: two or more, each with a capital.
    """
    text = _LEAD.sub("", label((byline or "").replace("\n", "; ")) or "", count=1)
    found: list[str] = []
    for part in _JOINTS.split(text):
        name, *others = (piece.strip() for piece in part.split(","))
        found.append(name)
        found.extend(other for other in others if _is_name(other))
    unique = dict.fromkeys(name for name in found if any(char.isalpha() for char in name))
    return tuple(unique)[:_MAX_AUTHORS]


def _is_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 4 and not _JOB.search(text) and all(word[0].isupper() for word in words)
