"""The hand-read pairs of news claims: `training/relations.jsonl`, joined with the articles' text.

Each row names two claims by article and spans of its text, and says whether they agree, contradict each other, or
neither ("other"). They were drawn from what the relations processor would compare on the AllSides articles of 2016,
2017 and spring 2020, many of them because a model suspected a contradiction, which are rare. Pairs to train on, of
other articles, are in a file of their own (see `claim_pairs`).
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import orjson

from pipeline.language.annotating import joined
from training import corpora

PATH = Path(__file__).with_name("relations.jsonl")


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """`story`: pairs of one article are kept on one side of a split."""

    one: str
    other: str
    label: str
    story: str


def labelled(path: Path = PATH) -> list[LabelledPair]:
    """All pairs, in the order of the file."""
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    text = texts({row[side]["article"] for row in rows for side in ("one", "other")})

    def words(side: dict[str, object]) -> str:
        return joined(text[str(side["article"])], side["spans"])  # type: ignore[arg-type]

    return [LabelledPair(words(row["one"]), words(row["other"]), row["label"], row["other"]["article"]) for row in rows]


def texts(articles: AbstractSet[str]) -> dict[str, str]:
    """The text of each of these AllSides articles (their ids), as the annotator reads it."""
    rows = corpora.rows("news/allsides")
    return {row["id"]: f"{row['headline']}\n\n{row['body']}" for row in rows if row["id"] in articles}
