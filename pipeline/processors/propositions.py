"""Claims that agree are one proposition: who says it, who denies it, since when."""

from collections import defaultdict
from collections.abc import Iterable

from pipeline.ids import normalised, proposition_id
from pipeline.records import ClaimRef, EntityRef, Proposition, PropositionRef, Relation, StanceName, Voice

_ENTITIES = 8  # that a proposition names, at most


class Propositions:
    """The propositions of one partition, from its relations. A claim that none agrees with is one of its own.

    What a source denies is no proposition of that source's: it speaks against those of others alone.
    """

    def __init__(self) -> None:
        self._relations: dict[str, Relation] = {}
        self._of_claim: dict[str, set[str]] = defaultdict(set)  # claim id: relation ids
        self._claims: dict[str, ClaimRef] = {}
        self._proposition: dict[str, str] = {}  # claim id: proposition id
        self._members: dict[str, set[str]] = {}  # proposition id: claim ids
        self._changed: set[str] = set()

    def restore(self, proposition: str, claims: Iterable[str]) -> None:
        """These claims belong to that proposition, as was published. Call before any relation is added."""
        self._members[proposition] = set(claims)
        self._proposition |= dict.fromkeys(self._members[proposition], proposition)

    def add(self, relation: Relation) -> None:
        """Takes a relation in, or its newer state."""
        self._relations[relation.id] = relation
        one, other = (claim.id for claim in relation.claims)
        for claim in relation.claims:
            self._claims[claim.id] = claim
            self._of_claim[claim.id].add(relation.id)
            if claim.id not in self._proposition and not claim.content.denied:
                self._found(proposition_id(claim.id), {claim.id})
        if relation.label == "agree" and one in self._proposition and other in self._proposition:
            self._merge(self._proposition[one], self._proposition[other])
        self._touch(one, other)

    def withdraw(self, claim: str) -> list[str]:
        """Forgets a claim; the ids of the relations that go with it."""
        gone = sorted(self._of_claim.pop(claim, ()))
        neighbours = set()
        for one in gone:
            relation = self._relations.pop(one)
            neighbours |= {ref.id for ref in relation.claims} - {claim}
        for neighbour in neighbours:
            self._of_claim[neighbour] -= set(gone)
        self._claims.pop(claim, None)
        home = self._proposition.pop(claim, None)
        if home is not None:
            self._changed.add(home)
            self._split(home, self._members.pop(home) - {claim})
        for neighbour in neighbours:
            if self._of_claim[neighbour]:
                continue
            # It was there for what contradicted it alone.
            if neighbour in self._proposition:
                alone = self._proposition[neighbour]
                self._changed.add(alone)
                self._split(alone, self._members.pop(alone))
            else:
                self._claims.pop(neighbour, None)
                del self._of_claim[neighbour]
        self._touch(*(neighbour for neighbour in neighbours if neighbour in self._proposition))
        return gone

    def take_changed(self) -> dict[str, Proposition | None]:
        """What has changed since the last call: each proposition as it is now, or None where it is no more."""
        changed, self._changed = sorted(self._changed), set()
        return {one: self._built(one) if one in self._members else None for one in changed}

    def claims_of(self, proposition: str) -> list[ClaimRef]:
        """The claims of a proposition, the earliest first."""
        return sorted((self._claims[one] for one in self._members[proposition] if one in self._claims), key=_age)

    def _touch(self, *claims: str) -> None:
        """What these claims are part of has changed, and what contradicts them shows it."""
        for claim in claims:
            if claim in self._proposition:
                self._changed.add(self._proposition[claim])
            for relation in self._of_claim[claim]:
                self._changed |= {
                    self._proposition[ref.id] for ref in self._relations[relation].claims if ref.id in self._proposition
                }

    def _found(self, proposition: str, claims: set[str]) -> None:
        # The claim that gave the id its name may have moved on to another proposition.
        while proposition in self._members:
            proposition = proposition_id(proposition)
        self._members[proposition] = claims
        self._changed.add(proposition)
        for claim in claims:
            self._proposition[claim] = proposition

    def _merge(self, one: str, other: str) -> None:
        """The elder takes the claims of the younger."""
        if one == other:
            return
        elder, younger = sorted((one, other), key=lambda each: (_age(self.claims_of(each)[0]), each))
        moved = self._members.pop(younger)
        self._members[elder] |= moved
        for claim in moved:
            self._proposition[claim] = elder
        self._changed |= {elder, younger}
        self._touch(*moved)

    def _split(self, home: str, left: set[str]) -> None:
        """The claims `left` of proposition `home`, as those that still hang together; the largest keeps the id."""
        parts = []
        while left:
            part, waiting = set(), [min(left)]
            while waiting:
                claim = waiting.pop()
                if claim in part:
                    continue
                part.add(claim)
                for one in self._of_claim[claim]:
                    relation = self._relations[one]
                    if relation.label == "agree":
                        waiting += [ref.id for ref in relation.claims]
            part &= left
            left = left - part
            if any(self._of_claim[claim] for claim in part):
                parts.append(part)
            else:
                for claim in part:
                    self._proposition.pop(claim)
                    self._claims.pop(claim, None)
        parts.sort(key=lambda part: (-len(part), min(part)))
        for n, part in enumerate(parts):
            self._found(home if n == 0 else proposition_id(min(part)), part)

    def _built(self, proposition: str) -> Proposition:
        claims = self.claims_of(proposition)
        relations = [self._relations[one] for claim in claims for one in sorted(self._of_claim[claim.id])]
        own = {claim.id for claim in claims}
        agreeing = defaultdict(int, {claim.id: 0 for claim in claims})
        denials: dict[str, ClaimRef] = {}
        entities: dict[str, EntityRef] = {}
        for relation in relations:
            entities |= {entity.id: entity for entity in relation.entities}
            together = own.issuperset(ref.id for ref in relation.claims)
            for ref in relation.claims:
                if relation.label == "agree":
                    agreeing[ref.id] += together
                elif ref.id not in own:
                    denials[ref.id] = ref
        central = min(claims, key=lambda claim: (-agreeing[claim.id], _age(claim)))
        opposing = sorted({self._proposition[one] for one in denials if one in self._proposition} - {proposition})
        times = [moment for claim in claims if (moment := claim.article.published_at)]
        return Proposition(
            id=proposition,
            text=central.content.text,
            voices=(*_voices(claims, "favor"), *_voices(sorted(denials.values(), key=_age), "against")),
            entities=tuple(entities.values())[:_ENTITIES],
            first_at=min(times, default=None),
            last_at=max(times, default=None),
            publishers=_independent(claims),
            contested=bool(denials),
            opposing=tuple(PropositionRef(one, self._wording(one)) for one in opposing),
        )

    def _wording(self, proposition: str) -> str:
        return self.claims_of(proposition)[0].content.text


def _age(claim: ClaimRef) -> tuple[str, str]:
    moment = claim.article.published_at
    return (moment.isoformat() if moment else "", claim.id)


def _voices(claims: Iterable[ClaimRef], stance: StanceName) -> list[Voice]:
    by_source: dict[str, list[ClaimRef]] = {}
    names: dict[str, str] = {}
    for claim in claims:
        name = claim.source.name or claim.source.text
        # "Officials" of two articles are not one source.
        key = normalised(name) if claim.source.kind != "unnamed" else f"{claim.article.id} {normalised(name)}"
        names.setdefault(key, name)
        by_source.setdefault(key, []).append(claim)
    return [
        Voice(names[key], stance, tuple(said), tuple(dict.fromkeys(_publisher(claim) for claim in said)))
        for key, said in by_source.items()
    ]


def _publisher(claim: ClaimRef) -> str:
    return claim.article.publisher or claim.article.url or claim.article.id


def _independent(claims: Iterable[ClaimRef]) -> int:
    """Publishers, where all reprints of one story count as one."""
    first_of_story: dict[str, str] = {}
    for claim in claims:
        first_of_story.setdefault(claim.article.syndicated_from or claim.article.id, _publisher(claim))
    return len(set(first_of_story.values()))
