"""A PostgreSQL cluster of one's own, for tests and benchmarks."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.wire.broker import free_port


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, of the newest version; None without any: apt-get install postgresql."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


@contextmanager
def cluster(programs: Path, *options: str) -> Iterator[str]:
    """Within: the URL of a database in a new cluster, which only this machine reaches. `options`: of the server.

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
        given = ["listen_addresses=127.0.0.1", "unix_socket_directories=''", "fsync=off", *options]
        arguments = " ".join(f"-c {one}" for one in given)
        run("pg_ctl", "-w", "-l", str(data / "log"), "-o", f"-p {port} {arguments}", "start")
        try:
            yield f"postgresql://claimwire@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
