"""Corpora -> labelled windows for the token model."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from pipeline.language.entity_stances import covered
from pipeline.language.labels import ENTITY_LABELS
from pipeline.language.windows import Tokeniser, Window
from training import corpora

IGNORE = -100

# What a label of a set may be among the nine types.
SCHEMES = {
    # O may hide a date or an amount.
    "conll": {
        "PER": ("Person",),
        "ORG": ("Organization",),
        "LOC": ("Location", "Facility"),
        "MISC": ("NORP", "Product", "Misc"),
        "O": ("O", "Date", "Money"),
    },
    "crossner": {
        "person": ("Person",),
        "politician": ("Person",),
        "organisation": ("Organization", "Facility"),
        "politicalparty": ("Organization",),
        "country": ("Location",),
        "location": ("Location", "Facility"),
        "election": ("Misc",),
        "event": ("Misc",),
        "misc": ("Misc", "NORP", "Product"),
        "O": ("O", "Date", "Money", "NORP"),
    },
}
# Word pieces of a window: short ones too, since headlines and single sentences are to be read.
SIZES = (16, 32, 64, 96, 128, 192, 256)


@dataclass(frozen=True, slots=True)
class StancePair:
    """A source and an entity in what it says. `parts`: words of target, source, cue and content, (n,) indices each, of
    which only the target must be there; `stance`: probabilities of `labels.STANCES`."""

    parts: tuple[np.ndarray, ...]
    stance: tuple[float, ...]


@dataclass
class Example:
    """A window and its labels. `entities`: (words, 19) bool, which labels are allowed, None where not annotated.

    `cues`: (words,) O, B, I; None where not annotated. `roles`: first word of a cue -> (words,) role labels.
    `stances`: the pairs whose target stands in the window.
    """

    window: Window
    entities: np.ndarray | None = None
    cues: np.ndarray | None = None
    roles: dict[int, np.ndarray] = field(default_factory=dict)
    stances: list[StancePair] = field(default_factory=list)


def allowed(label: str, scheme: str) -> list[int]:
    """Indices of ENTITY_LABELS that a gold BIO label permits."""
    mark, _, kind = label.partition("-")
    if scheme == "native":
        return [ENTITY_LABELS.index(label)]
    kinds = SCHEMES[scheme]["O" if mark == "O" else kind]
    if mark == "O":
        return [i for i, x in enumerate(ENTITY_LABELS) if x == "O" or x[2:] in kinds]
    return [ENTITY_LABELS.index(f"{mark}-{k}") for k in kinds]


def entity_examples(tokeniser: Tokeniser, name: str, scheme: str, rng: random.Random) -> Iterator[Example]:
    """Windows of a BIO set, of varying size, some of them set in capitals or lower case as headlines and chats are."""
    for _, text, spans in corpora.tagged_documents(name):
        chance = rng.random()
        if chance < 0.04 and len(text.upper()) == len(text):
            text = text.upper()
        elif chance < 0.08 and len(text.lower()) == len(text):
            text = text.lower()
        if rng.random() < 0.4:
            text = text.replace("'", "’")  # as newspapers print it; the sets have the typewriter's
        for window in tokeniser.windows(text, rng.choice(SIZES)):
            low, high = window.spans[0, 0], window.spans[-1, 1]
            names = ["O"] * len(window.spans)
            for start, end, kind in spans:
                if start < high and end > low:
                    for n, i in enumerate(covered(window, [(start, end)])):
                        names[i] = ("I-" if n else "B-") + kind
            labels = np.zeros((len(names), len(ENTITY_LABELS)), bool)
            for i, label in enumerate(names):
                labels[i, allowed(label, scheme)] = True
            yield Example(window, entities=labels)


def attribution_examples(tokeniser: Tokeniser, name: str, rng: random.Random) -> Iterator[Example]:
    """Windows of an attribution set with cues and, for each cue, the roles of every word."""
    for row in corpora.rows(name):
        for window in tokeniser.windows(row["text"], rng.randint(96, 256)):
            low, high = window.spans[0, 0], window.spans[-1, 1]
            cues = np.zeros(len(window.spans), np.int64)
            roles: dict[int, np.ndarray] = {}
            for attribution in row["attributions"]:
                for start, end in attribution["cue"][:1]:
                    if not (low <= start < high):
                        continue
                    words = covered(window, [(start, end)])
                    if not len(words) or int(words[0]) in roles:
                        continue
                    cues[words] = np.where(cues[words] == 1, 1, 2)
                    cues[words[0]] = 1
                    labels = np.zeros(len(window.spans), np.int64)
                    for first, pieces in ((1, attribution["source"]), (3, attribution["content"])):
                        for s, e in pieces:
                            inside = covered(window, [(s, e)])
                            labels[inside] = first + 1
                            labels[inside[:1]] = first
                    roles[int(words[0])] = labels
            yield Example(window, cues=cues, roles=roles)
