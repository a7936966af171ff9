"""Relations for people: who agrees with whom, who contradicts whom."""

from rich.text import Text

from pipeline.cli.claims_table import printable, what
from pipeline.records import ClaimRef, Relation

_STYLES = {"agree": "green", "contradict": "bold red"}
_WORDS = {
    ("agree", "between-sources"): "agree",
    ("agree", "repetition"): "says it again",
    ("contradict", "between-sources"): "contradict each other",
    ("contradict", "reversal"): "contradicts an earlier statement",
}


def one_relation(relation: Relation) -> Text:
    """Three lines: what they do, and what each of both says."""
    about = ", ".join(printable(entity.name) for entity in relation.entities)
    earlier, later = sorted(relation.claims, key=lambda claim: str(claim.article.published_at))
    words = _WORDS.get((relation.label, relation.kind), relation.label)
    names = [_who(earlier)] if relation.kind != "between-sources" else [_who(earlier), _who(later)]
    text = Text(f"{' and '.join(names)} {words}", style=_STYLES[relation.label])
    text.append(f" {relation.score:.2f}  (about {about})\n", style="dim not bold")
    for claim in (earlier, later):
        text.append(f"  {_where(claim)}  {what(claim.content)}\n", style="not bold default")
    return text


def _who(claim: ClaimRef) -> str:
    return printable(claim.source.name or claim.source.text)


def _where(claim: ClaimRef) -> str:
    date = claim.article.published_at.date().isoformat() if claim.article.published_at else "undated"
    return f"{date} {printable(claim.article.publisher or '')}".strip()
