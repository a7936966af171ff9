"""Numbered articles of invented news, each with what must come out for it.

Some are corrected: a later revision keeps some claims, drops some, and adds others, so that order and withdrawals
count. The texts are made for the stub model: a claim is a sentence `Somebody says something.`, an entity a capitalised
word.
"""

import random
from dataclasses import dataclass

import orjson

_NAMES = ("Weaver", "Miller", "Fisher", "Carter", "Mason", "Turner", "Cooper", "Porter", "Thatcher", "Sawyer", "Fuller")
_SUBJECTS = (
    "the ferry",
    "the dam",
    "the bridge",
    "the market",
    "the orchard",
    "the tram",
    "the archive",
    "the harbour",
)
_STATES = ("opens early", "is late again", "stays shut", "needs repair", "costs too much", "has new owners", "is safe")
_FILLER = "the council met in the old town hall, where the heating had failed, and adjourned before noon. "


@dataclass(frozen=True, slots=True)
class Sent:
    """One revision of one article, and what it says. `claims`: the words of each claim; `entities`: names."""

    article: str
    revision: int
    body: str
    claims: frozenset[str]
    entities: frozenset[str]

    @property
    def key(self) -> bytes:
        """Of its raw record."""
        return self.article.encode()

    @property
    def value(self) -> bytes:
        """Canonical JSON."""
        return orjson.dumps({"id": self.article, "revision": self.revision, "body": self.body, "language": "en"})


def articles(count: int, seed: int, first: int = 0) -> list[Sent]:
    """`count` articles, numbered from `first`, in the order in which to send them.

    About a third more records: the others are corrections.
    """
    chance = random.Random(f"{seed} {first}")
    placed: list[tuple[float, Sent]] = []
    for number in range(first, first + count):
        place = float(number)
        for revision in range(1, 2 + (number % 4 == 0) + (number % 8 == 0)):
            placed.append((place, _article(number, revision)))
            # The next revision comes close behind this one, often in the same batch, or far behind it.
            place += chance.choice([0.5, 5, count / 4])
    return [sent for _, sent in sorted(placed, key=lambda one: one[0])]


def _article(number: int, revision: int) -> Sent:
    # Four claims: of each next revision, two are new and two are what the one before said.
    claims, entities = [], []
    for index in range(2 * revision, 2 * revision + 4):
        chosen = number + index
        subject, state = _SUBJECTS[chosen % len(_SUBJECTS)], _STATES[chosen % len(_STATES)]
        entities.append(_NAMES[chosen % len(_NAMES)])
        claims.append((entities[-1], f"{subject} of lot {number} {state} on day {index}"))
    sentences = [f"{name} says {words}." for name, words in claims]
    body = " ".join([*sentences, _FILLER * (1 + number % 5)])
    words = frozenset(words for _, words in claims)
    return Sent(f"story-{number:06d}", revision, body, words, frozenset(entities))
