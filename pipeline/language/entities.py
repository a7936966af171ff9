"""Mentions -> entities: one id for each thing of an article, under its fullest name."""

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.ids import entity_id
from pipeline.records import Entity, EntityType, Mention

DETERMINER = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")
HONORIFIC = re.compile(
    r"^(?:(?:mr|mrs|ms|dr|prof|sen|rep|gov|gen|lt|col|sgt|capt|sir|dame|lord|lady|president|senator|minister|judge)\.?\s+)+",
    re.IGNORECASE,
)


def plain(name: str, kind: str) -> str:
    """A name without article, possessive and, for people, title; white space as single spaces."""
    name = " ".join(name.split())
    name = POSSESSIVE.sub("", DETERMINER.sub("", name)) or name
    if kind == "Person":
        name = HONORIFIC.sub("", name) or name
    return name


def same_person(short: str, full: str) -> bool:
    """Whether a name is a part of a fuller one: "Katz" or "Israel" of "Israel Katz"."""
    few, many = short.casefold().split(), full.casefold().split()
    return len(few) < len(many) and (many[-len(few) :] == few or many[: len(few)] == few)


def acronym(name: str) -> str:
    """First letters of the capitalised words of a name."""
    return "".join(w[0] for w in name.split() if w[:1].isupper())


def agreed(text: str, mentions: Sequence[tuple[int, int, EntityType]]) -> list[tuple[int, int, EntityType]]:
    """The mentions with one type for each name: what most of its mentions have, at a tie the first.

    A name that is a place in one sentence and an organisation in the next is nearly always one thing seen twice.
    """
    votes: dict[str, Counter[EntityType]] = {}
    for start, end, kind in mentions:
        votes.setdefault(text[start:end].casefold(), Counter())[kind] += 1
    return [(start, end, votes[text[start:end].casefold()].most_common(1)[0][0]) for start, end, _ in mentions]


def cluster(text: str, mentions: Sequence[tuple[int, int, EntityType]]) -> list[Entity]:
    """Entities by first mention. A partial name joins a fuller one only where a single one fits."""
    mentions = agreed(text, mentions)
    names: dict[tuple[EntityType, str], str] = {}
    for start, end, kind in mentions:
        name = plain(text[start:end], kind)
        names.setdefault((kind, name.casefold()), name)
    full = {key: key for key in names}
    for key, name in names.items():
        kind = key[0]
        if kind == "Person":
            fits = [k for k, other in names.items() if k[0] == kind and same_person(name, other)]
            # "Khan" of "Imran Khan" and of "Al Jazeera's Imran Khan" is one man: keep the longest of nested names.
            fits = [k for k in fits if not any(k != o and same_person(names[k], names[o]) for o in fits)]
        elif kind == "Organization" and name.isupper() and 1 < len(name) < 8:
            fits = [k for k, other in names.items() if k[0] == kind and " " in other and acronym(other) == name]
        else:
            continue
        if len(fits) == 1:
            full[key] = fits[0]
    groups: dict[tuple[EntityType, str], list[Mention]] = {}
    for start, end, kind in mentions:
        key = full[kind, plain(text[start:end], kind).casefold()]
        while full[key] != key:
            key = full[key]
        groups.setdefault(key, []).append(Mention(text[start:end], (start, end)))
    return [Entity(entity_id(names[key], key[0]), names[key], key[0], tuple(found)) for key, found in groups.items()]
