"""Which records of a topic a subscriber wants to see."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

from pipeline.errors import OptionsInvalid
from pipeline.ids import normalised
from pipeline.records import (
    AnnotatedArticle,
    Claim,
    ComparableClaim,
    EntityRecord,
    Proposition,
    Record,
    Relation,
    Source,
    Stance,
    StanceName,
    StanceTarget,
    Target,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """A record passes if it meets each filter that is given; a filter is met by any one of its values.

    `source`: part of a source's name or of its words. `entity`: the id or the whole name of an entity. `publisher`:
    its whole name. `stance`: a label; together with `target` or `entity`, a stance of that label toward that.
    `target`: the id of what a stance is about, or part of its words. Case, width and white space do not count.
    """

    source: tuple[str, ...] = ()
    entity: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    stance: tuple[StanceName, ...] = ()
    target: tuple[str, ...] = ()

    def check(self, type: type) -> None:
        """Raises OptionsInvalid where records of `type` have nothing that a filter could look at."""
        views = _VIEWS[type]
        problems = [
            f"--{field.name} says nothing about this topic, only --{', --'.join(views)}"
            for field in fields(self)
            if getattr(self, field.name) and field.name not in views
        ]
        if problems:
            raise OptionsInvalid(problems)

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def match(self, record: Record) -> bool:
        """Whether `record` passes. Raises KeyError where `check` would have raised."""
        views = _VIEWS[type(record)]
        return (
            (not self.source or _part_of(self.source, views["source"](record)))
            and (not self.entity or _is(self.entity, views["entity"](record)))
            and (not self.publisher or _is(self.publisher, views["publisher"](record)))
            and (not self.target or any(self._about(target) for target, _ in views["target"](record)))
            and (not self.stance or any(self._taken(*stance) for stance in views["stance"](record)))
        )

    def _about(self, target: StanceTarget) -> bool:
        return _part_of(self.target, (target.id, target.text))

    def _taken(self, target: StanceTarget, label: str) -> bool:
        if label not in self.stance:
            return False
        if self.target:
            return self._about(target)
        return not self.entity or _is(self.entity, (target.id, target.text))


def _is(wanted: Iterable[str], found: Iterable[str]) -> bool:
    return not {normalised(one) for one in wanted}.isdisjoint(map(normalised, found))


def _part_of(wanted: Iterable[str], found: Iterable[str]) -> bool:
    parts = [normalised(one) for one in wanted]
    return any(part in name for name in map(normalised, found) for part in parts)


def _source(source: Source) -> Iterator[str]:
    yield from filter(None, (source.name, source.text))


def _named(entities: Iterable[Any]) -> Iterator[str]:
    for entity in entities:
        yield entity.id
        yield entity.name


def _publisher(article: Any) -> Iterator[str]:
    if article.publisher:
        yield article.publisher


def _stances(claim: Claim) -> Iterator[tuple[StanceTarget, str]]:
    return ((stance.target, stance.label) for stance in claim.stances)


def _all_stances(article: AnnotatedArticle) -> Iterator[tuple[StanceTarget, str]]:
    return chain.from_iterable(map(_stances, article.claims))


# What each filter looks at in each type of record; one that is not there does not apply.
_VIEWS: dict[type, dict[str, Callable[[Any], Iterable[Any]]]] = {
    Claim: {
        "source": lambda claim: _source(claim.source),
        "entity": lambda claim: _named(claim.entities),
        "publisher": lambda claim: _publisher(claim.article),
        "stance": _stances,
        "target": _stances,
    },
    AnnotatedArticle: {
        "source": lambda article: chain.from_iterable(_source(claim.source) for claim in article.claims),
        "entity": lambda article: _named(article.entities),
        "publisher": _publisher,
        "stance": _all_stances,
        "target": _all_stances,
    },
    EntityRecord: {
        "entity": lambda record: _named([record]),
        "publisher": lambda record: _publisher(record.article),
    },
    Stance: {
        "source": lambda stance: _source(stance.claim.source),
        "publisher": lambda stance: _publisher(stance.claim.article),
        "stance": lambda stance: [(stance.target, stance.label)],
        "target": lambda stance: [(stance.target, stance.label)],
    },
    Relation: {
        "source": lambda relation: chain.from_iterable(_source(claim.source) for claim in relation.claims),
        "entity": lambda relation: _named(relation.entities),
        "publisher": lambda relation: chain.from_iterable(_publisher(claim.article) for claim in relation.claims),
    },
    ComparableClaim: {
        "source": lambda record: _source(record.claim.source),
        "entity": lambda record: _named(record.about),
        "publisher": lambda record: _publisher(record.claim.article),
        "stance": lambda record: _stances(record.claim),
        "target": lambda record: _stances(record.claim),
    },
    Proposition: {
        "source": lambda proposition: (voice.source for voice in proposition.voices),
        "entity": lambda proposition: _named(proposition.entities),
        "publisher": lambda proposition: chain.from_iterable(voice.publishers for voice in proposition.voices),
    },
    Target: {"target": lambda target: [(StanceTarget("proposition", target.id, target.text), "")]},
}
