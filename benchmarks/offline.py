"""Articles per second without Kafka, on one thread: `python -m benchmarks.offline`."""

import argparse
import time

from benchmarks.figures import Figure, put
from benchmarks.report import show
from benchmarks.rounds import rounds, until_interrupted
from benchmarks.sample import sample, words
from pipeline.language import Model
from pipeline.producers import files
from pipeline.records import Article
from pipeline.settings import LanguageSettings, LimitsSettings

BENCHMARK = "offline"


def of_files(paths: list[str], count: int) -> list[Article]:
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
    parser.add_argument("paths", nargs="*", help="articles to annotate; by default those of every benchmark")
    parser.add_argument("--articles", type=int, default=40, help="in a round (40)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", choices=("fast", "accurate"), default="fast")
    args = parser.parse_args()
    began = time.perf_counter()
    model = Model.load(LanguageSettings(model=args.model))
    loading = time.perf_counter() - began
    articles = of_files(args.paths, args.articles) if args.paths else sample(args.articles)
    total = sum(map(words, articles))
    claims = sum(len(annotated.claims) for annotated in model.annotate(articles)) / len(articles)

    def annotate() -> float:
        began = time.perf_counter()
        model.annotate(articles)
        return len(articles) / (time.perf_counter() - began)

    name = f"one process, {args.model}"
    (speeds,) = rounds(BENCHMARK, {name: annotate}, args.rounds, "articles/s").values()
    note = f"{len(articles)} articles, {total / len(articles):.0f} words each"
    figures = [
        Figure(BENCHMARK, name, "articles/s", speeds, note),
        Figure(BENCHMARK, "words", "1/s", tuple(speed * total / len(articles) for speed in speeds)),
        Figure(BENCHMARK, "model loaded", "s", (loading,)),
        Figure(BENCHMARK, "claims", "1/article", (claims,)),
    ]
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
