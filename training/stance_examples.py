"""Windows with stances of sources toward entities, for the stance head of the token model."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from pipeline.language.entity_stances import covered
from pipeline.language.labels import STANCES
from pipeline.language.windows import Tokeniser
from training import corpora, news_stances
from training.examples import Example, StancePair

NEUTRAL = 0.5  # share of the neutral pairs of directed_sentiment that an epoch reads: seven in ten are neutral


def judged_examples(tokeniser: Tokeniser, path: Path | None, rng: random.Random) -> Iterator[Example]:
    """Articles whose stances were read, and what `training.label_stances` wrote, in windows cut anew each time."""
    rows = list(news_stances.articles(news_stances.read(development=False)))
    rows += map(orjson.loads, path.read_bytes().splitlines()) if path else []
    for row in rows:
        yield from article_examples(tokeniser, row, rng.randint(160, 256))


def article_examples(tokeniser: Tokeniser, row: dict[str, Any], pieces: int) -> Iterator[Example]:
    """The windows of an article that hold a target."""
    for window in tokeniser.windows(row["text"], pieces):
        pairs = []
        for pair in row["pairs"]:
            parts = tuple(covered(window, s) for s in ([pair["target"]], pair["source"], pair["cue"], pair["content"]))
            if len(parts[0]):
                pairs.append(StancePair(parts, tuple(pair["stance"])))
        if pairs:
            yield Example(window, stances=pairs)


def sentence_examples(
    tokeniser: Tokeniser, name: str, rng: random.Random | None = None
) -> Iterator[tuple[Example, str]]:
    """(window, label) of the sentences of newsmtsc or directed_sentiment that hold their target; some, with `rng`."""
    for row in corpora.rows(name):
        if rng and "directed" in name and row["label"] == "neutral" and rng.random() > NEUTRAL:
            continue
        target = target_span(row)
        windows = tokeniser.windows(row["text"], 256)
        window = next((w for w in windows if len(covered(w, [target]))), None) if target else None
        if target is None or window is None:
            continue
        speaker = covered(window, [span] if (span := source_span(row)) else [])
        content = np.setdiff1d(np.arange(len(window.first)), speaker)
        parts = (covered(window, [target]), speaker, np.zeros(0, np.int64), content)
        gold = tuple(float(label == row["label"]) for label in STANCES)
        yield Example(window, stances=[StancePair(parts, gold)]), row["label"]


def target_span(row: dict[str, Any]) -> tuple[int, int] | None:
    """Where the target of a row stands in its text."""
    if span := row["meta"].get("span"):
        return span[0], span[1]
    at = row["text"].find(row["target"])
    return (at, at + len(row["target"])) if at >= 0 else None


def source_span(row: dict[str, Any]) -> tuple[int, int] | None:
    """Where who holds the stance stands in the text of a row, if it is said who."""
    source = row["meta"].get("source")
    at = row["text"].find(source) if source else -1
    return (at, at + len(source)) if at >= 0 else None
