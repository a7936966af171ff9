"""What comparing a claim costs, by how many claims are held: `python -m benchmarks.window`.

Fills the window of the relations processor with invented claims, one entity for all of them, and times at each size
what a further claim costs there: taking it in, forgetting the oldest one, searching its neighbours, and judging those
that are near enough, at most `relations.candidates`.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.figures import Figure, put
from benchmarks.invented import DAY, World
from benchmarks.rounds import say, until_interrupted
from pipeline.language import likeness
from pipeline.language.loading import stance_judge, tokeniser
from pipeline.language.relating import Comparison, RelationJudge
from pipeline.language.sources import SourceNames
from pipeline.language.vectors import WIDTH, SentenceVectors
from pipeline.processors.comparison_window import ComparisonWindow
from pipeline.records import ComparableClaim
from pipeline.settings import LanguageSettings, RelationsSettings

SIZES = (1_000, 10_000, 100_000)
PROGRESS = 10_000  # claims between two lines of it


def claims(world: World) -> Iterator[ComparableClaim]:
    """Claims without end, all of one week and about one entity."""
    number = 0
    while True:
        article = world.story(number)
        signature = likeness.encode(likeness.signature(article.text))
        for each in article.claims:
            # Without a verb it would state nothing, and not be held.
            said = replace(each.content, text=f"It has rejected {each.content.text}")
            claim = replace(each, content=said)
            yield ComparableClaim(claim, (world.entities[0],), DAY, signature)
        number += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="claims held; default: %(default)s")
    parser.add_argument("--claims", type=int, default=500, help="that are timed at each size")
    parser.add_argument("--rounds", type=int, default=5, help="parts of these, of which the median is taken")
    args = parser.parse_args()
    coming, vector = claims(World()), SentenceVectors.load(tokeniser())
    judge = RelationJudge.load(stance_judge(LanguageSettings()))
    figures = []
    for size in sorted(args.sizes):
        settings = RelationsSettings(max_claims=size)
        window = ComparisonWindow(settings, vector, WIDTH, SourceNames(), lambda entity: True)
        while len(window) < size:
            held = window.add(next(coming))
            if held and len(window) % PROGRESS == 0:
                say("window", f"{len(window):,} of {size:,} held")
        finding, judging, pairs = [], [], 0
        for _ in range(args.rounds):
            given = [next(coming) for _ in range(args.claims // args.rounds)]
            began = time.process_time()
            found = [(held, window.candidates(held)) for held in map(window.add, given) if held]
            between = time.process_time()
            for held, candidates in found:
                judge([Comparison(held.text, each.held.text, each.similarity) for each in candidates])
                pairs += len(candidates)
            finding.append(1e3 * (between - began) / len(given))
            judging.append(1e3 * (time.process_time() - between) / len(given))
        each = f"{pairs / args.claims:.1f} pairs each"
        whole = tuple(map(sum, zip(finding, judging, strict=True)))
        figures.append(Figure("window", f"finding, with {size:,} held", "ms", tuple(finding), "CPU time of a claim"))
        figures.append(
            Figure("window", f"and judging, with {size:,} held", "ms", whole, f"CPU time of a claim, {each}")
        )
        say(
            "window",
            f"{size:,} held: {figures[-2].median:.2f} ms to find, {figures[-1].median:.1f} with judging ({each})",
        )
    put(figures)


if __name__ == "__main__":
    until_interrupted(main)
