"""More workers, Kafka itself, and long queues: `python -m benchmarks.workers`.

`claimwire run annotator` with exactly-once on a broker of its own, with all articles queued before it starts, against
the same articles offline in one process, in turns. Speeds are those of the middle of the queue, when all workers work:
as many articles are queued for each of them as for one. Two workers want two cores, and the broker some of them too:
on a machine with two they cannot be twice as fast.
Then one worker begins on queues of different lengths: what an article costs must not depend on them.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from benchmarks.figures import Figure, put, ratio
from benchmarks.report import show
from benchmarks.rounds import Task, rounds, say, until_interrupted
from benchmarks.sample import sample, words
from benchmarks.services import Cluster, cluster, group, queue, running, spread, steady, watched
from pipeline.language import Model
from pipeline.records import Article
from pipeline.settings import LanguageSettings

BENCHMARK = "workers"
OFFLINE = "offline, one process"
_names = iter(range(1_000_000))


def offline(articles: Sequence[Article]) -> Task:
    """Articles a second without Kafka."""
    model = Model.load(LanguageSettings())
    model.annotate(articles[:2])

    def task() -> float:
        began = time.perf_counter()
        # In batches as the annotator's: memory is given back after each.
        for start in range(0, len(articles), 10):
            model.annotate(articles[start : start + 10])
        return len(articles) / (time.perf_counter() - began)

    return task


def through_kafka(on: Cluster, articles: Sequence[Article], workers: int, until: int) -> float:
    """Articles a second from the middle of the first `until` of a queue, of each worker one."""
    settings = on.settings(f"workers-{next(_names)}")
    copies = [replace(article, id=f"{article.id}-{copy}") for copy in range(workers) for article in articles]
    until *= workers
    with group(settings) as progress:
        queue(settings, spread(copies, settings.topics.partitions))
        with running(settings, "annotator", "--workers", str(workers)) as service:
            return steady(watched(progress, service, until), until)


def milliseconds(on: Cluster, articles: Sequence[Article], until: int) -> float:
    """That one of these articles takes one worker."""
    return 1000 / through_kafka(on, articles, 1, until)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=80, help="in a round; of a queue, worked on (80)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="to compare (1 2)")
    parser.add_argument(
        "--queued", type=int, nargs="*", default=[1000, 10_000], help="lengths of queues (1000 10000); also 100000"
    )
    parser.add_argument("--whole", action="store_true", help="work queues off, rather than their first --articles")
    args = parser.parse_args()
    articles = sample(args.articles)
    mean = sum(map(words, articles)) / len(articles)
    with cluster() as on:
        tasks = {OFFLINE: offline(articles)}
        for count in args.workers:
            name = f"exactly once, {count} worker{'s' * (count > 1)}"
            tasks[name] = partial(through_kafka, on, articles, count, len(articles))
        found = rounds(BENCHMARK, tasks, args.rounds, "articles/s")
        queues: dict[str, Task] = {}
        for length in args.queued:
            say(BENCHMARK, f"reading {length:,} articles")
            queued = sample(length)
            until = length if args.whole else min(length, args.articles)
            queues[f"an article with {length:,} queued"] = partial(milliseconds, on, queued, until)
        costs = rounds(BENCHMARK, queues, args.rounds, "ms")
    note = f"{len(articles)} articles, {mean:.0f} words each"
    speeds = [Figure(BENCHMARK, name, "articles/s", values, note) for name, values in found.items()]
    each = [Figure(BENCHMARK, name, "ms", values) for name, values in costs.items()]
    figures = [*speeds, *(ratio(one, speeds[0]) for one in speeds[1:2]), *(ratio(one, speeds[1]) for one in speeds[2:])]
    figures += [*each, *(ratio(one, each[0]) for one in each[1:])]
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
