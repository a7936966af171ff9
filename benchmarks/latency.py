"""How long a claim takes through Kafka, and how soon an annotator is there: `python -m benchmarks.latency`.

One worker of `claimwire run annotator`, exactly-once, on a broker of its own. In each round: what it can do with a
queue; then, from a new start, articles that come at random moments at a share of that speed, half by default. The time
of an article is from the moment at which it is due to be sent (a sender that is late makes it longer, not shorter)
until a read_committed consumer has the last of its claims.
"""

import argparse
import math
import random
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress

import httpx
import orjson

from benchmarks import processes
from benchmarks.figures import Figure, put
from benchmarks.report import show
from benchmarks.rounds import say, until_interrupted
from benchmarks.sample import sample
from benchmarks.services import (
    Cluster,
    cluster,
    destination,
    group,
    queue,
    running,
    spread,
    steady,
    watched,
    workers,
)
from pipeline.cli.child import Child
from pipeline.producers.raw import raw_record
from pipeline.records import Article
from pipeline.settings import Settings
from pipeline.topics import CLAIMS
from pipeline.wire.broker import free_port
from pipeline.wire.consumer import receive_or_idle
from pipeline.wire.producer import Producer
from pipeline.wire.start import Start

BENCHMARK = "latency"
_PATIENCE = 120.0  # seconds for claims of what was sent


class Reader(threading.Thread):
    """Reads the claims topic as subscribers do. `seen`: article -> the moment at which its last claim was there."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="reader", daemon=True)
        self.seen: dict[str, float] = {}
        self._stopping = threading.Event()
        self._polled = receive_or_idle(
            CLAIMS.full_name(settings.topic_prefix), settings=settings, start=Start.of("beginning"), follow=True
        )

    def run(self) -> None:
        """Until `stop`, or half a second later."""
        with closing(self._polled):
            for received in self._polled:
                if self._stopping.is_set():
                    return
                if received is not None and received.value is not None:
                    self.seen[orjson.loads(received.value)["article"]["id"]] = time.perf_counter()

    def stop(self) -> None:
        """Ends it."""
        self._stopping.set()
        self.join()


def moments(count: int, rate: float, seed: int) -> list[float]:
    """When to send, seconds from now: `rate` a second on average, at random moments that do not know of each other."""
    dice = random.Random(seed)
    at, found = 0.0, []
    for _ in range(count):
        at += dice.expovariate(rate)
        found.append(at)
    return found


def send(settings: Settings, articles: Sequence[Article], due: Sequence[float]) -> None:
    """Each article when it is due."""
    to, largest = destination(settings), settings.limits.max_record_bytes
    with Producer(settings, client="benchmark") as producer:
        for article, at in zip(articles, due, strict=True):
            time.sleep(max(0.0, at - time.perf_counter()))
            producer.send(raw_record(article, to, source="/benchmark", largest=largest))


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(share * len(ordered), 6)) - 1)]


def wait_for(reader: Reader, wanted: Mapping[str, float], service: Child) -> None:
    """Returns when claims of all these articles were read. Raises ServiceFailed, TimeoutError."""
    until = time.perf_counter() + _PATIENCE
    while not wanted.keys() <= reader.seen.keys():
        service.check()
        if time.perf_counter() > until:
            raise TimeoutError(f"claims of {len(wanted.keys() - reader.seen.keys())} articles did not come")
        time.sleep(0.01)


def wait_until_ready(port: int, service: Child) -> float:
    """The moment at which a service says that its model is loaded and its partitions are assigned. Raises
    ServiceFailed, TimeoutError."""
    until = time.perf_counter() + _PATIENCE
    while True:
        with suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/ready", timeout=10, trust_env=False).is_success:
                return time.perf_counter()
        service.check()
        if time.perf_counter() > until:
            raise TimeoutError(f"not ready after {_PATIENCE:.0f} s")
        time.sleep(0.02)


def capacity(settings: Settings, articles: Sequence[Article]) -> float:
    """Articles a second of one worker with a full queue."""
    with group(settings) as progress:
        queue(settings, articles)
        with running(settings, "annotator") as service:
            return steady(watched(progress, service, len(articles)), len(articles))


def measure(on: Cluster, number: int, articles: Sequence[Article], share: float) -> dict[str, float]:
    """One round; by the name of each figure."""
    settings = on.settings(f"capacity-{number}")
    articles = spread(articles, settings.topics.partitions)
    speed = capacity(settings, articles)
    say(BENCHMARK, f"round {number}: {speed:.1f} articles/s with a full queue")
    settings, port = on.settings(f"latency-{number}"), free_port()
    first, *others = articles
    with group(settings) as progress:
        queue(settings, [first])
        reader = Reader(settings)
        reader.start()
        began = time.perf_counter()
        with running(settings, "annotator", telemetry__port=port) as service:
            ready = wait_until_ready(port, service) - began
            wait_for(reader, {first.id: began}, service)
            start = reader.seen[first.id] - began
            now = time.perf_counter()
            due = [now + moment for moment in moments(len(others), share * speed, seed=number)]
            sender = threading.Thread(target=send, args=(settings, others, due), name="sender", daemon=True)
            sender.start()
            say(
                BENCHMARK, f"round {number}: there after {start:.1f} s; {len(others)} articles in {due[-1] - now:.0f} s"
            )
            watched(progress, service, len(articles))
            time.sleep(1.0)  # for what is committed, and not yet read
            sender.join()
            (worker,) = workers(settings)
            memory = processes.resident(worker), processes.resident(worker, "VmHWM")
        reader.stop()
    # An article without a claim has no time.
    taken = [reader.seen[a.id] - at for a, at in zip(others, due, strict=True) if a.id in reader.seen]
    return {
        "capacity": speed,
        "p50": statistics.median(taken),
        "p99": percentile(taken, 0.99),
        "longest": max(taken),
        "ready": ready,
        "start": start,
        "resident": memory[0],
        "most resident": memory[1],
        "measured": len(taken),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100, help="in a round (100)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.5, help="of what it can do, that comes (0.5)")
    args = parser.parse_args()
    articles = sample(args.articles)
    with cluster() as on:
        found = [measure(on, number, articles, args.share) for number in range(1, args.rounds + 1)]
    load = f"at {args.share:.0%} of capacity, random moments"
    least = f"{min(one['measured'] for one in found):.0f} articles with claims a round"

    def figure(key: str, name: str, unit: str, note: str = "") -> Figure:
        return Figure(BENCHMARK, name, unit, tuple(one[key] for one in found), note)

    figures = [
        figure("capacity", "one worker, full queue", "articles/s"),
        figure("p50", "sent to claim read, p50", "s", load),
        figure("p99", "sent to claim read, p99", "s", least),
        figure("longest", "sent to claim read, longest", "s"),
        figure("ready", "start to assigned and warm", "s", "by its /ready"),
        figure("start", "start to first claim read", "s", "one article waits"),
        figure("resident", "resident memory of a worker", "MiB"),
        figure("most resident", "most resident memory of a worker", "MiB"),
    ]
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
