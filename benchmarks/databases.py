"""Databases for tests and benchmarks: SQLite files, and a PostgreSQL cluster of one's own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.wire.broker import free_port

NAMES = ("sqlite", "postgresql")


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, of the newest version; None without any: apt-get install postgresql."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


def chosen(name: str | None) -> list[str]:
    """The databases that a benchmark runs on: `name`, or all that there are. Ends the program where `name` is none."""
    if binaries() is not None:
        return [name] if name else list(NAMES)
    missing = "PostgreSQL is not installed: apt-get install postgresql"
    if name == "postgresql":
        sys.exit(missing)
    if name is None:
        print(f"{missing}; without it:", file=sys.stderr)
    return ["sqlite"]


@contextmanager
def database(name: str) -> Iterator[str]:
    """Within: the URL of an empty database, one of `chosen`."""
    programs = binaries()
    if name == "postgresql" and programs is not None:
        with cluster(programs) as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="claimwire-") as folder:
        yield f"sqlite:///{Path(folder) / 'view.db'}"


@contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """Within: the URL of a database in a new cluster, which only this machine reaches.

    PostgreSQL refuses to run as root; there, "nobody" runs it.
    """
    user = "nobody" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="claimwire-postgresql-") as folder:
        # Not below pytest's folder, which every run of pytest closes to others.
        data = Path(folder)
        if user:
            shutil.chown(data, user)
        port = free_port()

        def run(program: str, *arguments: str) -> None:
            # The server inherits what is open: a pipe would be waited on for as long as it runs.
            command = [str(programs / program), "-D", str(data), *arguments]
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
