"""How long `claimwire view rebuild` takes, and whether a killed one ends alike: `python -m benchmarks.rebuild`.

Sends invented claims, with all that goes with them, to a real broker of its own. Fills a database from its topics once
undisturbed, and then once more with a SIGKILL when half of the claims are there and the same command again.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import track
from sqlalchemy import func, select

from benchmarks import databases
from benchmarks.figures import Figure, put
from benchmarks.invented import CLAIMS_IN_A_STORY, World, stories
from benchmarks.report import show
from benchmarks.rounds import until_interrupted
from pipeline.consumers.database import schema
from pipeline.consumers.database.connection import connect
from pipeline.consumers.database.rows import FILLINGS
from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.topics import PUBLIC
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.codec import encode
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.producer import Producer

BENCHMARK = "rebuild"
_SLOWEST = 3600.0  # seconds


def send(settings: Settings, claims: int) -> int:
    """All records of so many claims. Returns how many records there are."""
    admin.apply(settings)
    names = [topic.full_name(settings.topic_prefix) for topic in PUBLIC]
    to = Destination(settings.topic_prefix, admin.partition_counts(settings, names))
    sent, total = 0, claims // CLAIMS_IN_A_STORY + 1
    with Producer(settings, client="benchmark") as producer:
        for story in track(stories(World(), claims), "sending", total, console=Console(stderr=True), transient=True):
            for topic, key, record in story:
                name, partition = to.place(topic, story[0][1])
                producer.send(Outgoing(name, key.encode(), encode(record), [], partition))
                sent += 1
    return sent


def rebuild(settings: Settings, url: str) -> "subprocess.Popen[bytes]":
    """The command, begun."""
    variables = {
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": settings.topic_prefix,
        "CLAIMWIRE_STATE_DIR": str(settings.state_dir),
    }
    command = [sys.executable, "-m", "pipeline.cli.main", "view", "rebuild", "--url", url]
    return subprocess.Popen(command, env={**os.environ, **variables})


def ended(process: "subprocess.Popen[bytes]") -> None:
    """Waits for it; ends the program where it failed."""
    if process.wait(_SLOWEST):
        sys.exit(f"the rebuild ended with {process.returncode}")


def kill_when_half(process: "subprocess.Popen[bytes]", url: str, claims: int) -> int:
    """Returns the claims that were there. Ends the program where it came to its end first."""
    engine = connect(url)
    try:
        while process.poll() is None:
            if (there := count(url)) >= claims // 2:
                process.kill()
                process.wait()
                return there
            time.sleep(0.2)
    finally:
        engine.dispose()
    sys.exit("the rebuild came to its end before half of the claims were seen")


def count(url: str) -> int:
    """Claims in a database; 0 where it has no tables yet."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            if not engine.dialect.has_table(connection, schema.claims.name):
                return 0
            return int(connection.execute(select(func.count()).select_from(schema.claims)).scalar_one())
    finally:
        engine.dispose()


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table by its key, but for the number by which it came."""
    engine = connect(url)
    found = {}
    with engine.connect() as connection:
        for filling in FILLINGS.values():
            for table in (filling.table, *filling.parts):
                columns = [column for column in table.c if column.name not in ("seq", "claim_seq")]
                found[table.name] = sorted(map(tuple, connection.execute(select(*columns))), key=lambda row: row[:2])
    engine.dispose()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--database", choices=databases.NAMES, help="by default both, where PostgreSQL is installed")
    given = parser.parse_args()
    figures = []
    with (
        tempfile.TemporaryDirectory(prefix="claimwire-") as folder,
        LocalBroker(BrokerSettings(port=free_port()), Path(folder, "broker")) as broker,
    ):
        kafka = KafkaSettings(bootstrap_servers=broker.servers)
        settings = Settings(topic_prefix="benchmark.", state_dir=Path(folder, "state"), kafka=kafka)
        sent = send(settings, given.claims)
        note = f"{given.claims:,} claims, {sent:,} records"
        for name in databases.chosen(given.database):
            with databases.database(name) as undisturbed, databases.database(name) as killed:
                began = time.monotonic()
                ended(rebuild(settings, undisturbed))
                spent = time.monotonic() - began
                figures.append(Figure(BENCHMARK, f"{name}, undisturbed", "s", (spent,), note))
                figures.append(Figure(BENCHMARK, f"{name}, speed", "records/s", (sent / spent,)))
                at = kill_when_half(rebuild(settings, killed), killed, given.claims)
                began = time.monotonic()
                ended(rebuild(settings, killed))
                spent = time.monotonic() - began
                if rows(undisturbed) != rows(killed):
                    sys.exit("the killed rebuild has other rows")
                note_of_kill = f"killed at {at:,} claims: the rest of it; the same rows in both"
                figures.append(Figure(BENCHMARK, f"{name}, after a kill", "s", (spent,), note_of_kill))
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
