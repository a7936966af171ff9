"""Records to rows. Pure."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Table

from pipeline.consumers.database import schema
from pipeline.ids import normalised
from pipeline.records import (
    AnnotatedArticle,
    Claim,
    ClaimRef,
    EntityRecord,
    Proposition,
    Relation,
    Source,
    Stance,
    Target,
)
from pipeline.topics import ARTICLES_ANNOTATED, CLAIMS, ENTITIES, PROPOSITIONS, RELATIONS, STANCES, TARGETS
from pipeline.wire.codec import encode

Row: TypeAlias = dict[str, Any]

_NUL = ("\x00", "�")  # PostgreSQL holds no NUL; one character for another keeps every span right

_LARGEST = 2**31 - 1  # that a column of numbers holds
_LONGEST_IDENTIFIER = 250  # characters, of up to 4 bytes


@dataclass(frozen=True, slots=True)
class Filling:
    """How a topic fills its table. `row(record, came)`: columns without seq and key, `came` being the record's time.

    `parts`: tables whose rows belong to a row of it, by `claim_key` and `claim_seq`, with the function that gives the
    rest. `distinct`: a table of the values that one column of its rows has or had, and that column's name.
    """

    table: Table
    row: Callable[[Any, datetime], Row]
    parts: Mapping[Table, Callable[[Any, datetime], list[Row]]]
    distinct: tuple[Table, str] | None = None


def identifier(text: str) -> str:
    """An id or a name as it stands in an index: PostgreSQL's rows there hold 2,700 bytes, and ids may be any."""
    text = text.replace(*_NUL)
    if len(text) <= _LONGEST_IDENTIFIER:
        return text
    return f"{text[:200]}~{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def name_key(name: str) -> str:
    """By what something is found that is called `name`."""
    return identifier(normalised(name))


def source_name(source: Source) -> str:
    """What to call a source: its name, else its words; empty for nobody."""
    return source.name or source.text


def source_key(source: Source) -> str:
    """By what the statements of a source are found."""
    return name_key(source_name(source))


def clean(row: Row) -> Row:
    """The row as every database takes it."""
    return {name: value.replace(*_NUL) if isinstance(value, str) else value for name, value in row.items()}


def _article(article: AnnotatedArticle, came: datetime) -> Row:
    return {
        "revision": min(article.revision, _LARGEST),
        "url": article.url,
        "publisher": article.publisher,
        "headline": article.headline,
        "published_at": article.published_at,
        "language": article.language,
        "at": article.published_at or came,
        "text": article.text,
        "entities": orjson.dumps(article.entities).decode(),
        "authors": orjson.dumps(article.authors).decode(),
    }


def _claim(claim: Claim, came: datetime) -> Row:
    article, source, spans = claim.article, claim.source, claim.content.spans
    return {
        "article_id": identifier(article.id),
        "revision": min(article.revision, _LARGEST),
        "url": article.url,
        "publisher": article.publisher,
        "publisher_key": name_key(article.publisher or ""),
        "headline": article.headline,
        "published_at": article.published_at,
        "at": article.published_at or came,
        "source_text": source.text,
        "source_name": source.name,
        "source_key": source_key(source),
        "source_kind": source.kind,
        "source_entity": source.entity and identifier(source.entity),
        "cue": claim.cue.text,
        "content": claim.content.text,
        "form": claim.content.form,
        "denied": claim.content.denied,
        "position": min([_LARGEST, *(start for start, _ in spans)]) if spans else 0,
        "confidence": claim.confidence,
        "data": encode(claim).decode(),
    }


def _claim_entities(claim: Claim, came: datetime) -> list[Row]:
    return [
        {
            "entity_id": identifier(entity.id),
            "name": entity.name,
            "name_key": name_key(entity.name),
            "type": entity.type,
            "at": claim.article.published_at or came,
        }
        for entity in {identifier(entity.id): entity for entity in claim.entities}.values()
    ]


def _claim_stances(claim: Claim, came: datetime) -> list[Row]:
    return [
        {
            "target_id": identifier(stance.target.id),
            "target_kind": stance.target.kind,
            "target_text": stance.target.text,
            "label": stance.label,
            "confidence": stance.confidence,
            "source_key": source_key(claim.source),
            "at": claim.article.published_at or came,
        }
        for stance in {identifier(stance.target.id): stance for stance in claim.stances}.values()
    ]


def _entity(entity: EntityRecord, came: datetime) -> Row:
    return {
        "entity_id": identifier(entity.id),
        "article_id": identifier(entity.article.id),
        "name": entity.name,
        "name_key": name_key(entity.name),
        "type": entity.type,
        "mentions": len(entity.mentions),
        "publisher": entity.article.publisher,
        "headline": entity.article.headline,
        "at": entity.article.published_at or came,
        "data": encode(entity).decode(),
    }


def _target(target: Target, came: datetime) -> Row:
    return {"text": target.text, "created_at": target.created_at}


def _stance(stance: Stance, came: datetime) -> Row:
    claim = stance.claim
    return {
        "claim_key": identifier(claim.id),
        "article_id": identifier(claim.article.id),
        "publisher": claim.article.publisher,
        "headline": claim.article.headline,
        "at": claim.article.published_at or came,
        "source_name": claim.source.name,
        "source_text": claim.source.text,
        "source_key": source_key(claim.source),
        "content": claim.content.text,
        "denied": claim.content.denied,
        "target_id": identifier(stance.target.id),
        "target_text": stance.target.text,
        "label": stance.label,
        "confidence": stance.confidence,
        "data": encode(stance).decode(),
    }


def _relation(relation: Relation, came: datetime) -> Row:
    one, other = relation.claims

    def at(claim: ClaimRef) -> datetime:
        return claim.article.published_at or came

    return {
        "label": relation.label,
        "score": relation.score,
        "one_claim": identifier(one.id),
        "other_claim": identifier(other.id),
        "at": max(at(one), at(other)),
        "data": encode(relation).decode(),
    }


def _proposition(proposition: Proposition, came: datetime) -> Row:
    return {
        "text": proposition.text,
        "contested": proposition.contested,
        "publishers": min(proposition.publishers, _LARGEST),
        "first_at": proposition.first_at,
        "last_at": proposition.last_at,
        "at": proposition.last_at or came,
        "data": encode(proposition).decode(),
    }


FILLINGS: dict[str, Filling] = {
    ARTICLES_ANNOTATED.name: Filling(schema.articles, _article, {}),
    ENTITIES.name: Filling(schema.entities, _entity, {}),
    CLAIMS.name: Filling(
        schema.claims,
        _claim,
        {schema.claim_entities: _claim_entities, schema.claim_stances: _claim_stances},
        (schema.sources, "source_key"),
    ),
    TARGETS.name: Filling(schema.targets, _target, {}),
    STANCES.name: Filling(schema.stances, _stance, {}),
    RELATIONS.name: Filling(schema.relations, _relation, {}),
    PROPOSITIONS.name: Filling(schema.propositions, _proposition, {}),
}
"""How each topic fills its table, by the topic's name without prefix."""
