"""Reaching the database, and finding it in the right form."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pipeline.consumers.database import schema
from pipeline.errors import DatabaseForeign, DatabaseOutdated, DatabaseUnavailable, SettingsInvalid
from pipeline.settings import Settings

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",  # readers and the one writer do not wait for each other
    # A power cut may take the last transactions, rows and positions together: they are read again.
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=30000",  # ms
    "PRAGMA cache_size=-65536",  # KiB
    "PRAGMA mmap_size=268435456",  # bytes
    "PRAGMA temp_store=MEMORY",
    "PRAGMA analysis_limit=1000",  # rows of an index: an ANALYZE takes milliseconds
)


def database_url(settings: Settings, url: str | None = None) -> str:
    """`url`, else that of the settings, else a SQLite file in `state_dir`."""
    if url:
        return url
    if settings.database.url is not None:
        return settings.database.url.get_secret_value()
    return f"sqlite:///{settings.state_dir.absolute() / 'view.db'}"


def connect(url: str, *, pool_size: int = 5) -> Engine:
    """An engine for SQLite or PostgreSQL. Raises DatabaseUnavailable where nothing is to be had under `url`."""
    try:
        parsed = _with_driver(make_url(url))
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise DatabaseUnavailable(parsed.render_as_string(), "only SQLite and PostgreSQL are supported")
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        remote = parsed.get_backend_name() == "postgresql"  # whose connections may have ended while they were idle
        engine = create_engine(parsed, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=remote)
    except (ArgumentError, NoSuchModuleError, OSError) as error:
        raise DatabaseUnavailable(_without_password(url), str(error)) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def reading(engine: Engine) -> Engine:
    """The same for reads, each by itself: PostgreSQL is not told to begin and to end a transaction around them."""
    return engine.execution_options(isolation_level="AUTOCOMMIT") if engine.dialect.name == "postgresql" else engine


@contextmanager
def usable(engine: Engine) -> Iterator[None]:
    """Within: errors of the driver raise DatabaseUnavailable."""
    try:
        yield
    except DBAPIError as error:
        # The first line: the others quote values, which are an article's words.
        detail = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
        raise DatabaseUnavailable(shown(engine), detail) from error


def prepare(engine: Engine, prefix: str) -> None:
    """Makes the tables where there are none. `prefix`: of the topics.

    Raises DatabaseUnavailable, DatabaseForeign, DatabaseOutdated, and SettingsInvalid for a database of other topics.
    """
    with usable(engine), engine.begin() as connection:
        if not _is_ours(engine, connection):
            _create(connection, prefix, rebuilding=False)
            return
        form = connection.execute(select(schema.about.c.form)).scalar_one()
        if form != schema.FORM:
            raise DatabaseOutdated(shown(engine), form, schema.FORM)
        found = connection.execute(select(schema.about.c.prefix)).scalar_one()
    if found != prefix:
        raise SettingsInvalid(
            [f"database.url: that database holds the topics called {found}…, and topic_prefix is {prefix}"]
        )


def begin_rebuilding(engine: Engine, prefix: str) -> bool:
    """Empties the database, in one transaction, unless a rebuild is under way. Whether it has emptied it.

    Raises DatabaseUnavailable, DatabaseForeign.
    """
    with usable(engine), engine.begin() as connection:
        if _is_ours(engine, connection):
            if connection.execute(select(schema.about.c.form)).scalar_one() == schema.FORM:
                found = connection.execute(select(schema.about)).one()
                if found.rebuilding and found.prefix == prefix:
                    return False
            schema.metadata.drop_all(connection)
        _create(connection, prefix, rebuilding=True)
    return True


def end_rebuilding(engine: Engine) -> None:
    """Says that everything is there; after a rebuild, has the database look at what it holds now.

    Raises DatabaseUnavailable.
    """
    with usable(engine), engine.begin() as connection:
        was = connection.execute(select(schema.about.c.rebuilding)).scalar_one()
        connection.execute(schema.about.update().values(rebuilding=False))
    if not was:
        return
    # SQLite never does it by itself. PostgreSQL does in a while; until then it reads rows of which indices would do.
    names = ", ".join(schema.metadata.tables)
    statement = f"VACUUM (ANALYZE) {names}" if engine.dialect.name == "postgresql" else "ANALYZE"
    with usable(engine), reading(engine).connect() as connection:
        connection.exec_driver_sql(statement)
        connection.commit()


def shown(engine: Engine) -> str:
    """The URL without its password."""
    return engine.url.render_as_string(hide_password=True)


def _is_ours(engine: Engine, connection: Connection) -> bool:
    found = inspect(connection)
    if found.has_table(schema.about.name):
        return True
    for name in schema.metadata.tables:
        if found.has_table(name):
            raise DatabaseForeign(shown(engine), name)
    return False


def _create(connection: Connection, prefix: str, *, rebuilding: bool) -> None:
    schema.metadata.create_all(connection, checkfirst=False)
    connection.execute(schema.about.insert().values(form=schema.FORM, prefix=prefix, rebuilding=rebuilding))


def _with_driver(url: URL) -> URL:
    """Hosts hand out postgres:// and postgresql://; the driver that we bring is psycopg."""
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgres", "postgresql") else url


def _without_password(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(unreadable)"


def _prepare_sqlite(connection: Any, record: object) -> None:
    # sqlite3 begins a transaction before a write alone; with this, SQLAlchemy's begin below is the one that counts.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _prepare_postgresql(connection: Any, record: object) -> None:
    # The driver prepares what it is asked often, and PostgreSQL then plans for whatever values: as if one day's claims
    # were as many as a year's, and a source of whom nobody has heard said as much as a president.
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
