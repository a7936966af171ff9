"""The hand-read pairs of news claims: `training/relations.jsonl`, joined with the articles' text.

Each row names two claims by article and spans of its text, and says whether they agree, contradict each other, or
neither ("other"). They were drawn from what the relations processor would compare on the AllSides articles of 2016,
2017 and spring 2020, many of them because a model suspected a contradiction, which are rare; the last 700 are what a
judge fitted to the others took for the likeliest contradictions of 2018 and early 2019. Pairs to train on, of other
articles, are in a file of their own (see `claim_pairs`).
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from pipeline.language.annotating import joined
from training import corpora

PATH = Path(__file__).with_name("relations.jsonl")


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """`story`: pairs of one article are kept on one side of a split. `days`: between their articles."""

    one: str
    other: str
    label: str
    story: str
    days: float


def labelled(path: Path = PATH) -> list[LabelledPair]:
    """All pairs, in the order of the file."""
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    found = _articles({row[side]["article"] for row in rows for side in ("one", "other")})

    def words(side: dict[str, Any]) -> str:
        return joined(_text(found[side["article"]]), side["spans"])

    def time(side: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(found[side["article"]]["published_at"])

    return [
        LabelledPair(
            one=words(row["one"]),
            other=words(row["other"]),
            label=row["label"],
            story=row["other"]["article"],
            days=abs(time(row["one"]) - time(row["other"])) / timedelta(days=1),
        )
        for row in rows
    ]


def texts(articles: AbstractSet[str]) -> dict[str, str]:
    """The text of each of these AllSides articles (their ids), as the annotator reads it."""
    return {name: _text(row) for name, row in _articles(articles).items()}


def _articles(wanted: AbstractSet[str]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in corpora.rows("news/allsides") if row["id"] in wanted}


def _text(row: dict[str, Any]) -> str:
    return f"{row['headline']}\n\n{row['body']}"
