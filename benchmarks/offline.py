"""Articles per second without Kafka, on one thread: `python -m benchmarks.offline`."""

import argparse
import statistics
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.language import Model
from pipeline.producers import files
from pipeline.records import Article
from pipeline.settings import LanguageSettings, LimitsSettings


def articles(paths: list[str], count: int) -> list[Article]:
    """The first articles of some files, repeated up to `count`."""
    found = []
    for file in files.find(paths):
        for outcome in files.read(file, limits=LimitsSettings()):
            if isinstance(outcome, Article):
                found.append(outcome)
            if len(found) == count:
                return found
    return (found * (count // len(found) + 1))[:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", default=["examples"], help="articles to annotate (examples)")
    parser.add_argument("--count", type=int, default=100, help="articles in a round")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    began = time.perf_counter()
    model = Model.load(LanguageSettings())
    loading = time.perf_counter() - began
    batch = articles(args.paths or [str(Path("examples"))], args.count)
    words = sum(len(a.text.split()) for a in batch)
    model.annotate(batch[:2])
    seconds, claims = [], 0
    for _ in range(args.rounds):
        began = time.perf_counter()
        claims = sum(len(annotated.claims) for annotated in model.annotate(batch))
        seconds.append(time.perf_counter() - began)
    median = statistics.median(seconds)
    table = Table("offline, one thread", "value")
    table.add_row("articles a round, words each", f"{len(batch)}, {words / len(batch):.0f}")
    table.add_row("model loaded", f"{loading:.1f} s")
    table.add_row("articles/s (median)", f"{len(batch) / median:.1f}")
    table.add_row("words/s (median)", f"{words / median:,.0f}")
    table.add_row("claims an article", f"{claims / len(batch):.1f}")
    table.add_row("fastest, slowest round", f"{min(seconds):.1f} s, {max(seconds):.1f} s")
    Console(width=90).print(table)


if __name__ == "__main__":
    main()
