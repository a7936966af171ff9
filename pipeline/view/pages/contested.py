"""Contested: propositions on which sources contradict each other, both sides next to each other."""

from typing import Any

import orjson
from fastapi import APIRouter, HTTPException
from sqlalchemy import Connection, select, true

from pipeline.consumers.database.rows import identifier
from pipeline.consumers.database.schema import propositions
from pipeline.view.claims import article_cells
from pipeline.view.parameters import Id, Seq
from pipeline.view.rendering import View, add

_PAGE = 20
_LOOKED_AT = 3 * _PAGE  # two propositions that oppose each other are one entry


def contested(db: Connection, skip: Seq = 0) -> View:
    """What sources contradict each other on: who says it and who denies it, the latest first."""
    rows = db.execute(
        select(propositions.c.data)
        .where(propositions.c.contested == true())
        .order_by(propositions.c.at.desc(), propositions.c.key)
        .offset(min(skip, 100_000))
        .limit(_LOOKED_AT)
    ).all()
    shown: list[dict[str, Any]] = []
    opposed: set[str] = set()
    looked_at = 0
    for row in rows:
        if len(shown) == _PAGE:
            break
        looked_at += 1
        proposition = orjson.loads(row.data)
        if proposition["id"] not in opposed:
            shown.append(proposition)
            opposed |= {one["id"] for one in proposition["opposing"]}
    following = skip + looked_at if looked_at < len(rows) or len(rows) == _LOOKED_AT else 0
    return View("contested.html", {"propositions": shown, "next": following}, _csv(shown), {"skip": skip})


def proposition(db: Connection, id: Id) -> View:
    """One proposition: every source that says or denies it, with its claims."""
    row = db.execute(select(propositions.c.data).where(propositions.c.key == identifier(id))).first()
    if row is None:
        raise HTTPException(404, "There is no proposition of this id, or its claims have been withdrawn.")
    found = orjson.loads(row.data)
    return View("proposition.html", {"proposition": found}, _csv([found]))


def _csv(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "proposition": one["text"],
            "proposition_id": one["id"],
            "source": voice["source"],
            "stance": voice["stance"],
            "content": claim["content"]["text"],
            "denied": claim["content"]["denied"],
            "claim_id": claim["id"],
            **article_cells(claim["article"]),
        }
        for one in found
        for voice in one["voices"]
        for claim in voice["claims"]
    ]


router = APIRouter(tags=["contested"])
add(router, "/contested", contested)
add(router, "/proposition", proposition)
