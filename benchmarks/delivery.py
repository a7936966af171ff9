"""What exactly-once costs, and what a long queue does to memory: `python -m benchmarks.delivery`.

Real annotator processes on a real broker of its own, with a model that takes a fixed time for each article. The two
ways to deliver take turns, round by round, each on new topics that hold all articles before the annotator starts; the
time is from its first commit to its last. Then one annotator begins on a long queue.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.topics import ARTICLES_RAW
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.group import GroupProgress, group_progress
from pipeline.wire.headers import JSON
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.producer import Producer

MODES = ("exactly_once", "at_least_once")
_WORDS = "The ministry said on Monday that talks about the harbour would go on, and that nobody had left the table. "
BODY = _WORDS * 48  # some 5 KB


def send(settings: Settings, count: int) -> None:
    """That many articles, into the raw topic."""
    destination = Destination(settings.topic_prefix, admin.partition_counts(settings, [raw(settings)]))
    with Producer(settings, client="benchmark") as producer:
        for number in range(count):
            article = f"article-{number}"
            topic, partition = destination.place(ARTICLES_RAW, article)
            value = orjson.dumps({"id": article, "headline": f"Article {number}", "body": BODY})
            headers = [("content-type", JSON.encode())]
            producer.send(Outgoing(topic, article.encode(), value, headers, partition))


def raw(settings: Settings) -> str:
    """The full name of the input topic."""
    return ARTICLES_RAW.full_name(settings.topic_prefix)


@contextmanager
def annotator(settings: Settings, seconds: float, articles: int) -> Iterator["subprocess.Popen[bytes]"]:
    """One annotator process, started when so many articles wait for it."""
    send(settings, articles)
    variables = {
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": settings.topic_prefix,
        "CLAIMWIRE_STATE_DIR": str(settings.state_dir),
        "CLAIMWIRE_DELIVERY": settings.delivery,
    }
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with (settings.state_dir / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fixed_time_model", str(seconds)],
            env={**os.environ, **variables},
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def progress(settings: Settings) -> Iterator[GroupProgress]:
    """How far the annotators of these settings are with what is sent within."""
    with group_progress(settings, f"{settings.topic_prefix}annotator", raw(settings)) as found:
        yield found


def rate(settings: Settings, articles: int, seconds: float) -> float:
    """Articles a second, from the first commit to the last."""
    admin.apply(settings)
    with progress(settings) as group, annotator(settings, seconds, articles) as process:
        first, began = 0, 0.0
        while (now := group.read()) < articles:
            if process.poll() is not None:
                sys.exit(
                    f"the annotator ended ({process.returncode}): {(settings.state_dir / 'log').read_text()[-2000:]}"
                )
            if not first and now:
                first, began = now, time.perf_counter()
            time.sleep(0.05)
        spent = time.perf_counter() - began
    return (articles - first) / spent


def megabytes(process: "subprocess.Popen[bytes]", what: str) -> float:
    """VmRSS (resident now) or VmHWM (the most so far) of a process, MiB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def memory(settings: Settings, articles: int, seconds: float) -> tuple[float, float, int]:
    """Resident memory in the middle of a long queue and the most until then, MiB; how much of the queue was left."""
    admin.apply(settings)
    with progress(settings) as group, annotator(settings, seconds, articles) as process:
        while (now := group.read()) < articles * 0.1:
            time.sleep(0.2)
        return megabytes(process, "VmRSS"), megabytes(process, "VmHWM"), articles - now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2000, help="in one round (2000)")
    parser.add_argument("--milliseconds", type=float, default=5.0, help="of model for each article (5)")
    parser.add_argument("--rounds", type=int, default=3, help="of each way to deliver (3)")
    parser.add_argument("--queued", type=int, default=20_000, help="articles in the long queue; 0: none (20000)")
    args = parser.parse_args()
    rates: dict[str, list[float]] = {mode: [] for mode in MODES}
    table = Table(f"one annotator, model of {args.milliseconds:g} ms an article", "value")
    with (
        tempfile.TemporaryDirectory(prefix="claimwire-") as folder,
        LocalBroker(BrokerSettings(port=free_port()), Path(folder, "broker")) as broker,
    ):

        def settings(name: str, delivery: str) -> Settings:
            kafka = KafkaSettings(bootstrap_servers=broker.servers)
            return Settings.model_validate(
                {"topic_prefix": f"{name}.", "state_dir": Path(folder, name), "delivery": delivery, "kafka": kafka}
            )

        for number in range(args.rounds):
            for mode in MODES if number % 2 else reversed(MODES):
                found = rate(settings(f"{mode}-{number}", mode), args.articles, args.milliseconds / 1000)
                rates[mode].append(found)
                print(f"{mode}: {found:.1f} articles/s", file=sys.stderr)
        medians = {mode: statistics.median(found) for mode, found in rates.items()}
        for mode in MODES:
            every = ", ".join(f"{found:.0f}" for found in rates[mode])
            table.add_row(f"{mode}, articles/s (median of {every})", f"{medians[mode]:.1f}")
        table.add_row("exactly once / at least once", f"{medians[MODES[0]] / medians[MODES[1]]:.2f}")
        if args.queued:
            now, most, left = memory(settings("queue", MODES[0]), args.queued, args.milliseconds / 1000)
            table.add_row(f"resident with {left:,} queued", f"{now:.0f} MiB")
            table.add_row("the most until then", f"{most:.0f} MiB")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
