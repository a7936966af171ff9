"""What finding comparable claims costs, by how many claims are held: `python -m benchmarks.window`.

Fills the window of the relations processor with invented claims, one entity for all of them, and times at each size
what a further claim costs there: taking it in, forgetting the oldest one, and searching its neighbours. Judging them
comes on top, and costs the same at every size: at most `relations.candidates` pairs.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.figures import Figure, put
from benchmarks.invented import DAY, World
from benchmarks.rounds import say, until_interrupted
from pipeline.language import likeness
from pipeline.language.loading import tokeniser
from pipeline.language.sources import SourceNames
from pipeline.language.vectors import WIDTH, SentenceVectors
from pipeline.processors.comparison_window import ComparisonWindow
from pipeline.records import ComparableClaim
from pipeline.settings import RelationsSettings

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
    parser.add_argument("--claims", type=int, default=1_000, help="that are timed at each size")
    parser.add_argument("--rounds", type=int, default=5, help="parts of these, of which the median is taken")
    args = parser.parse_args()
    coming, vector = claims(World()), SentenceVectors.load(tokeniser())
    figures = []
    for size in sorted(args.sizes):
        settings = RelationsSettings(max_claims=size)
        window = ComparisonWindow(settings, vector, WIDTH, SourceNames(), lambda entity: True)
        while len(window) < size:
            held = window.add(next(coming))
            if held and len(window) % PROGRESS == 0:
                say("window", f"{len(window):,} of {size:,} held")
        values = []
        for _ in range(args.rounds):
            given = [next(coming) for _ in range(args.claims // args.rounds)]
            began = time.process_time()
            for claim in given:
                held = window.add(claim)
                if held:
                    window.candidates(held)
            values.append(1e3 * (time.process_time() - began) / len(given))
        figures.append(
            Figure("window", f"a claim with {size:,} held", "ms", tuple(values), "CPU time, without judging")
        )
        say("window", f"{size:,} held: {figures[-1].median:.2f} ms for each claim")
    put(figures)


if __name__ == "__main__":
    until_interrupted(main)
