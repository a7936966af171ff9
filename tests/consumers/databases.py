"""Databases for tests: SQLite, and a PostgreSQL cluster of the test run's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.databases import binaries, cluster
from tests.tools import from_debian


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of an empty database server."""
    if binaries() is None:
        from_debian("initdb", "postgresql")
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with cluster(programs) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on each of the two."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'claims.db'}"
        return
    from sqlalchemy import create_engine, text

    server = request.getfixturevalue("postgresql")
    name = f"t{abs(hash(str(tmp_path))):x}"
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.rsplit("/", 1)[0] + f"/{name}"
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
