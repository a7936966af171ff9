"""An article's text cut into pieces for marking: entities, and each claim's source, cue and content.

Spans may nest and overlap. A piece never crosses the edge of any span, so it has one set of marks; pieces that lie next
to each other in the same claim are one run, which can be one link.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["source", "cue", "content"]
_PARAGRAPH = re.compile(r"[^\n]+")
_DEEPEST = 3  # levels of claims in claims that look different


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in code points. `owner`: a claim's key or an entity's id; `kind`: the role or the entity's type."""

    start: int
    end: int
    owner: str
    kind: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Text with one set of marks. `roles`: in the claim of its run. `entity`: (id, type) or None."""

    text: str
    roles: tuple[str, ...]
    entity: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces of one claim (its key; None: of no claim). `depth`: how many claims' contents it lies in, at most 3.

    `first`: whether it is the claim's first run in the text.
    """

    claim: str | None
    depth: int
    pieces: tuple[Piece, ...]
    first: bool = False


def paragraphs(
    text: str, claims: Sequence[Span], entities: Sequence[Span], *, start: int = 0, end: int | None = None
) -> list[list[Run]]:
    """The paragraphs of text[start:end], each as runs. Spans that reach outside of the text are cut there."""
    end = len(text) if end is None else end
    seen: set[str] = set()
    return [
        list(_runs(text, claims, entities, start + found.start(), start + found.end(), seen))
        for found in _PARAGRAPH.finditer(text[start:end])
    ]


def _runs(
    text: str, claims: Sequence[Span], entities: Sequence[Span], start: int, end: int, seen: set[str]
) -> Iterable[Run]:
    here = [span for span in claims if span.start < end and span.end > start]
    named = [span for span in entities if span.start < end and span.end > start]
    edges = {start, end, *(edge for span in (*here, *named) for edge in (span.start, span.end) if start < edge < end)}
    ordered = sorted(edges)
    runs: list[Run] = []
    for left, right in itertools.pairwise(ordered):
        over = [span for span in here if span.start <= left and span.end >= right]
        entity = next(((s.owner, s.kind) for s in named if s.start <= left and s.end >= right), None)
        claim = _innermost(over)
        roles = tuple(sorted({span.kind for span in over if span.owner == claim}))
        piece = Piece(text[left:right], roles, entity)
        depth = min(_DEEPEST, len({span.owner for span in over if span.kind == "content"}))
        if runs and (runs[-1].claim, runs[-1].depth) == (claim, depth):
            runs[-1] = Run(claim, depth, (*runs[-1].pieces, piece), runs[-1].first)
        else:
            runs.append(Run(claim, depth, (piece,), claim is not None and claim not in seen))
            if claim is not None:
                seen.add(claim)
    return runs


def _innermost(over: Sequence[Span]) -> str | None:
    """The claim of the shortest span: what is said inside of what is said. Source and cue win over contents around."""
    if not over:
        return None
    return min(over, key=lambda span: (span.end - span.start, -span.start, span.owner)).owner
