"""Claims as the pages list them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypedDict

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    false,
    or_,
    select,
    union_all,
)

from pipeline.consumers.database.rows import identifier, name_key
from pipeline.consumers.database.schema import claim_entities, claim_stances, claims, sources

PAGE = 25
_MOST_NAMES = 200
Listed: TypeAlias = dict[str, Any]

_COLUMNS = [
    column
    for column in claims.c
    if column.name not in ("data", "publisher_key", "revision", "source_entity", "position")
]
# Made once: their making costs more than their answer.
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_ENTITIES = select(
    claim_entities.c.claim_key, claim_entities.c.entity_id, claim_entities.c.name, claim_entities.c.type
).where(claim_entities.c.claim_key.in_(_KEYS))
_STANCES = select(
    claim_stances.c.claim_key,
    claim_stances.c.target_id,
    claim_stances.c.target_text,
    claim_stances.c.target_kind,
    claim_stances.c.label,
    claim_stances.c.confidence,
).where(claim_stances.c.claim_key.in_(_KEYS))


def newest(where: Iterable[ColumnElement[bool]], *, limit: int = PAGE) -> Select[Any]:
    """Claims in the order in which they came, the last one first."""
    return select(*_COLUMNS).where(*where).order_by(claims.c.seq.desc()).limit(limit)


def latest(
    where: Iterable[ColumnElement[bool]], before: tuple[datetime, int] | None, *, limit: int = PAGE
) -> Select[Any]:
    """Claims by the time of their article, the latest first; `before`: `at` and `seq` of the last one seen."""
    conditions = list(where)
    if before is not None:
        at, seq = before
        conditions.append(or_(claims.c.at < at, and_(claims.c.at == at, claims.c.seq < seq)))
    return select(*_COLUMNS).where(*conditions).order_by(claims.c.at.desc(), claims.c.seq.desc()).limit(limit)


def of_article(article: str, *, limit: int) -> Select[Any]:
    """The claims of an article in the order of its text."""
    return select(*_COLUMNS).where(claims.c.article_id == article).order_by(claims.c.position).limit(limit)


def listed(connection: Connection, statement: Select[Any]) -> list[Listed]:
    """The claims of `statement`, which selects what `newest` or `latest` do, with entities and stances."""
    rows = connection.execute(statement).all()
    keys = [row.key for row in rows]
    entities: dict[str, list[dict[str, Any]]] = {key: [] for key in keys}
    stances: dict[str, list[dict[str, Any]]] = {key: [] for key in keys}
    if keys:
        for key, id_, name, type_ in connection.execute(_ENTITIES, {"keys": keys}).all():
            entities[key].append({"id": id_, "name": name, "type": type_})
        for key, id_, text, kind, label, confidence in connection.execute(_STANCES, {"keys": keys}).all():
            target = {"id": id_, "text": text, "kind": kind}
            stances[key].append({"target": target, "label": label, "confidence": confidence})
    return [_claim(row, entities[row.key], stances[row.key]) for row in rows]


def _claim(row: Row[Any], entities: list[dict[str, Any]], stances: list[dict[str, Any]]) -> Listed:
    return {
        "id": row.key,
        "seq": row.seq,
        "source": {"name": row.source_name, "text": row.source_text, "kind": row.source_kind},
        "cue": row.cue,
        "content": row.content,
        "form": row.form,
        "denied": row.denied,
        "confidence": row.confidence,
        "article": {
            "id": row.article_id,
            "headline": row.headline,
            "publisher": row.publisher,
            "published_at": row.published_at,
            "url": row.url,
        },
        "at": row.at,
        "entities": entities,
        "stances": stances,
    }


def csv_rows(found: Sequence[Listed]) -> list[dict[str, Any]]:
    """Claims as rows of a table."""
    return [
        {
            "id": claim["id"],
            "source": claim["source"]["name"] or claim["source"]["text"],
            "source_words": claim["source"]["text"],
            "cue": claim["cue"],
            "content": claim["content"],
            "form": claim["form"],
            "denied": claim["denied"],
            "confidence": claim["confidence"],
            **article_cells(claim["article"]),
            "entities": "; ".join(entity["name"] for entity in claim["entities"]),
            "stances": "; ".join(f"{s['label']} {s['target']['text']}" for s in claim["stances"]),
        }
        for claim in found
    ]


def article_cells(article: Mapping[str, Any]) -> dict[str, Any]:
    """A claim's article as columns of a table."""
    columns = ("publisher", "published_at", "headline", "url")
    return {**{name: article[name] for name in columns}, "article_id": article["id"]}


class Filters(TypedDict):
    """What a person asks of claims; empty for anything."""

    source: str  # part of its name
    publisher: str  # its whole name
    entity: str  # its id or its whole name
    stance: str  # a label, toward anything


def conditions(
    connection: Connection, filters: Filters, *, seq: ColumnElement[int] = claims.c.seq
) -> list[ColumnElement[bool]]:
    """What `filters` ask for. `seq`: the claim's number, where something else than its own row has it more cheaply."""
    found: list[ColumnElement[bool]] = []
    entity, stance = filters["entity"], filters["stance"]
    if filters["source"]:
        found.append(_said_by(connection, name_key(filters["source"]), seq))
    if filters["publisher"]:
        found.append(claims.c.publisher_key == name_key(filters["publisher"]))
    if entity:
        found.append(_about(connection, entity, seq))
    if stance:
        taken = and_(claim_stances.c.claim_key == claims.c.key, claim_stances.c.label == stance)
        found.append(select(claim_stances.c.claim_key).where(taken).exists())
    return found


def _about(connection: Connection, entity: str, seq: ColumnElement[int]) -> ColumnElement[bool]:
    part = claim_entities.c
    ways = (part.entity_id == identifier(entity), part.name_key == name_key(entity))
    if connection.dialect.name == "postgresql":
        # It knows how often the entity occurs: if often, it goes through the newest claims.
        return select(part.claim_key).where(part.claim_key == claims.c.key, or_(*ways)).exists()
    # Two questions, each answered by an index alone; an OR would read the rows.
    return seq.in_(union_all(*(select(part.claim_seq).where(way) for way in ways)))


def _said_by(connection: Connection, part: str, seq: ColumnElement[int]) -> ColumnElement[bool]:
    """By a source whose name holds `part`: the names are looked through, not the claims."""
    fits = sources.c.source_key.contains(part, autoescape=True)
    names = connection.scalars(select(sources.c.source_key).where(fits).limit(_MOST_NAMES + 1)).all()
    if not names:
        return false()
    if len(names) > _MOST_NAMES:
        # So many say something all the time: the newest claims are soon found from claim to claim.
        return claims.c.source_key.contains(part, autoescape=True)
    if connection.dialect.name == "postgresql":
        return claims.c.source_key.in_(names)
    named = claims.alias()
    return seq.in_(select(named.c.seq).where(named.c.source_key.in_(names)))


def cursor(text: str) -> tuple[datetime, int] | None:
    """`before` of `latest` from an address; None where it is empty or no such thing."""
    at, _, seq = text.rpartition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, int(seq)) if moment.tzinfo and seq.isascii() and seq.isdigit() and len(seq) < 19 else None


def next_cursor(found: Sequence[Listed], *, limit: int = PAGE) -> str:
    """The other way round: for what comes after `found`; empty where that is all."""
    return f"{found[-1]['at'].isoformat()}~{found[-1]['seq']}" if len(found) == limit else ""
