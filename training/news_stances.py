"""Stances of sources toward entities in AllSides articles, read and labelled (`news_stances.jsonl`: no text).

Each row of the file is one claim: its article, spans of source, cue and content, and targets as a span and a label.
Half of the claims were drawn because a model had seen a stance in them, which most claims have not.
"""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from pipeline.language.annotating import question
from pipeline.language.attributions import Attribution
from pipeline.language.entity_stances import Judged
from pipeline.language.labels import STANCES
from pipeline.records import Mention, StanceTarget
from training.corpora import held_out
from training.relation_set import texts

READ = Path(__file__).with_name("news_stances.jsonl")
NAME = "claims/stances"


def read(*, development: bool) -> list[dict[str, Any]]:
    """The rows of the training or of the development part, which a hash of the article's id tells apart, by article."""
    rows = [orjson.loads(line) for line in READ.read_bytes().splitlines()]
    chosen = [row for row in rows if held_out({"id": row["article"]}) == development]
    return sorted(chosen, key=itemgetter("article"))


def articles(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each article's text, and its pairs with the probabilities of STANCES, as `training.label_stances` writes them."""
    text = texts({row["article"] for row in rows})
    for article in sorted({row["article"] for row in rows}):
        pairs = [
            {**{part: row[part] for part in ("source", "cue", "content")}, "target": span, "stance": certain(label)}
            for row in rows
            if row["article"] == article
            for span, label in row["targets"]
        ]
        yield {"text": text[article], "pairs": pairs}


def certain(label: str) -> list[float]:
    """All probability for one label."""
    return [float(label == each) for each in STANCES]


def judged(row: dict[str, Any], text: str) -> list[tuple[Judged, str]]:
    """What the annotator would ask of a row, with the labels. `text`: the article's."""
    source, cue = (tuple(row[part][0]) if row[part] else None for part in ("source", "cue"))
    attribution = Attribution(source, cue, tuple(map(tuple, row["content"])), 1.0)
    return [
        (Judged(0, attribution, Mention(text[slice(*span)], tuple(span)), StanceTarget("entity", "", "")), label)
        for span, label in row["targets"]
    ]


def questions(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as those of a stance set: text, target, source and label, put as the annotator puts them."""
    text = texts({row["article"] for row in rows})
    asked = [
        (question(text[row["article"]], one), label) for row in rows for one, label in judged(row, text[row["article"]])
    ]
    return [{"text": q.text, "target": q.target, "label": label, "meta": {"source": q.source}} for q, label in asked]
