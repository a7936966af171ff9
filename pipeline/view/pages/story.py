"""Story: an article's text with everything marked that was found in it."""

from typing import Any

import orjson
from fastapi import APIRouter, HTTPException
from sqlalchemy import Connection, or_, select

from pipeline.consumers.database.rows import identifier
from pipeline.consumers.database.schema import articles, claims, relations, stances
from pipeline.view.claims import csv_rows, listed, of_article
from pipeline.view.marking import Span, paragraphs
from pipeline.view.parameters import Id
from pipeline.view.rendering import View, add

_MOST_CLAIMS = 2000
_ROLES = ("source", "cue", "content")
_STANCE = (stances.c.claim_key, stances.c.target_id, stances.c.target_text, stances.c.label, stances.c.confidence)


def story(db: Connection, id: Id) -> View:
    """One article: its text, its entities, its claims with their stances and relations."""
    key = identifier(id)
    article = db.execute(select(articles).where(articles.c.key == key)).first()
    if article is None:
        raise HTTPException(404, "There is no article of this id, or it has been withdrawn.")
    found = listed(db, of_article(key, limit=_MOST_CLAIMS))
    spans, places = _spans(db, key)
    found.sort(key=lambda claim: (places.get(claim["id"], 0), claim["id"]))
    keys = [claim["id"] for claim in found]
    related, watched = _relations(db, keys), _watched(db, keys)
    for claim in found:
        claim["spans"] = spans.get(claim["id"], {})
        claim["relations"] = related.get(claim["id"], [])
        claim["stances"] += watched.get(claim["id"], [])
    entities = orjson.loads(article.entities)
    marks = [
        Span(start, end, claim, role)
        for claim, roles in spans.items()
        for role, ones in roles.items()
        for start, end in ones
    ]
    named = [
        Span(start, end, entity["id"], entity["type"])
        for entity in entities
        for start, end in (mention["span"] for mention in entity["mentions"])
    ]
    headline = len(article.headline or "") if article.text.startswith(f"{article.headline}\n\n") else 0
    return View(
        "story.html",
        {
            "article": {
                "id": article.key,
                "revision": article.revision,
                "url": article.url,
                "publisher": article.publisher,
                "headline": article.headline,
                "authors": orjson.loads(article.authors),
                "published_at": article.published_at,
                "language": article.language,
                "text": article.text,
            },
            "entities": entities,
            "claims": found,
        },
        csv_rows(found),
        {
            "title": [run for part in paragraphs(article.text, marks, named, end=headline) for run in part],
            "body": paragraphs(article.text, marks, named, start=headline),
        },
    )


def _spans(db: Connection, article: str) -> tuple[dict[str, dict[str, list[list[int]]]], dict[str, int]]:
    """By claim: the spans of each role, and where its content begins."""
    rows = db.execute(select(claims.c.key, claims.c.position, claims.c.data).where(claims.c.article_id == article))
    spans, places = {}, {}
    for row in rows:
        record = orjson.loads(row.data)
        spans[row.key] = {role: record[role]["spans"] for role in _ROLES}
        places[row.key] = row.position
    return spans, places


def _relations(db: Connection, keys: list[str]) -> dict[str, list[dict[str, Any]]]:
    """By claim of `keys`: the other claim of each relation, contradictions first."""
    found: dict[str, list[dict[str, Any]]] = {}
    if not keys:
        return found
    touching = or_(relations.c.one_claim.in_(keys), relations.c.other_claim.in_(keys))
    ours = set(keys)
    for row in db.execute(select(relations.c.label, relations.c.score, relations.c.data).where(touching)):
        record = orjson.loads(row.data)
        one, other = record["claims"]
        for claim, related in ((one, other), (other, one)):
            if claim["id"] in ours:
                about = {"label": row.label, "kind": record["kind"], "score": row.score, "claim": related}
                found.setdefault(claim["id"], []).append(about)
    for ones in found.values():
        ones.sort(key=lambda one: (one["label"] != "contradict", -one["score"]))
    return found


def _watched(db: Connection, keys: list[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in db.execute(select(*_STANCE).where(stances.c.claim_key.in_(keys))).all() if keys else ():
        target = {"id": row.target_id, "text": row.target_text, "kind": "proposition"}
        found.setdefault(row.claim_key, []).append({"target": target, "label": row.label, "confidence": row.confidence})
    return found


router = APIRouter(tags=["story"])
add(router, "/story", story)
