"""The figures and samples as one HTML page, which needs nothing beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.evaluation.errors import Sample
from training.evaluation.figures import Figure

BINS = 15
SIZE = 240  # of a drawing, in pixels


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often answers are right, by how sure they are. `bins`: (confidence, share right); `risk`: (share of answers
    kept, share of these that is wrong), the surest first; all 0 … 1."""

    what: str
    answers: int
    bins: list[tuple[float, float]]
    risk: list[tuple[float, float]]

    @classmethod
    def of(cls, what: str, confidence: Sequence[float], right: Sequence[bool]) -> "Reliability":
        """Of single answers."""
        stated, correct = np.array(confidence, float), np.array(right, float)
        order = np.argsort(-stated, kind="stable")
        parts = [part for part in np.array_split(order, BINS) if len(part)]
        wrong = np.cumsum(1 - correct[order]) / np.arange(1, len(order) + 1)
        kept = np.linspace(0.05, 1, 20)
        risk = [(float(k), float(wrong[max(0, round(k * len(order)) - 1)])) for k in kept] if len(order) else []
        return cls(what, len(order), [(stated[p].mean(), correct[p].mean()) for p in parts], risk)


def line(points: Sequence[tuple[float, float]]) -> str:
    """Points in 0 … 1 as those of an SVG polyline, y upwards."""
    return " ".join(f"{SIZE * x:.1f},{SIZE * (1 - y):.1f}" for x, y in points)


def write(
    path: Path,
    figures: Sequence[Figure],
    before: Mapping[str, Mapping[str, float]],
    parts: Mapping[str, Sequence[Figure]],
    reliability: Sequence[Reliability],
    errors: Mapping[str, tuple[int, Sequence[Sample]]],
) -> None:
    """The page. What stands in samples is text from elsewhere: the template escapes all of it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    values: dict[str, Any] = {
        "figures": figures,
        "before": before,
        "parts": parts,
        "reliability": reliability,
        "errors": errors,
    }
    page = environment.get_template("report.html").render(line=line, size=SIZE, **values)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
