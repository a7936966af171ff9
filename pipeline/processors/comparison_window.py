"""The recent claims of one partition, and which of them a new one is worth comparing with.

It is a function of the records that came before, in their order: whoever reads them again from the start of the
topic has the same window.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from usearch.index import Index

from pipeline.language import likeness
from pipeline.language.clauses import states_something
from pipeline.language.relating import Comparison
from pipeline.language.sources import SourceNames
from pipeline.language.surveys import share
from pipeline.language.token_model import Floats
from pipeline.processors.stories import Stories
from pipeline.records import ClaimRef, ComparableClaim, EntityRef
from pipeline.settings import RelationsSettings

# Of the nearest, some are the claim's own article's, or about something else.
_NEAREST = 32
# Claims come nearly in the order of their time; but the partitions of an archive that is replayed do not advance at one
# pace, so that many are held in any case.
_OUT_OF_ORDER = 10_000
# Two claims of a reprinted story with this cosine are the same one.
_ONCE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One claim of the window. `number`: in the order of coming."""

    number: int
    claim: ClaimRef
    about: tuple[EntityRef, ...]
    time: datetime
    vector: Floats

    @property
    def text(self) -> str:
        """What it says."""
        return self.claim.content.text


@dataclass(frozen=True, slots=True)
class Candidate:
    """A claim of the window, with its cosine to the new one, and whether both have one source."""

    held: Held
    similarity: float
    same_source: bool


class ComparisonWindow:
    """`vector`: (width,) of a text. `names`: when two sources are one. `mine`: whether an entity (its id) belongs to
    this partition; a pair of claims is compared where the first entity that they share does."""

    def __init__(
        self,
        settings: RelationsSettings,
        vector: Callable[[str], Floats],
        width: int,
        names: SourceNames,
        mine: Callable[[str], bool],
    ) -> None:
        self.mine = mine
        self._settings = settings
        self._vector = vector
        self._names = names
        self._span = timedelta(days=settings.window_days)
        self._index = Index(ndim=width, metric="cos", dtype="f16")
        self._by_number: dict[int, Held] = {}
        self._by_id: dict[str, int] = {}
        self._by_age: deque[int] = deque()
        self._stories = Stories(settings.max_claims // 10 + 1)
        self._next = 0
        self._latest: datetime | None = None

    def __len__(self) -> int:
        return len(self._by_number)

    def __iter__(self) -> Iterator[Held]:
        return iter(self._by_number.values())

    def add(self, record: ComparableClaim) -> Held | None:
        """Takes a claim in. None where it is there already (a later revision of its article repeats it), or states
        nothing that could be compared."""
        if not states_something(record.claim.content.text):
            return None
        known = self._by_id.get(record.claim.id)
        if known is not None:
            return None
        signature = likeness.decode(record.likeness)
        claim = ClaimRef.of(record.claim)
        origin = self._stories.origin(claim.article.id, signature)
        if origin != claim.article.id:
            claim = replace(claim, article=replace(claim.article, syndicated_from=origin))
        vector = self._vector(record.claim.content.text)
        held = Held(self._next, claim, record.about, record.time, vector)
        self._next += 1
        self._index.add(held.number, held.vector)
        self._by_number[held.number] = held
        self._by_id[record.claim.id] = held.number
        self._by_age.append(held.number)
        self._latest = max(self._latest or record.time, record.time)
        self._forget()
        return held

    def withdraw(self, claim: str) -> Held | None:
        """Forgets a claim (its id); the claim, where it was held."""
        number = self._by_id.pop(claim, None)
        return None if number is None else self._drop(number)

    def candidates(self, new: Held) -> list[Candidate]:
        """What `new` is worth comparing with, the most similar first."""
        found = []
        matches = self._index.search(new.vector, min(_NEAREST, len(self)))
        for number, distance in zip(matches.keys.tolist(), matches.distances.tolist(), strict=True):
            similarity = 1.0 - float(distance)
            if number != new.number and similarity >= self._settings.min_similarity:
                other = self._by_number[number]
                common = sorted(entity.id for entity in shared(new, other))
                if common and self.mine(common[0]) and comparable(new, other, self._span):
                    same = self._names.same(new.claim.source, other.claim.source)
                    if not (same and new.claim.article.id == other.claim.article.id):
                        found.append(Candidate(other, similarity, same))
        return found[: self._settings.candidates]

    def near(self, vector: Floats, similarity: float) -> Iterable[Held]:
        """The claims whose cosine to `vector` is at least so much, in the order of coming."""
        return (held for held in list(self) if float(np.dot(held.vector, vector)) >= similarity)

    def _forget(self) -> None:
        while self._by_age:
            oldest = self._by_number.get(self._by_age[0])
            assert self._latest is not None
            if oldest is not None:
                past = len(self) > _OUT_OF_ORDER and oldest.time < self._latest - self._span
                if not past and len(self) <= self._settings.max_claims:
                    return
                del self._by_id[oldest.claim.id]
                self._drop(oldest.number)
            self._by_age.popleft()

    def _drop(self, number: int) -> Held:
        self._index.remove(number)
        return self._by_number.pop(number)


def comparison(new: Held, candidate: Candidate) -> Comparison:
    """What is asked of the two."""
    held = candidate.held
    return Comparison(
        new.text,
        held.text,
        candidate.similarity,
        days=0.0 if candidate.same_source else abs(new.time - held.time) / timedelta(days=1),
        opposed=new.claim.content.denied != held.claim.content.denied,
        surveyed=share(new.claim.source.text) and share(held.claim.source.text),
    )


def shared(one: Held, other: Held) -> tuple[EntityRef, ...]:
    """The entities that both are about."""
    theirs = {entity.id for entity in other.about}
    return tuple(entity for entity in one.about if entity.id in theirs)


def comparable(one: Held, other: Held, span: timedelta) -> bool:
    """Whether two claims can be about the same thing, and are not one told twice."""
    if abs(one.time - other.time) > span:
        return False
    if one.claim.article.id == other.claim.article.id:
        return not overlapping(one.claim, other.claim)
    return not (story(one.claim) == story(other.claim) and float(np.dot(one.vector, other.vector)) > _ONCE)


def story(claim: ClaimRef) -> str:
    """The first article of the claim's story."""
    return claim.article.syndicated_from or claim.article.id


def overlapping(one: ClaimRef, other: ClaimRef) -> bool:
    """Whether two claims of an article share words: one is nested in the other."""
    return any(a < d and c < b for a, b in one.content.spans for c, d in other.content.spans)
