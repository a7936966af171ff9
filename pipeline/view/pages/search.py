"""Search: claims and stories by their words, with filters."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Table,
    column,
    false,
    func,
    literal_column,
    not_,
    select,
    text,
)
from sqlalchemy import table as table_clause

from pipeline.consumers.database.schema import WORDS, articles, claims
from pipeline.view.claims import PAGE, Filters, conditions, csv_rows, listed, newest
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
    filters = Filters(source=source, publisher=publisher, entity=entity, stance=stance)
    asked = bool(q.strip() or any(filters.values()) or since or until)
    table = claims if kind == "claims" else articles
    found: list[dict[str, Any]] = []
    if asked:
        seq: ColumnElement[int] = _number(table) if _by_fts5(db, q) else table.c.seq
        member = _number(table, "+") if _by_fts5(db, q) else table.c.seq
        where = _dates(db, table, since, until, seq)
        if before > 0:
            where.append(seq < before)
        if kind == "claims":
            where += conditions(db, filters, seq=member)
            found = listed(db, newest(_words(db, table, q, where)))
        else:
            where += [func.lower(articles.c.publisher) == publisher.lower()] if publisher else []
            found = _stories(db, _words(db, table, q, where))
    data = {
        "q": q,
        "kind": kind,
        "filters": {**filters, "since": since, "until": until},
        kind: found,
        "next": found[-1]["seq"] if len(found) == PAGE else 0,
    }
    rows = csv_rows(found) if kind == "claims" else found
    return View("search.html", data, rows, {"found": found, "asked": asked, "before": before})


def _stories(db: Connection, where: list[ColumnElement[bool]]) -> list[dict[str, Any]]:
    rows = db.execute(
        select(articles.c.seq, articles.c.key, articles.c.headline, articles.c.publisher, articles.c.at, articles.c.url)
        .where(*where)
        .order_by(articles.c.seq.desc())
        .limit(PAGE)
    )
    return [plain(row) for row in rows]


def _words(db: Connection, table: Table, q: str, where: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """Rows of `table` that hold the words of `q` and for which `where` is true."""
    wanted, unwanted = terms(q)
    if not wanted:
        return [false()] if q.strip() else where
    if not _by_fts5(db, q):
        search: ColumnElement[str] = literal_column(f"{table.name}.search")
        words: ColumnElement[str] = literal_column(f"'{WORDS}'")
        return [
            *where,
            *(search.op("@@")(func.phraseto_tsquery(words, term)) for term in wanted),
            *(not_(search.op("@@")(func.phraseto_tsquery(words, term))) for term in unwanted),
        ]
    # A common word is in most rows. The index goes from the newest on and stops when there are enough, so what else is
    # asked must be asked of each row in turn, and not gathered first.
    name = f"{table.name}_search"
    index = table_clause(name, column("rowid"))
    fits = text(f"{name} MATCH :fts5").bindparams(fts5=fts5(wanted, unwanted))
    rows = (
        select(index.c.rowid)
        .select_from(index.join(table, table.c.seq == _number(table, "+")))
        .where(fits, *where)
        .order_by(index.c.rowid.desc())
        .limit(PAGE)
        .correlate(None)
    )
    return [table.c.seq.in_(rows)]


def _by_fts5(db: Connection, q: str) -> bool:
    """Whether `q` is asked of an index of SQLite's."""
    return bool(terms(q)[0]) and db.dialect.name == "sqlite"


def _number(table: Table, prefix: str = "") -> ColumnElement[int]:
    """A row's number as FTS5 has it. With a plus in front, SQLite does not ask the index for each number by itself."""
    return literal_column(f"{prefix}{table.name}_search.rowid", Integer)


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


def _dates(db: Connection, table: Table, since: str, until: str, seq: ColumnElement[int]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    first, last = _date(since), _date(until)
    if first is not None:
        found.append(table.c.at >= first)
    if last is not None:
        found.append(table.c.at < last + _DAY)
    if not found:
        return []
    # Most of what is of a date came at that date: few rows come between the first and the last.
    number = table.c.seq + 0  # or PostgreSQL would look for the first and the last from the ends of all rows
    lowest, highest = db.execute(select(func.min(number), func.max(number)).where(*found)).one()
    return [false()] if lowest is None else [*found, seq >= lowest, seq <= highest]


def _date(value: str) -> datetime | None:
    """A day as browsers send it; None for anything else."""
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return min(day, datetime.max.replace(tzinfo=UTC) - _DAY)


router = APIRouter(tags=["search"])
add(router, "/search", search)
