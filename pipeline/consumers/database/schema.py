"""The tables. Each topic's table has one row for each record that stands; `key` is the record's key.

`seq` numbers rows in the order in which they first came. `at` is when it was said: the article's date, else the
time of the record. `…_key` columns hold `ids.normalised` names, to look up by. `data` is the record's JSON. There are
no foreign keys: topics commit one after the other, so a claim may come before its article.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    event,
)

FORM = 3
"""Of these tables. A database of another form is filled anew: everything in it comes from the topics."""


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite has no time zones: there it is kept without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()


def _records(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("key", Text, nullable=False, unique=True),
        *columns,
        # Never the number of a row that is gone: who follows `seq` would miss the new one.
        sqlite_autoincrement=True,
    )


def _part(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        Column("claim_key", Text, primary_key=True),
        # What is newest is found in an index of these rows alone.
        Column("claim_seq", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
        *columns,
    )


about = Table(
    "claimwire",
    metadata,
    Column("form", Integer, nullable=False),
    Column("prefix", Text, nullable=False),  # of the topics
    # True until a `view rebuild` has come to the end of every topic.
    Column("rebuilding", Boolean, nullable=False),
)

positions = Table(
    "positions",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),
    Column("read_at", Moment, nullable=False),
)

articles = _records(
    "articles",
    Column("revision", Integer, nullable=False),
    Column("url", Text),
    Column("publisher", Text),
    Column("headline", Text),
    Column("published_at", Moment),
    Column("language", Text),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("entities", Text, nullable=False),  # JSON: those of the article, with mentions
    Column("authors", Text, nullable=False),  # JSON
)

claims = _records(
    "claims",
    Column("article_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("url", Text),
    Column("publisher", Text),
    Column("publisher_key", Text, nullable=False),
    Column("headline", Text),
    Column("published_at", Moment),
    Column("at", Moment, nullable=False),
    Column("source_text", Text, nullable=False),
    Column("source_name", Text),
    Column("source_key", Text, nullable=False),
    Column("source_kind", Text, nullable=False),
    Column("source_entity", Text),
    Column("cue", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("denied", Boolean, nullable=False),
    Column("position", Integer, nullable=False),  # of the first character of the content in the article's text
    Column("confidence", Float, nullable=False),
    Column("data", Text, nullable=False),
)

claim_entities = _part(
    "claim_entities",
    Column("entity_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

claim_stances = _part(
    "claim_stances",
    Column("target_id", Text, primary_key=True),
    Column("target_kind", Text, nullable=False),
    Column("target_text", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("source_key", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# The distinct `source_key`s of claims: few enough to look for a part of a name in each. One without claims stays.
sources = Table("sources", metadata, Column("source_key", Text, primary_key=True))

entities = _records(
    "entities",
    Column("entity_id", Text, nullable=False),
    Column("article_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("mentions", Integer, nullable=False),
    Column("publisher", Text),
    Column("headline", Text),
    Column("at", Moment, nullable=False),
    Column("data", Text, nullable=False),
)

targets = _records(
    "targets",
    Column("text", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

stances = _records(
    "stances",
    Column("claim_key", Text, nullable=False),
    Column("article_id", Text, nullable=False),
    Column("publisher", Text),
    Column("headline", Text),
    Column("at", Moment, nullable=False),
    Column("source_name", Text),
    Column("source_text", Text, nullable=False),
    Column("source_key", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("denied", Boolean, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("target_text", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("data", Text, nullable=False),
)

relations = _records(
    "relations",
    Column("label", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("one_claim", Text, nullable=False),
    Column("other_claim", Text, nullable=False),
    Column("at", Moment, nullable=False),  # of the later of the two claims
    Column("data", Text, nullable=False),
)

propositions = _records(
    "propositions",
    Column("text", Text, nullable=False),
    Column("contested", Boolean, nullable=False),
    Column("publishers", Integer, nullable=False),
    Column("first_at", Moment),
    Column("last_at", Moment),
    Column("at", Moment, nullable=False),
    Column("data", Text, nullable=False),
)

for _columns in (
    (articles.c.at, articles.c.seq),
    (claims.c.at, claims.c.seq),
    (claims.c.article_id, claims.c.position),
    (claims.c.source_key, claims.c.at, claims.c.seq),
    (claims.c.publisher_key, claims.c.seq),
    (claim_entities.c.entity_id, claim_entities.c.at, claim_entities.c.claim_seq),
    (claim_entities.c.name_key, claim_entities.c.claim_seq),
    (claim_stances.c.target_id, claim_stances.c.at),
    (claim_stances.c.source_key, claim_stances.c.at),
    (entities.c.entity_id, entities.c.at),
    (entities.c.article_id,),
    (entities.c.name_key,),
    (stances.c.target_id, stances.c.at),
    (stances.c.target_id, stances.c.label),
    (stances.c.claim_key,),
    (stances.c.source_key, stances.c.at),
    (relations.c.label, relations.c.at),
    (relations.c.one_claim,),
    (relations.c.other_claim,),
    (propositions.c.contested, propositions.c.at),
):
    Index(f"{_columns[0].table.name}_by_{'_'.join(column.name for column in _columns)}", *_columns)

SEARCHED = {"claims": ("content", "source_name", "source_text", "headline"), "articles": ("headline", "text")}
"""The columns that the full-text index of a table covers."""


WORDS = "claimwire"
"""PostgreSQL's configuration of the index: English stems as in SQLite, and no stop words: "no" may be the point."""

for _when, _statement in (
    ("before_create", f"CREATE TEXT SEARCH DICTIONARY {WORDS} (TEMPLATE = snowball, Language = english)"),
    ("before_create", f"CREATE TEXT SEARCH CONFIGURATION {WORDS} (COPY = english)"),
    ("before_create", f"ALTER TEXT SEARCH CONFIGURATION {WORDS} ALTER MAPPING REPLACE english_stem WITH {WORDS}"),
    ("after_drop", f"DROP TEXT SEARCH CONFIGURATION IF EXISTS {WORDS}"),
    ("after_drop", f"DROP TEXT SEARCH DICTIONARY IF EXISTS {WORDS}"),
):
    event.listen(metadata, _when, DDL(_statement).execute_if(dialect="postgresql"))


def _full_text(table: Table) -> None:
    columns = SEARCHED[table.name]
    name, listed = table.name, ", ".join(columns)
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("new", "old"))
    gone = f"INSERT INTO {name}_search({name}_search, rowid, {listed}) VALUES ('delete', old.seq, {old});"
    come = f"INSERT INTO {name}_search(rowid, {listed}) VALUES (new.seq, {new});"
    # The index keeps no copy of the words, so it is told of every change with the words of before.
    sqlite = (
        f"CREATE VIRTUAL TABLE {name}_search USING fts5({listed}, content='{name}', content_rowid='seq', "
        "tokenize='porter unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER {name}_come AFTER INSERT ON {name} BEGIN {come} END",
        f"CREATE TRIGGER {name}_gone AFTER DELETE ON {name} BEGIN {gone} END",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {listed} ON {name} BEGIN {gone} {come} END",
    )
    words = " || ' ' || ".join(f"coalesce({column}, '')" for column in columns)
    # A tsvector holds 1 MiB, which no text of so many characters exceeds.
    vector = f"to_tsvector('{WORDS}', left({words}, 100000))"
    postgresql = (
        f"ALTER TABLE {name} ADD COLUMN search tsvector GENERATED ALWAYS AS ({vector}) STORED",
        f"CREATE INDEX {name}_search ON {name} USING gin (search)",
    )
    for dialect, statements in (("sqlite", sqlite), ("postgresql", postgresql)):
        for statement in statements:
            # DDL() takes % for a parameter of its own.
            event.listen(table, "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect=dialect))
    event.listen(table, "before_drop", DDL(f"DROP TABLE IF EXISTS {name}_search").execute_if(dialect="sqlite"))


_full_text(claims)
_full_text(articles)
