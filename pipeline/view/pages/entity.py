"""Entity: a person, organisation or place; what is said about it, and by whom for or against it."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import Connection, and_, func, or_, select

from pipeline.consumers.database.rows import identifier
from pipeline.consumers.database.schema import claim_entities, claim_stances, claims, entities
from pipeline.view.chart import Point, chart
from pipeline.view.claims import PAGE, csv_rows, cursor, latest, listed, next_cursor
from pipeline.view.parameters import Cursor, Id
from pipeline.view.rendering import View, add, plain

_MOST_POINTS = 150
_MOST_STORIES = 20
_MOST_ENTITIES = 200


def entity(db: Connection, id: Id, before: Cursor = "") -> View:
    """One entity: claims about it, the latest first; stances toward it over time; the stories that name it."""
    key = identifier(id)
    known = db.execute(
        select(entities.c.name, entities.c.type)
        .where(entities.c.entity_id == key)
        .order_by(entities.c.at.desc())
        .limit(1)
    ).first()
    if known is None:
        raise HTTPException(404, "No article names this entity.")
    found, following = _about(db, key, before)
    points = _points(db, key)
    stories = db.execute(
        select(entities.c.article_id, entities.c.headline, entities.c.publisher, entities.c.at, entities.c.mentions)
        .where(entities.c.entity_id == key)
        .order_by(entities.c.at.desc())
        .limit(_MOST_STORIES)
    ).all()
    data = {
        "entity": {"id": id, "name": known.name, "type": known.type},
        "claims": found,
        "stances": [
            {"source": p.row, "at": p.at, "label": p.label, "confidence": p.confidence, "claim": p.link} for p in points
        ],
        "stories": [plain(row) for row in stories],
        "next": following,
    }
    return View("entity.html", data, csv_rows(found), {"chart": chart(points), "before": before})


def _about(db: Connection, key: str, before: str) -> tuple[list[dict[str, Any]], str]:
    """Claims about the entity, a page of them, found by its own index."""
    part, since = claim_entities, cursor(before)
    statement = (
        select(part.c.claim_seq)
        .where(part.c.entity_id == key)
        .order_by(part.c.at.desc(), part.c.claim_seq.desc())
        .limit(PAGE)
    )
    if since is not None:
        at, seq = since
        statement = statement.where(or_(part.c.at < at, and_(part.c.at == at, part.c.claim_seq < seq)))
    found = listed(db, latest([claims.c.seq.in_(db.scalars(statement).all())], None))
    return found, next_cursor(found)


def _points(db: Connection, key: str) -> list[Point]:
    part = claim_stances.c
    who = func.coalesce(func.nullif(claims.c.source_name, ""), func.nullif(claims.c.source_text, ""), "nobody named")
    rows = db.execute(
        select(who, part.at, part.label, part.confidence, claims.c.content, part.claim_key)
        .join(claims, claims.c.key == claim_stances.c.claim_key)
        .where(claim_stances.c.target_id == key)
        .order_by(claim_stances.c.at.desc())
        .limit(_MOST_POINTS)
    )
    return [Point(*row) for row in rows.all()]


def entities_list(db: Connection, request: Request) -> View:
    """The entities that most claims are about."""
    found: list[dict[str, Any]] = request.app.state.cache.get("entities", lambda: _most_spoken_of(db))
    return View("entities.html", {"entities": found}, found)


def _most_spoken_of(db: Connection) -> list[dict[str, Any]]:
    part = claim_entities
    count = func.count().label("claims")
    rows = db.execute(
        select(
            part.c.entity_id.label("id"),
            func.max(part.c.name).label("name"),
            func.max(part.c.type).label("type"),
            count,
        )
        .group_by(part.c.entity_id)
        .order_by(count.desc(), part.c.entity_id)
        .limit(_MOST_ENTITIES)
    )
    return [plain(row) for row in rows]


router = APIRouter(tags=["entity"])
add(router, "/entities", entities_list)
add(router, "/entity", entity)
