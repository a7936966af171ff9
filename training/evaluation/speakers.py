"""Who is speaking: names given to sources, against hand-read ones.

`training/speakers.jsonl` names sources of PolNeAR's development part by article and span: pronouns, partial names and
descriptions of one person. Each has the span of that person's full name elsewhere in the article, or none where the
text does not say. Sources that are full names themselves are left out: nothing is to be found out about them. Rows are
`later` that were read after the rules had been made.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import orjson

from pipeline.records import Claim
from training.evaluation.errors import AROUND, Errors, Sample
from training.evaluation.figures import Counts, Figure, figure

PATH = Path(__file__).parent.parent / "speakers.jsonl"


def share(counts: Counts) -> Counts:
    """(…, 2) hits and all -> (…) share x 100; 0 where there is nothing."""
    out: Counts = np.divide(
        100 * counts[..., 0], counts[..., 1], out=np.zeros(counts.shape[:-1]), where=counts[..., 1] > 0
    )
    return out


def named(name: str, full: str) -> bool:
    """Whether a name is this person's, with or without titles."""
    return f" {full.casefold()} " in f" {name.casefold()} "


def speakers(texts: Mapping[str, str], claims: Mapping[str, Sequence[Claim]], errors: Errors) -> list[Figure]:
    """Precision: of the names given to such sources, the right ones. Recall: of all names that the text gives, those
    that were found; a source of which no claim was found is missed."""
    given: dict[tuple[bool, str], list[tuple[bool, bool, bool]]] = {}
    with PATH.open("rb") as lines:
        for row in map(orjson.loads, lines):
            article, (start, end), name = row["article"], row["source"], row["name"]
            text, full = texts[article], name and texts[article][slice(*name)]
            found = [c.source for c in claims[article] if any(s < end and start < e for s, e in c.source.spans)]
            # What somebody is, "federal prosecutors", is no person's name.
            answer = next((source.name for source in found if source.kind == "person"), None)
            right = answer is not None and full is not None and named(answer, full)
            given.setdefault((row["later"], article), []).append((right, answer is not None, full is not None))
            if not right and (answer or full):
                around = text[max(0, start - 2 * AROUND) : end + AROUND]
                kind = "speaker: another name" if answer else "speaker: no name"
                errors.setdefault(kind, []).append(Sample(article, full or "nothing", answer or "nothing", around))
    out = []
    for later, which in ((False, ""), (True, ", in articles read later")):
        counts = np.array([np.array(each, np.float64).sum(0) for (when, _), each in given.items() if when == later])
        out.append(figure(f"speaker names, precision{which}", counts[:, [0, 1]], share))
        out.append(figure(f"speaker names, recall{which}", counts[:, [0, 2]], share))
    return out
