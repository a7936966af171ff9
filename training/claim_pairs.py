"""Claims for training the stance model on what it is asked about them.

`claims/stances`: what a source thinks of an entity in its claim: see `news_stances`.
`claims/read`: pairs of AllSides articles of 2015 and 2020, read and labelled (`relations_training.jsonl`: no text).
`claims/written`: pairs about invented events, written for this (`written_pairs.jsonl`), since contradictions are rare
in the news. The judge is fitted to, and measured on, other pairs: see `relation_set`.
"""

from itertools import permutations
from pathlib import Path
from typing import Any

import orjson

from pipeline.language.relating import legible
from training import corpora, news_stances
from training.relation_set import labelled

READ = Path(__file__).with_name("relations_training.jsonl")
WRITTEN = Path(__file__).with_name("written_pairs.jsonl")
PREFIX = "claims/"

_INFERENCE = {"agree": "entailment", "contradict": "contradiction", "other": "neutral"}


def both_ways(one: str, other: str, label: str) -> list[dict[str, Any]]:
    """A pair as two rows of inference, as the judge asks in both directions."""
    return [
        {"premise": premise, "hypothesis": hypothesis, "label": _INFERENCE[label]}
        for premise, hypothesis in permutations((legible(one), legible(other)))
    ]


def rows(name: str) -> list[dict[str, Any]]:
    """Rows of one of these sets, or of a research set (see `corpora`)."""
    if not name.startswith(PREFIX):
        return list(corpora.rows(name))
    if name == news_stances.NAME:
        return news_stances.questions(news_stances.read(development=False))
    if name == "claims/read":
        pairs = [(pair.one, pair.other, pair.label) for pair in labelled(READ)]
    else:
        written = map(orjson.loads, WRITTEN.read_bytes().splitlines())
        pairs = [(pair["one"], pair["other"], pair["label"]) for pair in written]
    return [row for pair in pairs for row in both_ways(*pair)]
