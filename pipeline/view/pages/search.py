"""Search: claims and stories by their words, with filters."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, not_, select, text

from pipeline.consumers.database.schema import WORDS, articles, claims
from pipeline.view.claims import PAGE, conditions, csv_rows, listed, newest
from pipeline.view.parameters import Label, Seq, Text
from pipeline.view.rendering import View, add, plain

_TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_MOST_TERMS = 20
_DAY = timedelta(days=1)


def search(
    db: Connection,
    q: Annotated[str, Query(max_length=500)] = "",
    kind: Annotated[str, Query(pattern="^(claims|stories)$")] = "claims",
    source: Text = "",
    publisher: Text = "",
    entity: Text = "",
    stance: Label = "",
    since: Text = "",
    until: Text = "",
    before: Seq = 0,
) -> View:
    """Claims or stories that hold every word of `q` ("a phrase", -without), the newest first."""
    filters = {"source": source, "publisher": publisher, "entity": entity, "stance": stance}
    asked = bool(q.strip() or any(filters.values()) or since or until)
    table = claims if kind == "claims" else articles
    where = _dates(table, since, until)
    newest_alone = not where and not any(filters.values())
    where += _words(db, table, q, before if newest_alone else None)
    if before > 0:
        where.append(table.c.seq < before)
    found: list[dict[str, Any]] = []
    if asked and kind == "claims":
        found = listed(db, newest([*where, *conditions(db, **filters)]))
    elif asked:
        found = _stories(db, where, publisher)
    data = {
        "q": q,
        "kind": kind,
        "filters": {**filters, "since": since, "until": until},
        kind: found,
        "next": found[-1]["seq"] if len(found) == PAGE else 0,
    }
    rows = csv_rows(found) if kind == "claims" else found
    return View("search.html", data, rows, {"found": found, "asked": asked, "before": before})


def _stories(db: Connection, where: list[ColumnElement[bool]], publisher: str) -> list[dict[str, Any]]:
    if publisher:
        where = [*where, func.lower(articles.c.publisher) == publisher.lower()]
    rows = db.execute(
        select(articles.c.seq, articles.c.key, articles.c.headline, articles.c.publisher, articles.c.at, articles.c.url)
        .where(*where)
        .order_by(articles.c.seq.desc())
        .limit(PAGE)
    )
    return [plain(row) for row in rows]


def _words(db: Connection, table: Table, q: str, before: int | None) -> list[ColumnElement[bool]]:
    """`before`: where nothing else is asked, the row after which the newest are wanted: a common word is in most."""
    wanted, unwanted = terms(q)
    if not wanted:
        return [literal_column("0") == 1] if q.strip() else []
    if db.dialect.name == "postgresql":
        search: ColumnElement[str] = literal_column(f"{table.name}.search")
        words: ColumnElement[str] = literal_column(f"'{WORDS}'")
        return [
            *(search.op("@@")(func.phraseto_tsquery(words, term)) for term in wanted),
            *(not_(search.op("@@")(func.phraseto_tsquery(words, term))) for term in unwanted),
        ]
    name = f"{table.name}_search"
    query = f"SELECT rowid FROM {name} WHERE {name} MATCH :fts5"
    if before is None:
        return [table.c.seq.in_(text(query).bindparams(fts5=fts5(wanted, unwanted)))]
    query = f"SELECT rowid FROM ({query} AND rowid < :before ORDER BY rowid DESC LIMIT {PAGE})"
    return [table.c.seq.in_(text(query).bindparams(fts5=fts5(wanted, unwanted), before=before or 2**62))]


def terms(q: str) -> tuple[list[str], list[str]]:
    """The words and phrases that a person wants, and those that must not be there (with - in front)."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _TERM.findall(q)[:_MOST_TERMS]:
        term = (phrase or word).replace('"', " ").replace("\x00", " ")
        if any(character.isalnum() for character in term):
            (unwanted if minus else wanted).append(term)
    return wanted, unwanted


def fts5(wanted: list[str], unwanted: list[str]) -> str:
    """A query of SQLite's FTS5: every term a string, so that nothing a person writes is an operator."""
    return " NOT ".join([" AND ".join(f'"{term}"' for term in wanted), *(f'"{term}"' for term in unwanted)])


def _dates(table: Table, since: str, until: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    first, last = _date(since), _date(until)
    if first is not None:
        found.append(table.c.at >= first)
    if last is not None:
        found.append(table.c.at < last + _DAY)
    return found


def _date(value: str) -> datetime | None:
    """A day as browsers send it; None for anything else."""
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return min(day, datetime.max.replace(tzinfo=UTC) - _DAY)


router = APIRouter(tags=["search"])
add(router, "/search", search)
