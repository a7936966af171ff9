"""Articles to measure with: real news of the usual length, the same ones in every benchmark."""

import os
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pipeline.producers import files
from pipeline.records import Article
from pipeline.settings import LimitsSettings

REPOSITORY = Path(__file__).resolve().parents[1]
MEAN = 900  # words: of a news article, headline apart
_SHORTEST, _LONGEST = 200, 3000  # words: neither a teaser nor a book


def sample(count: int, seed: int = 1) -> list[Article]:
    """So many articles of `MEAN` words on average: of the research data, or of examples/ where there are none.

    Where there are fewer, they come again under other ids.
    """
    shared = Path(os.environ.get("CLAIMWIRE_SHARED") or REPOSITORY.parent / "shared")
    file = shared / "data" / "news" / "allsides.jsonl.gz"
    if not file.exists():
        print(f"{file} is not there (CLAIMWIRE_SHARED): examples/ instead, which is other news", file=sys.stderr)
    found = _read(file, 200 + 4 * count) if file.exists() else _read(REPOSITORY / "examples", None)
    random.Random(seed).shuffle(found)
    chosen = balanced(found, count) if file.exists() else found[:count]
    again = range(1, -(-count // len(chosen)))
    more = (replace(article, id=f"{article.id}-{time}") for time in again for article in chosen)
    return [*chosen, *more][:count]


def balanced(articles: Sequence[Article], count: int, mean: float = MEAN) -> list[Article]:
    """At most so many of the articles, in order, each of which keeps the words so far near `mean` for each.

    The first few are then of the usual length too: a short run measures what a long one does.
    """
    chosen: list[Article] = []
    debt = 0.0  # words that those chosen have beyond the mean
    for article in articles:
        length = words(article)
        over = length - mean
        if len(chosen) == count:
            break
        if _SHORTEST <= length <= _LONGEST and (debt == 0 or (over > 0) != (debt > 0)):
            chosen.append(article)
            debt += over
    return chosen


def words(article: Article) -> int:
    """Of its text, as white space parts them."""
    return len(article.text.split())


def _read(path: Path, most: int | None) -> list[Article]:
    outcomes = (o for file in files.find([str(path)]) for o in files.read(file, limits=LimitsSettings()))
    return list(islice((outcome for outcome in outcomes if isinstance(outcome, Article)), most))
