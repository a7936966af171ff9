"""Attributions on PolNeAR: paragraphs by unlinked spans, whole articles by linked attributions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from pipeline.language import Model
from pipeline.records import Article, Claim
from training import corpora
from training.correct import right
from training.evaluation.errors import Errors, attribution_errors
from training.evaluation.figures import Figure, calibration_figure, f1, figure
from training.evaluation.scorers import scorer
from training.evaluation.speakers import speakers

ROLES = ("source", "cue", "content")
# Where AllSides and Media Bias/Fact Check saw the publishers of PolNeAR in its years, 2015 and 2016.
LEANS = {
    "breitbart": "right",
    "west-journal": "right",
    "politico": "centre",
    "usa-today": "centre",
    "huff-post": "left",
    "nyt": "left",
    "wash-post": "left",
}
BY_LEAN, BY_LENGTH, BY_PUBLISHER = "by lean of the publisher", "by length", "by publisher"
KEPT = (BY_LEAN, BY_LENGTH)
LINKED = {
    "linked content exact F1": ("exact", "content"),
    "linked content overlap F1": ("overlap", "content"),
    "linked source exact F1": ("exact", "source"),
    "all three roles exact F1": ("full", "all"),
}


@dataclass
class Attributions:
    """Everything that is known about the attributions found."""

    figures: list[Figure] = field(default_factory=list)
    parts: dict[str, list[Figure]] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    confidence: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)


def paragraphs(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each paragraph as a document of its own, with the attributions that lie inside it."""
    for row in rows:
        for n, (start, end) in enumerate(row["paragraphs"]):
            inside = []
            for attribution in row["attributions"]:
                roles = {
                    role: [[s - start, e - start] for s, e in attribution[role] if start <= s and e <= end]
                    for role in ROLES
                }
                if any(roles.values()):
                    inside.append(roles)
            yield {"id": f"{row['id']}#{n}", "text": row["text"][start:end], "attributions": inside}


def predicted(
    model: Model, rows: Sequence[dict[str, Any]], what: str
) -> Iterator[tuple[dict[str, Any], Sequence[Claim]]]:
    """What is found in texts, in the shape of the gold data, and as claims."""
    for row in track(rows, description=what, console=Console(stderr=True)):
        (annotated,) = model.annotate([Article(id=row["id"], body=row["text"], language="en")])
        found = [{"source": c.source.spans, "cue": c.cue.spans, "content": c.content.spans} for c in annotated.claims]
        yield {"id": row["id"], "attributions": found}, annotated.claims


def counted(
    rows: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]], keys: Sequence[tuple[str, str]], trim: bool
) -> dict[tuple[str, str], Any]:
    """(documents, 3) hits, predicted and gold of each measure."""
    out: dict[tuple[str, str], list[tuple[int, int, int]]] = {key: [] for key in keys}
    for row, each in zip(rows, found, strict=True):
        counters = scorer("score_attribution").score([row], [each], trim_punct=trim)
        for key in keys:
            out[key].append((counters[key].hit, counters[key].pred, counters[key].gold))
    return {key: np.array(counts, np.float64) for key, counts in out.items()}


def attribution(model: Model) -> Attributions:
    """Runs the model over the development part."""
    out = Attributions()
    whole = list(corpora.rows("attribution/polnear.dev"))
    parts = list(paragraphs(whole))
    found = [each for each, _ in predicted(model, parts, "PolNeAR paragraphs")]
    for trim, edges in ((False, ""), (True, ", edge punctuation aside")):
        counts = counted(parts, found, [("span", role) for role in ROLES], trim)
        for role in ROLES:
            out.figures.append(figure(f"PolNeAR paragraphs, {role}, exact span F1{edges}", counts["span", role]))
    read = list(predicted(model, whole, "PolNeAR articles"))
    found = [each for each, _ in read]
    for trim, edges in ((False, ""), (True, ", edge punctuation aside")):
        counts = counted(whole, found, list(LINKED.values()), trim)
        out.figures += [figure(f"PolNeAR articles, {name}{edges}", counts[key]) for name, key in LINKED.items()]
        if not trim:
            out.parts = by_part(whole, counts)
            out.figures += [each for kind in KEPT for each in out.parts[kind]]
    for row, (each, claims) in zip(whole, read, strict=True):
        out.confidence += [claim.confidence for claim in claims]
        out.right += [right(row["text"], claim, row["attributions"]) for claim in claims]
        attribution_errors(out.errors, row, each)
    named = {row["id"]: claims for row, (_, claims) in zip(whole, read, strict=True)}
    out.figures += speakers({row["id"]: row["text"] for row in whole}, named, out.errors)
    out.figures.append(calibration_figure("expected calibration error, claims", out.confidence, out.right))
    return out


def by_part(rows: Sequence[dict[str, Any]], counts: dict[tuple[str, str], Any]) -> dict[str, list[Figure]]:
    """Figures of articles by publisher, by its lean and by quartile of their length."""
    lengths = np.array([len(row["text"]) for row in rows])
    edges = np.quantile(lengths, (0.25, 0.5, 0.75))
    publishers = [row["id"].removeprefix("polnear-").split("_")[0] for row in rows]
    kinds = {
        BY_PUBLISHER: publishers,
        BY_LEAN: [f"publishers of the {LEANS[publisher]}" for publisher in publishers],
        BY_LENGTH: [f"quartile {n + 1} of length" for n in np.searchsorted(edges, lengths)],
    }
    out: dict[str, list[Figure]] = {}
    for kind, of in kinds.items():
        labels = np.array(of)
        out[kind] = [
            figure(
                f"PolNeAR articles, linked content exact F1, {label} ({(labels == label).sum()} articles)",
                counts["exact", "content"][labels == label],
                f1,
            )
            for label in sorted(set(of))
        ]
    return out
