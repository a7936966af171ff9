"""Whether a person goes with he or with she, as far as the text or the first name says."""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

Gender = Literal["he", "she"]

PATH = Path(__file__).parent / "first_names.json"
"""Written by `python -m training.train_first_names`."""

PRONOUNS: dict[str, Gender] = {
    **dict.fromkeys(("he", "him", "his", "himself"), "he"),
    **dict.fromkeys(("she", "her", "hers", "herself"), "she"),
}
_HE = (
    r"mr|sir|lord|king|prince|spokesman|congressman|councilman|assemblyman|businessman|chairman|father|son|brother"
    r"|husband"
)
_SHE = (
    r"mrs|ms|miss|lady|dame|queen|princess|spokeswoman|congresswoman|councilwoman|assemblywoman|businesswoman|chairwoman"
    r"|actress|mother|daughter|sister|wife|first lady"
)
_BEFORE: tuple[tuple[Gender, re.Pattern[str]], ...] = (
    ("he", re.compile(rf"\b(?:{_HE})\b\.?,?\s*$", re.IGNORECASE)),
    ("she", re.compile(rf"\b(?:{_SHE})\b\.?,?\s*$", re.IGNORECASE)),
)
_BEHIND: tuple[tuple[Gender, re.Pattern[str]], ...] = (
    ("he", re.compile(rf"^,\s(?:an?|the|his|her|their)\s(?:[\w’'-]+\s){{0,3}}?(?:{_HE})\b", re.IGNORECASE)),
    ("she", re.compile(rf"^,\s(?:an?|the|his|her|their)\s(?:[\w’'-]+\s){{0,3}}?(?:{_SHE})\b", re.IGNORECASE)),
)
_INITIAL = re.compile(r"^[A-Z]\.")


@cache
def _first_names() -> dict[str, Gender]:
    by_gender: dict[Gender, str] = json.loads(PATH.read_text())
    return {name: gender for gender, names in by_gender.items() for name in names.split()}


def gender(text: str, name: str, mentions: Sequence[tuple[int, int]]) -> Gender | None:
    """Of a person called `name`, mentioned at these places of `text`; None where nothing says so, or not clearly."""
    said = {
        each
        for start, end in mentions
        for places, part in ((_BEFORE, text[max(0, start - 30) : start]), (_BEHIND, text[end : end + 60]))
        for each, pattern in places
        if pattern.search(part)
    }
    # "Mr. Ban" as a mention has its title inside.
    said |= {
        each for start, end in mentions for each, pattern in _BEFORE if pattern.search(text[start:end].split(" ")[0])
    }
    if said:
        return said.pop() if len(said) == 1 else None
    words = [word for word in name.split() if not _INITIAL.match(word)]
    return _first_names().get(words[0].casefold()) if len(words) > 1 or name in words else None
