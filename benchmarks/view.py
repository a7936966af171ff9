"""How fast the page is over a large database: `python -m benchmarks.view --claims 100000 --clients 16`.

Fills a database with invented claims through the sink's own code, SQLite's and then PostgreSQL's where its programs
are installed, serves the page from a process of its own, and asks for each page from several clients at a time, each as
soon as it has its answer. "cpu" is user and system time for an answer: the server's (without PostgreSQL's own), and the
clients', who share the machine with it.
"""

import argparse
import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import quote, urlsplit

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, func, select

from benchmarks import databases
from benchmarks.clients import Answers, ask
from benchmarks.figures import Figure, put
from benchmarks.invented import World, stories
from benchmarks.invented import put as fill
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import until_interrupted
from pipeline.consumers.database import schema
from pipeline.consumers.database.connection import begin_rebuilding, connect, end_rebuilding, prepare
from pipeline.serving.server import serve
from pipeline.settings import ViewSettings
from pipeline.view.app import create

BENCHMARK = "view"
PREFIX = "benchmark."
_STORIES_AT_ONCE = 25


def populate(engine: Engine, claims: int) -> float:
    """Fills the database as a sink does, in batches. Returns claims a second."""
    begin_rebuilding(engine, PREFIX)
    seconds, batch = 0.0, []
    for number, records in enumerate(stories(World(), claims)):
        batch += records
        if number % _STORIES_AT_ONCE == 0 or number == claims:
            began = time.monotonic()
            fill(engine, batch)
            seconds += time.monotonic() - began
            batch = []
    fill(engine, batch)
    end_rebuilding(engine)
    return claims / seconds


def addresses(engine: Engine) -> dict[str, str]:
    """The pages to ask for: of what there is most."""
    world = World()
    with engine.connect() as connection:

        def most(column: Any) -> str:
            count = func.count().label("number")
            return str(connection.execute(select(column).group_by(column).order_by(count.desc()).limit(1)).scalar())

        source, entity = most(schema.claims.c.source_key), most(schema.claim_entities.c.entity_id)
        target = most(schema.stances.c.target_id)
        contested = connection.scalars(select(schema.propositions.c.key).limit(1)).one()
    word, other, publisher = world.words[0], world.words[5], world.publishers[0]
    return {
        "live": "/live",
        "live, by source": f"/live?source={quote(source)}",
        "live, by part of many names": f"/live?source={quote(source[:2])}",
        "live, nothing fits": "/live?source=nobody+at+all",
        "live, by entity and stance": f"/live?entity={quote(entity)}&stance=against",
        "story": "/story?id=art_17",
        "sources": "/sources",
        "source": f"/source?name={quote(source)}",
        "entities": "/entities",
        "entity": f"/entity?id={quote(entity)}",
        "contested": "/contested",
        "proposition": f"/proposition?id={quote(contested)}",
        "targets": "/targets",
        "target": f"/target?id={quote(target)}",
        "operations": "/operations",
        "search, common word": f"/search?q={word}",
        "search, rare word": f"/search?q={world.words[-1]}",
        "search, two words, by publisher": f"/search?q={word}+{other}&publisher={quote(publisher)}",
        "search, a word, by source": f"/search?q={word}&source={quote(source)}",
        "search, by date": f"/search?q={word}&since=2026-01-05&until=2026-01-12",
        "search, stories": f"/search?q={world.words[100]}&kind=stories",
    }


class _Still:
    problem, catching_up = "", False

    def status(self) -> dict[str, Any]:
        return {"lag": [], "rate": 0.0, "groups": [], "dead_letters": [], "runs": []}


def _serve(url: str, told: Connection) -> None:
    engine = connect(url, pool_size=20)
    app = create(ViewSettings(), engine, _Still(), _Still())
    serve(app, group="view", host="127.0.0.1", port=0, stop_seconds=1.0, ready=told.send)


@contextmanager
def serving(url: str) -> Iterator[tuple[str, int]]:
    """Within: the page's host and port, and its process's id."""
    spawn = multiprocessing.get_context("spawn")
    told, telling = spawn.Pipe(duplex=False)
    server = spawn.Process(target=_serve, args=(url, telling))
    server.start()
    telling.close()
    try:
        yield urlsplit(told.recv()).netloc, server.pid or 0
    finally:
        server.terminate()
        server.join()


def measure(engine: Engine, url: str, clients: int, seconds: float, only: str) -> tuple[Table, list[Figure]]:
    """Asks for every page whose name holds `only`."""
    figures = []
    table = Table(f"{engine.dialect.name}, {clients} clients", *_COLUMNS, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    asked = addresses(engine)
    engine.dispose()
    with serving(url) as (host, process):
        for name, address in asked.items():
            if only not in name:
                continue
            ask(host, address, 1, 0.2)
            alone = ask(host, address, 1, 0.5)
            before = cpu_seconds(process)
            found = ask(host, address, clients, seconds)
            row = _figures(alone, found, (cpu_seconds(process) - before) / len(found.seconds))
            table.add_row(name, *row)
            note = f"{clients} clients, {row[3]} answers/s; alone {row[0]} ms"
            figures.append(Figure(BENCHMARK, f"{engine.dialect.name}, {name}, p99", "ms", (float(row[2]),), note))
            print(f"{engine.dialect.name}: {name}", file=sys.stderr)
    return table, figures


_COLUMNS = ("alone, ms", "median, ms", "p99, ms", "answers/s", "cpu, ms", "of clients")


def _figures(alone: Answers, found: Answers, server: float) -> tuple[str, ...]:
    taken = sorted(found.seconds)
    p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    figures = statistics.median(alone.seconds), statistics.median(taken), p99
    return (
        f"{figures[0] * 1e3:.1f}",
        f"{figures[1] * 1e3:.0f}",
        f"{figures[2] * 1e3:.0f}",
        f"{len(taken) / found.wall:.0f}",
        f"{server * 1e3:.1f}",
        f"{found.cpu / len(taken) * 1e3:.2f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each page")
    parser.add_argument("--database", choices=databases.NAMES, help="by default both, where PostgreSQL is installed")
    parser.add_argument("--url", help="an empty database, or one of an earlier run, instead")
    parser.add_argument("--only", default="", help="pages whose name holds this: search")
    given = parser.parse_args()
    figures = []
    for name in [""] if given.url else databases.chosen(given.database):
        with nullcontext(given.url) if given.url else databases.database(name) as url:
            engine = connect(url)
            prepare(engine, PREFIX)
            with engine.connect() as connection:
                there = connection.execute(select(func.count()).select_from(schema.claims)).scalar_one()
            if there < given.claims:
                rate = populate(engine, given.claims)
                print(f"{engine.dialect.name}: {rate:,.0f} claims/s written", file=sys.stderr)
                note = f"{given.claims:,} of them, by the sink's own code"
                figures.append(Figure(BENCHMARK, f"{engine.dialect.name}, written", "claims/s", (rate,), note))
            table, more = measure(engine, url, given.clients, given.seconds, given.only)
            Console(width=120).print(table)
            figures += more
    put(figures)


if __name__ == "__main__":
    until_interrupted(main)
