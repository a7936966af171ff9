"""What one item of an input ends as: an article, a withdrawal, a skip, or a refusal."""

from dataclasses import dataclass
from typing import TypeAlias

from pipeline.errors import ArticleRefused
from pipeline.records import Article


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The publisher takes an article back: every claim of it goes. `revision`: that of the withdrawal, where told."""

    article_id: str
    item: int | str | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing is wrong with the item, and it holds no article.

    `item`: as in ArticleRefused. `reason`: stable, for machines ("package", "picture", …). `detail`: for people.
    """

    item: int | str | None
    reason: str
    detail: str = ""


Outcome: TypeAlias = Article | Withdrawal | Skipped | ArticleRefused
"""Refusals are given, not raised: the other items of an input go on."""
