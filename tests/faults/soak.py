"""`python -m tests.faults.soak`: does an annotator's memory grow? `make soak` calls it.

All articles are queued at once or nearly so: the same run shows that a long queue does not fill the memory.
"""

import gzip
import itertools
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from tests.faults.annotators import Fleet
from tests.faults.articles import articles
from tests.faults.backlog import Backlog, Raw, send
from tests.faults.fuzz import shared_folder
from tests.faults.results import FOLDER, keep

_MOST_GROWTH = 3.0  # percent
_MODULES = {
    "stub": ("tests.processors.stub",),
    "real": ("pipeline.cli.main", "run", "annotator", "--supervised"),
}
_ARTICLES = {"stub": 50_000, "real": 2_000}
_STILL_SECONDS = 300.0
_SAY_EVERY = 10.0
_WINDOW = 0.02  # share of the articles over which memory is looked at, before a tenth and before the end


@click.command(epilog="Example: python -m tests.faults.soak --model stub --articles 10000")
@click.option(
    "--model", "models", type=click.Choice(list(_MODULES)), multiple=True, help="Default: one, then the other."
)
@click.option(
    "--articles", "number", type=click.IntRange(100), help="Default: 50,000 for the stub, 2,000 for the real."
)
@click.option("--shared", type=click.Path(path_type=Path, exists=True), help="Folder of the research data.")
def main(models: tuple[str, ...], number: int | None, shared: Path | None) -> None:
    """Send many articles to an annotator; print its resident memory after a tenth of them and at the end."""
    grown = [soak(model, number or _ARTICLES[model], shared or shared_folder()) for model in models or _MODULES]
    if max(grown) > _MOST_GROWTH:
        click.echo(f"memory grew by more than {_MOST_GROWTH:g} %", err=True)
        sys.exit(1)


def soak(model: str, number: int, shared: Path | None) -> float:
    """One soak. By how many percent the memory grew."""
    with tempfile.TemporaryDirectory(prefix="claimwire-soak-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        with LocalBroker(BrokerSettings(port=free_port()), folder / "broker") as broker:
            settings = Settings(topic_prefix="soak.", kafka=KafkaSettings(bootstrap_servers=broker.servers))
            admin.apply(settings)
            samples, seconds = _measured(model, settings, number, shared, folder)
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"soak-{model}.log").write_bytes((folder / "annotator-1.log").read_bytes())
    first, last = _around(samples, number / 10, number), _around(samples, number, number)
    growth = 100 * (last - first) / first
    result = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "articles": number,
        "first_mib": first,
        "last_mib": last,
        "growth_percent": growth,
        "rate": number / seconds,
    }
    keep(f"soak-{model}", result)
    click.echo(
        f"{model}: {number:,} articles in {seconds:.0f} s; resident memory {first:.0f} MiB after a tenth, "
        f"{last:.0f} MiB at the end: {growth:+.1f} %"
    )
    return growth


def _measured(
    model: str, settings: Settings, number: int, shared: Path | None, folder: Path
) -> tuple[list[tuple[int, float]], float]:
    """(articles done, MiB) now and then, and the seconds that all took."""
    environment = {
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": settings.topic_prefix,
        "STUB_CALM": "1",
        "STUB_SUPERVISED": "1",
    }
    fleet = Fleet(environment, folder, module=_MODULES[model])
    backlog = Backlog(settings)
    samples: list[tuple[int, float]] = []
    failed: list[BaseException] = []

    def produce() -> None:
        try:
            send(settings, _raw(number, shared))
        except BaseException as error:
            failed.append(error)

    started = said = since = time.monotonic()
    done = 0
    sender = threading.Thread(target=produce, name="sender", daemon=True)
    try:
        process = fleet.start()
        sender.start()
        while done < number:
            if process.code is not None or failed:
                raise RuntimeError(
                    f"the annotator ended ({process.code}) or sending failed ({failed}): {process.said()[-1000:]}"
                )
            now, before = time.monotonic(), done
            done = backlog.done()
            since = now if done > before else since
            if now - since > _STILL_SECONDS:
                raise TimeoutError(f"no progress in {_STILL_SECONDS:g} s after {done} of {number} articles")
            samples.append((done, resident(process.pid)))
            if now - said > _SAY_EVERY:
                said = now
                left = (now - started) * (number - done) / max(1, done)
                click.echo(f"{done:,} of {number:,} articles, {samples[-1][1]:.0f} MiB, {left:.0f} s left")
            time.sleep(0.2)
        seconds = time.monotonic() - started
        fleet.stop()
    finally:
        fleet.kill()
        backlog.close()
        sender.join(30)
    return samples, seconds


def resident(pid: int) -> float:
    """MiB of memory that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def _around(samples: list[tuple[int, float]], where: float, number: int) -> float:
    """The median over a short stretch that ends there: one garbage collection more or less must not count."""
    stretch = [mib for done, mib in samples if where - _WINDOW * number <= done <= where]
    return statistics.median(stretch or [min(samples, key=lambda sample: abs(sample[0] - where))[1]])


def _raw(number: int, shared: Path | None) -> Iterator[Raw]:
    """AllSides' articles over and over, each time under new ids; without research data, invented ones."""
    for index, article in enumerate(itertools.islice(_source(shared), number)):
        value = orjson.dumps(article | {"id": f"soak-{index:06d}"})
        yield Raw(f"soak-{index:06d}".encode(), value, [("content-type", b"application/json")])


def _source(shared: Path | None) -> Iterator[dict[str, object]]:
    if shared is None:
        invented: list[dict[str, object]] = [{"body": one.body} for one in articles(1000, seed=1)]
        while True:
            yield from invented
    while True:
        with gzip.open(shared / "data" / "news" / "allsides.jsonl.gz") as lines:
            yield from map(orjson.loads, lines)


if __name__ == "__main__":
    main()
