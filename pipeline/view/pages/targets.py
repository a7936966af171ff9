"""Targets: the propositions that users watch, and who is for and against."""

from typing import Any

from fastapi import APIRouter, HTTPException
from sqlalchemy import Connection, func, select

from pipeline.consumers.database.rows import identifier
from pipeline.consumers.database.schema import stances, targets
from pipeline.view.chart import Point, chart
from pipeline.view.parameters import Id, Seq
from pipeline.view.rendering import View, add

_MOST = 500
_PAGE = 25
_MOST_POINTS = 150
_LABELS = ("favor", "neutral", "against")


def targets_list(db: Connection) -> View:
    """Every watched proposition, with the number of claims for and against it."""
    counts: dict[str, dict[str, int]] = {}
    grouped = select(stances.c.target_id, stances.c.label, func.count().label("claims"))
    for row in db.execute(grouped.group_by(stances.c.target_id, stances.c.label)):
        counts.setdefault(row.target_id, {})[row.label] = row.claims
    found = [
        {
            "id": row.key,
            "text": row.text,
            "created_at": row.created_at,
            **{label: counts.get(row.key, {}).get(label, 0) for label in _LABELS},
        }
        for row in db.execute(select(targets).order_by(targets.c.created_at.desc()).limit(_MOST))
    ]
    return View("targets.html", {"targets": found}, found)


def target(db: Connection, id: Id, skip: Seq = 0) -> View:
    """One watched proposition: the claims that bear on it, by source over time."""
    key = identifier(id)
    known = db.execute(select(targets).where(targets.c.key == key)).first()
    rows = db.execute(
        select(*(column for column in stances.c if column.name != "data"))
        .where(stances.c.target_id == key)
        .order_by(stances.c.at.desc(), stances.c.seq.desc())
        .offset(min(skip, 1_000_000))
        .limit(_MOST_POINTS)
    ).all()
    if known is None and not rows and not skip:
        raise HTTPException(404, "Nobody watches this proposition.")
    found: list[dict[str, Any]] = [
        {
            "claim": row.claim_key,
            "source": row.source_name or row.source_text,
            "content": row.content,
            "denied": row.denied,
            "label": row.label,
            "confidence": row.confidence,
            "publisher": row.publisher,
            "headline": row.headline,
            "at": row.at,
            "article_id": row.article_id,
        }
        for row in rows
    ]
    points = [
        Point(one["source"] or "nobody named", one["at"], one["label"], one["confidence"], one["content"], one["claim"])
        for one in found
    ]
    about = {"id": id, "text": known.text if known else rows[0].target_text if rows else id}
    shown, following = found[:_PAGE], skip + _PAGE if len(found) > _PAGE else 0
    extra = {"chart": None if skip else chart(points)}
    return View("target.html", {"target": about, "stances": shown, "next": following}, shown, extra)


router = APIRouter(tags=["targets"])
add(router, "/targets", targets_list)
add(router, "/target", target)
