"""What an article costs all else than the annotator: `python -m benchmarks.stages`. `benchmarks.scale` reckons with it.

One worker of `claimwire run annotator` works a queue off, exactly-once, on a broker of its own; then bytes are counted
in its topics, as its producers compressed them, and the broker's processor time is looked at. What it wrote is compared
by one `claimwire run relations`, and goes into a database by the sink's own code. At last transactions of one small
record each, one after the other: what one costs the broker.
"""

import argparse
import time
from collections.abc import Mapping, Sequence

import httpx
from prometheus_client.parser import text_string_to_metric_families

from benchmarks import databases, processes
from benchmarks.figures import Figure, put
from benchmarks.report import show
from benchmarks.rounds import say, until_interrupted
from benchmarks.sample import sample
from benchmarks.services import Cluster, cluster, group, queue, running, spread, steady, watched, workers
from pipeline.consumers.database.connection import connect, prepare
from pipeline.consumers.database.sink import DatabaseSink
from pipeline.records import Article
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_RAW, CLAIMS, CLAIMS_BY_ENTITY, ENTITIES, TARGETS
from pipeline.wire.broker import free_port
from pipeline.wire.consumer import receive
from pipeline.wire.group import GroupProgress as Group
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.start import Start
from pipeline.wire.transactional import TransactionalProducer

BENCHMARK = "stages"
OUTPUTS = (ARTICLES_ANNOTATED, ENTITIES, CLAIMS, CLAIMS_BY_ENTITY)
_COORDINATORS = ("__transaction_state", "__consumer_offsets")
_TRANSACTIONS = 300


def counted(port: int) -> Mapping[str, float]:
    """The counters of a service, all labels together."""
    found: dict[str, float] = {}
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30, trust_env=False)
    for family in text_string_to_metric_families(answer.text):
        for one in family.samples:
            found[one.name] = found.get(one.name, 0.0) + one.value
    return found


def annotated(on: Cluster, settings: Settings, articles: Sequence[Article]) -> dict[str, float]:
    """A queue worked off. By the name of each figure."""
    number, port = len(articles), free_port()
    internal = sum(map(on.stored_at, _COORDINATORS))
    with group(settings) as progress:
        queue(settings, articles)
        before = processes.cpu_seconds(on.pid)
        with running(settings, "annotator", telemetry__port=port) as service:
            watched(progress, service, number)
            broker = processes.cpu_seconds(on.pid) - before
            (worker,) = workers(settings)
            own, counters = processes.cpu_seconds(worker), counted(port)
    found = {f"{topic.name}, stored": on.stored(settings, topic) / number for topic in (ARTICLES_RAW, *OUTPUTS)}
    found["coordinators, stored"] = (sum(map(on.stored_at, _COORDINATORS)) - internal) / number
    found["processor time of the broker"] = 1000 * broker / number
    found["processor time of the annotator"] = 1000 * own / number
    found["transactions"] = counters["claimwire_transactions_total"] / number
    found["claims"] = counters["claimwire_claims_total"] / number
    return found


def related(settings: Settings, progress: Group, articles: int) -> dict[str, float]:
    """What was annotated, compared by one process. `progress`: of its group, since before anything was annotated."""
    name = CLAIMS_BY_ENTITY.full_name(settings.topic_prefix)
    records = sum(1 for _ in receive(name, settings=settings, start=Start.of("beginning")))
    # Offsets count the marks of transactions too; the last of them nobody commits.
    offsets = progress.came()
    with running(settings, "relations") as service:
        rate = steady(watched(progress, service, int(0.9 * offsets)), offsets)
    return {"claims to compare": records / articles, "relations, one process": rate * records / offsets}


def sunk(settings: Settings, articles: int) -> dict[str, float]:
    """Articles a second, with their entities and claims, into each database that there is."""
    found = {}
    for name in databases.chosen(None):
        with databases.database(name) as url:
            engine = connect(url)
            prepare(engine, settings.topic_prefix)
            began = time.perf_counter()
            DatabaseSink(settings, engine).run(follow=False, told=lambda tail, records: None)
            found[f"sink, {name}"] = articles / (time.perf_counter() - began)
            engine.dispose()
    return found


def transactions(on: Cluster, settings: Settings) -> dict[str, float]:
    """Milliseconds of the broker's processor time for a transaction of one record."""
    name = TARGETS.full_name(settings.topic_prefix)
    with TransactionalProducer(settings, "benchmark", client="benchmark") as producer:
        before = processes.cpu_seconds(on.pid)
        for _ in range(_TRANSACTIONS):
            with producer.transaction() as send:
                send([Outgoing(name, b"benchmark", None, [], 0)])
        spent = processes.cpu_seconds(on.pid) - before
    return {"processor time of the broker for a transaction": 1000 * spent / _TRANSACTIONS}


UNITS = {
    **{f"{topic.name}, stored": "bytes/article" for topic in (ARTICLES_RAW, *OUTPUTS)},
    "coordinators, stored": "bytes/article",
    "processor time of the broker": "ms/article",
    "processor time of the annotator": "ms/article",
    "transactions": "1/article",
    "claims": "1/article",
    "claims to compare": "1/article",
    "relations, one process": "claims/s",
    "sink, sqlite": "articles/s",
    "sink, postgresql": "articles/s",
    "processor time of the broker for a transaction": "ms",
}
"""Every figure, and its unit. Bytes are compressed, for one copy."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100, help="in a round (100)")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    found: dict[str, list[float]] = {}
    with cluster() as on:
        for number in range(1, args.rounds + 1):
            settings = on.settings(f"stages-{number}")
            articles = spread(sample(args.articles), settings.topics.partitions)
            with group(settings, "relations", CLAIMS_BY_ENTITY) as comparing:
                round_ = annotated(on, settings, articles)
                say(BENCHMARK, f"round {number} of {args.rounds}: annotated")
                round_ |= related(settings, comparing, len(articles))
            say(BENCHMARK, f"round {number} of {args.rounds}: compared")
            round_ |= sunk(settings, len(articles)) | transactions(on, settings)
            for name, value in round_.items():
                found.setdefault(name, []).append(value)
    figures = [Figure(BENCHMARK, name, UNITS[name], tuple(values)) for name, values in found.items()]
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
