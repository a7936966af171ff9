"""Mentions -> entities: one id for each thing of an article, under its fullest name."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from pipeline.ids import entity_id
from pipeline.language.quotes import is_quoted, quotations
from pipeline.records import Entity, EntityType, Mention

Key: TypeAlias = tuple[EntityType, str]

DETERMINER = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")
INITIAL = re.compile(r"[a-z]\.")
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
    """Whether a name is a part of a fuller one: "Katz" or "Israel" of "Israel Katz", "John Doe" of "John B. Doe"."""
    few, many = short.casefold().split(), full.casefold().split()
    whole = [word for word in many if not INITIAL.fullmatch(word)]
    return len(few) < len(many) and few in (many[-len(few) :], many[: len(few)], whole[-len(few) :])


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
    """Entities by first mention. A partial name joins a fuller one where a single one fits, or one stands out."""
    mentions = agreed(text, mentions)
    names: dict[Key, str] = {}
    keys: list[Key] = []
    for start, end, kind in mentions:
        name = plain(text[start:end], kind)
        keys.append((kind, name.casefold()))
        names.setdefault(keys[-1], name)
    counts = Counter(keys)
    quoted = quotations(text)
    called_alone = {
        key[1]
        for key, (start, _, kind) in zip(keys, mentions, strict=True)
        if kind == "Person" and not is_quoted(start, quoted)
    }
    full = {key: key for key in names}
    for key, name in names.items():
        kind = key[0]
        if kind == "Person":
            fits = [k for k, other in names.items() if k[0] == kind and same_person(name, other)]
            # "Khan" of "Imran Khan" and of "Al Jazeera's Imran Khan" is one man: keep the longest of nested names.
            fits = [k for k in fits if not any(k != o and same_person(names[k], names[o]) for o in fits)]
            fits = standing_out(fits, counts, called_alone)
        elif kind == "Organization" and name.isupper() and 1 < len(name) < 8:
            fits = [k for k, other in names.items() if k[0] == kind and " " in other and acronym(other) == name]
        else:
            continue
        if len(fits) == 1:
            full[key] = fits[0]
    groups: dict[Key, list[Mention]] = {}
    called: dict[Key, set[Key]] = {}
    for own, (start, end, _) in zip(keys, mentions, strict=True):
        key = own
        while full[key] != key:
            key = full[key]
        groups.setdefault(key, []).append(Mention(text[start:end], (start, end)))
        called.setdefault(key, set()).add(own)
    out = []
    for key, found in groups.items():
        name = names[usual(called[key], counts)] if key[0] == "Person" else names[key]
        out.append(Entity(entity_id(name, key[0]), name, key[0], tuple(found)))
    return out


def standing_out(fits: list[Key], counts: Counter[Key], alone: AbstractSet[str]) -> list[Key]:
    """Of several people with one surname, in the order of the text, the one whom the bare name means, if that is clear.

    Relatives of whom an article is about are called by their first names, or in full each time. `alone`: the names that
    the article itself, outside quotations, uses.
    """
    if len(fits) > 1:
        fits = [k for k in fits if k[1].split()[0] not in alone] or fits
    if len(fits) > 1 and counts[fits[0]] > 1 and counts[fits[0]] >= max(counts[k] for k in fits):
        return fits[:1]
    return fits


def usual(called: Iterable[Key], counts: Counter[Key]) -> Key:
    """The name of a person with most mentions under it and its last word alone; the longest of such; "Elizabeth Warren"
    rather than a headline's "Elizabeth Warren Hammers"."""
    whole = [key for key in called if " " in key[1]] or list(called)
    return max(whole, key=lambda key: (counts[key] + counts[key[0], key[1].split()[-1]], len(key[1]), key[1]))
