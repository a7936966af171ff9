"""What exactly-once costs, and what a long queue does to memory: `python -m benchmarks.delivery`.

Real annotator processes on a real broker of its own, with a model that takes a fixed time for each article. The two
ways to deliver take turns, round by round, each on new topics that hold all articles before the annotator starts; the
time is from its first commit to its last. Then one annotator begins on a long queue.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import orjson

from benchmarks.figures import Figure, put, ratio
from benchmarks.processes import resident
from benchmarks.report import show
from benchmarks.rounds import Task, rounds, until_interrupted
from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.topics import ARTICLES_RAW
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.group import GroupProgress, group_progress
from pipeline.wire.headers import JSON
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.producer import Producer

BENCHMARK = "delivery"
MODES = ("exactly_once", "at_least_once")
_WORDS = "The ministry said on Monday that talks about the harbour would go on, and that nobody had left the table. "
BODY = _WORDS * 48  # some 5 KB


def send(settings: Settings, number: int) -> None:
    """That many articles, into the raw topic."""
    destination = Destination(settings.topic_prefix, admin.partition_counts(settings, [raw(settings)]))
    with Producer(settings, client="benchmark") as producer:
        for one in range(number):
            article = f"article-{one}"
            topic, partition = destination.place(ARTICLES_RAW, article)
            value = orjson.dumps({"id": article, "headline": f"Article {one}", "body": BODY})
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


def memory(settings: Settings, articles: int, seconds: float) -> tuple[float, float, int]:
    """Resident memory in the middle of a long queue and the most until then, MiB; how much of the queue was left."""
    admin.apply(settings)
    with progress(settings) as group, annotator(settings, seconds, articles) as process:
        while (now := group.read()) < articles * 0.1:
            time.sleep(0.2)
        return resident(process.pid), resident(process.pid, "VmHWM"), articles - now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2000, help="in one round (2000)")
    parser.add_argument("--milliseconds", type=float, default=5.0, help="of model for each article (5)")
    parser.add_argument("--rounds", type=int, default=3, help="of each way to deliver (3)")
    parser.add_argument("--queued", type=int, default=20_000, help="articles in the long queue; 0: none (20000)")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="claimwire-") as folder,
        LocalBroker(BrokerSettings(port=free_port()), Path(folder, "broker")) as broker,
    ):
        names = count()

        def settings(delivery: str) -> Settings:
            kafka, name = KafkaSettings(bootstrap_servers=broker.servers), f"{delivery}-{next(names)}"
            return Settings.model_validate(
                {"topic_prefix": f"{name}.", "state_dir": Path(folder, name), "delivery": delivery, "kafka": kafka}
            )

        def task(mode: str) -> Task:
            return lambda: rate(settings(mode), args.articles, args.milliseconds / 1000)

        found = rounds(BENCHMARK, {mode: task(mode) for mode in MODES}, args.rounds, "articles/s")
        note = f"a model of {args.milliseconds:g} ms an article"
        figures = [Figure(BENCHMARK, mode.replace("_", " "), "articles/s", found[mode], note) for mode in MODES]
        figures.append(ratio(*figures))
        if args.queued:
            now, most, left = memory(settings(MODES[0]), args.queued, args.milliseconds / 1000)
            figures.append(Figure(BENCHMARK, f"resident with {left:,} queued", "MiB", (now,)))
            figures.append(Figure(BENCHMARK, "the most until then", "MiB", (most,)))
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
