"""Whether a claim is right, for its confidence: a coarser question than that of the scorers."""

from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.language.quotes import Span
from pipeline.records import Claim


def words(text: str, spans: Iterable[Span]) -> set[int]:
    """Where the words of spans begin."""
    return {
        at for s, e in spans for at in range(s, e) if not text[at].isspace() and (at == s or text[at - 1].isspace())
    }


def right(text: str, claim: Claim, gold: Sequence[dict[str, Any]]) -> bool:
    """Whether an attribution of the gold data says the same, by half of the words of both, of a source it overlaps."""
    said = words(text, claim.content.spans)
    for each in gold:
        told = words(text, each["content"])
        same = any(s < b and a < e for s, e in claim.source.spans for a, b in each["source"])
        if (same or (not each["source"] and not claim.source.spans)) and 2 * len(said & told) >= len(said | told) > 0:
            return True
    return False
