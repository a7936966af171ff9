"""What was got wrong, sorted by type, with samples to read."""

import random
from dataclasses import dataclass
from typing import Any

from training.evaluation.scorers import scorer

SAMPLES = 12  # of each type, drawn with a fixed seed
AROUND = 60  # code points of the text on either side


@dataclass(frozen=True, slots=True)
class Sample:
    """`gold` and `found`: what should be there and what is; `context`: where it stands."""

    document: str
    gold: str
    found: str
    context: str


Errors = dict[str, list[Sample]]


def drawn(errors: Errors) -> dict[str, tuple[int, list[Sample]]]:
    """How many of each type there are, and some of them."""
    rng = random.Random(7)
    return {kind: (len(each), rng.sample(each, min(SAMPLES, len(each)))) for kind, each in sorted(errors.items())}


def attribution_errors(errors: Errors, row: dict[str, Any], found: dict[str, Any]) -> None:
    """Adds those of one article: missed, spurious, and which role differs where an attribution was found."""
    score, text = scorer("score_attribution"), row["text"]
    gold = score.prepare(text, row["attributions"], True)
    pred = score.prepare(text, found["attributions"], True)
    pairs = [(i, j) for i, j, dice in score.align(gold, pred) if dice >= 0.5]

    def shown(one: dict[str, Any] | None) -> str:
        if one is None:
            return "nothing"
        roles = (" … ".join(text[s:e] for s, e in one[role]) for role in ("source", "cue", "content"))
        return " | ".join(role or "(none)" for role in roles)

    def add(kind: str, g: dict[str, Any] | None, p: dict[str, Any] | None) -> None:
        spans = [span for one in (g, p) if one for role in ("source", "cue", "content") for span in one[role]]
        start = max(0, min((s for s, _ in spans), default=0) - AROUND)
        end = max((e for _, e in spans), default=0) + AROUND
        errors.setdefault(kind, []).append(Sample(row["id"], shown(g), shown(p), text[start:end]))

    for i in set(range(len(gold))) - {i for i, _ in pairs}:
        add("attribution: missed", gold[i], None)
    for j in set(range(len(pred))) - {j for _, j in pairs}:
        add("attribution: found where none is", None, pred[j])
    for i, j in pairs:
        g, p = gold[i], pred[j]
        if g["content"] != p["content"]:
            add("attribution: content begins or ends elsewhere", g, p)
        if g["source"] != p["source"]:
            other = not (g["chars"]["source"] & p["chars"]["source"])
            add("attribution: another source" if other else "attribution: source begins or ends elsewhere", g, p)
        if g["cue"] != p["cue"]:
            add("attribution: cue differs", g, p)


def entity_errors(
    errors: Errors, document: str, text: str, gold: set[tuple[int, int, str]], found: set[tuple[int, int, str]]
) -> None:
    """Adds those of one text: missed, spurious, of another type, with other ends."""

    def add(kind: str, g: tuple[int, int, str] | None, p: tuple[int, int, str] | None) -> None:
        spans = [span for span in (g, p) if span]
        start, end = max(0, min(s[0] for s in spans) - AROUND), max(s[1] for s in spans) + AROUND
        gold, found = (f"{text[s[0] : s[1]]} ({s[2]})" if s else "nothing" for s in (g, p))
        errors.setdefault(f"entity: {kind}", []).append(Sample(document, gold, found, text[start:end]))

    wrong = sorted(found - gold)
    for g in sorted(gold - found):
        p = next((p for p in wrong if p[0] < g[1] and g[0] < p[1]), None)
        if p is None:
            add("missed", g, None)
        else:
            wrong.remove(p)
            add("of another type" if p[:2] == g[:2] else "begins or ends elsewhere", g, p)
    for p in wrong:
        add("found where none is", None, p)


def stance_errors(errors: Errors, name: str, row: dict[str, Any], label: str) -> None:
    """Adds one wrong answer, under what was taken for what."""
    sample = Sample(name, row["label"], label, f"{row['target']} ← {row['text']}")
    errors.setdefault(f"stance: {row['label']} taken for {label}", []).append(sample)
