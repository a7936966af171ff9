"""Source: what one source has said over time, and its stances."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from sqlalchemy import Connection, func, select

from pipeline.consumers.database.rows import name_key
from pipeline.consumers.database.schema import claim_stances, claims, stances
from pipeline.view.chart import Point, chart
from pipeline.view.claims import csv_rows, cursor, latest, listed, next_cursor
from pipeline.view.parameters import Cursor, Id
from pipeline.view.rendering import View, add

_MOST_POINTS = 150
_MOST_SOURCES = 200


def source(db: Connection, name: Id, before: Cursor = "") -> View:
    """One source: its statements, the latest first, and its stance toward each target over time."""
    key = name_key(name)
    found = listed(db, latest([claims.c.source_key == key], cursor(before)))
    if not found and not before:
        raise HTTPException(404, "Nobody of this name is quoted.")
    points = _points(db, key)
    data = {
        "name": name,
        "claims": found,
        "stances": [
            {"target": p.row, "at": p.at, "label": p.label, "confidence": p.confidence, "claim": p.link} for p in points
        ],
        "next": next_cursor(found),
    }
    return View("source.html", data, csv_rows(found), {"chart": chart(points), "before": before})


def _points(db: Connection, key: str) -> list[Point]:
    part, watched = claim_stances.c, stances.c
    toward = (
        select(part.target_text, part.at, part.label, part.confidence, claims.c.content, part.claim_key)
        .join(claims, claims.c.key == claim_stances.c.claim_key)
        .where(claim_stances.c.source_key == key)
        .order_by(claim_stances.c.at.desc())
        .limit(_MOST_POINTS)
    )
    others = (
        select(watched.target_text, watched.at, watched.label, watched.confidence, watched.content, watched.claim_key)
        .where(watched.source_key == key)
        .order_by(watched.at.desc())
        .limit(_MOST_POINTS)
    )
    return [Point(*row) for statement in (toward, others) for row in db.execute(statement).all()]


def sources(db: Connection, request: Request) -> View:
    """The sources that are quoted most."""
    found: list[dict[str, Any]] = request.app.state.cache.get("sources", lambda: _most_quoted(db))
    return View("sources.html", {"sources": found}, found)


def _most_quoted(db: Connection) -> list[dict[str, Any]]:
    count = func.count().label("claims")
    statement = (
        select(claims.c.source_key, count, func.max(claims.c.at).label("last_at"))
        .where(claims.c.source_key != "")
        .group_by(claims.c.source_key)
        .order_by(count.desc(), claims.c.source_key)
        .limit(_MOST_SOURCES)
    )
    rows = db.execute(statement).all()
    names = {row.source_key: _name(db, row.source_key) for row in rows}
    return [{"name": names[row.source_key], "claims": row.claims, "last_at": row.last_at} for row in rows]


def _name(db: Connection, key: str) -> str:
    """As its last claim spells it."""
    row = db.execute(
        select(claims.c.source_name, claims.c.source_text)
        .where(claims.c.source_key == key)
        .order_by(claims.c.at.desc())
        .limit(1)
    ).one()
    return str(row.source_name or row.source_text)


router = APIRouter(tags=["source"])
add(router, "/sources", sources)
add(router, "/source", source)
