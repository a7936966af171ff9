from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from pipeline.consumers.database.connection import connect, prepare
from pipeline.settings import ViewSettings
from pipeline.view.app import create
from tests.consumers.databases import database, postgresql
from tests.view import world

__all__ = ["database", "postgresql"]


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """A prepared, empty database: each test that uses it runs on SQLite and on PostgreSQL."""
    made = connect(database)
    prepare(made, "claimwire.")
    yield made
    made.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A prepared, empty SQLite database."""
    made = connect(f"sqlite:///{tmp_path / 'view.db'}")
    prepare(made, "claimwire.")
    yield made
    made.dispose()


def client_of(engine: Engine, settings: ViewSettings | None = None) -> TestClient:
    """A client of the page over `engine`."""
    return TestClient(create(settings or ViewSettings(), engine, world.Sink(), world.Watch()))


@pytest.fixture
def client(engine: Engine) -> TestClient:
    """A client of the page with two stories that contradict each other."""
    world.populate(engine)
    return client_of(engine)
