"""Claims for people: who says what, about whom, for or against."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.records import ArticleRef, Claim, Content

_STYLES = {"favor": "green", "against": "red", "neutral": "dim"}

_QUOTES = '“”"«»„‟'

# Control characters, and those that turn the direction of writing: an article must not command the terminal.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def by_article(claims: Iterable[Claim]) -> Iterator[RenderableType]:
    """One table for each article, articles in the order of their first claim, claims in the order of the text."""
    articles: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        articles[claim.article.id].append(claim)
    for told in articles.values():
        yield Group(_heading(told[0].article), _table(sorted(told, key=_position)), Text())


def one_claim(claim: Claim) -> str:
    """One line without colour: `source: “content” | about names | against name 0.91 | where`."""
    parts = [
        f"{_who(claim)}: {what(claim.content)}",
        f"about {', '.join(_about(claim))}" if claim.entities else "",
        ", ".join(f"{label} {target} {confidence:.2f}" for label, target, confidence in _stances(claim)),
        _where(claim.article),
    ]
    return " | ".join(part for part in parts if part)


def printable(text: str) -> str:
    """`text` on one line, without anything that a terminal would take for a command."""
    shown = (" " if c in "\n\t" else c for c in text if c in "\n\t" or unicodedata.category(c) not in _UNPRINTABLE)
    return " ".join("".join(shown).split())


def _heading(article: ArticleRef) -> Text:
    heading = Text(printable(article.headline or article.url or article.id), style="bold")
    return heading.append(f"  {_where(article)}", style="dim not bold")


def _table(claims: Sequence[Claim]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=True)
    table.add_column("who", ratio=3)
    table.add_column("says", ratio=8)
    table.add_column("about", ratio=4)
    table.add_column("stance", ratio=4)
    for claim in claims:
        stances = Text("\n").join(
            Text(f"{label} {target} {confidence:.2f}", style=_STYLES[label])
            for label, target, confidence in _stances(claim)
        )
        table.add_row(
            Text(_who(claim), style="cyan"), Text(what(claim.content)), Text(", ".join(_about(claim))), stances
        )
    return table


def _position(claim: Claim) -> tuple[int, int]:
    return min((*claim.content.spans, *claim.source.spans, *claim.cue.spans), default=(0, 0))


def _who(claim: Claim) -> str:
    return printable(claim.source.name or claim.source.text) or "(nobody named)"


def what(content: Content) -> str:
    """What is said, on one line, and whether it is denied."""
    text = printable(content.text)
    if content.denied:
        return f"denies: {text}"
    return f"“{text.strip(_QUOTES)}”" if content.form == "direct" else text


def _about(claim: Claim) -> list[str]:
    return [printable(entity.name) for entity in claim.entities]


def _stances(claim: Claim) -> list[tuple[str, str, float]]:
    """Label, target and confidence; those that take a side first, the surest first."""
    ordered = sorted(claim.stances, key=lambda stance: (stance.label == "neutral", -stance.confidence))
    return [(stance.label, printable(stance.target.text), stance.confidence) for stance in ordered]


def _where(article: ArticleRef) -> str:
    date = article.published_at.date().isoformat() if article.published_at else ""
    return ", ".join(part for part in (printable(article.publisher or ""), date) if part)
