"""Databases for tests: SQLite, and a PostgreSQL cluster of the test run's own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.wire.broker import free_port


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


@contextmanager
def cluster() -> Iterator[str]:
    """Within: the URL of a database in a new cluster, which only this machine reaches.

    PostgreSQL refuses to run as root; there, "nobody" runs it.
    """
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    user = "nobody" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="claimwire-postgresql-") as folder:
        # Not below pytest's folder, which every run of pytest closes to others.
        data = Path(folder)
        if user:
            shutil.chown(data, user)
        with _running(binaries, data, user) as url:
            yield url


@contextmanager
def _running(binaries: Path, data: Path, user: str | None) -> Iterator[str]:
    port = free_port()

    def run(program: str, *arguments: str) -> None:
        # The server inherits what is open: a pipe would be waited on for as long as it runs.
        command = [str(binaries / program), "-D", str(data), *arguments]
        quiet = subprocess.DEVNULL
        subprocess.run(command, check=True, user=user, cwd="/", stdout=quiet, stderr=quiet, timeout=120)

    run("initdb", "--username=claimwire", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
    # No socket file: its path may be longer than the system takes.
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run("pg_ctl", "-w", "-l", str(data / "log"), "-o", options, "start")
    try:
        yield f"postgresql://claimwire@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of an empty database server."""
    with cluster() as url:
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
