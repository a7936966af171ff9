"""Scores of labels -> spans of words: the best sequences that BIO permits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.language.labels import ENTITY_LABELS, ENTITY_TYPES, ROLE_LABELS
from pipeline.language.token_model import Floats, Scores
from pipeline.language.windows import Ints
from pipeline.records import EntityType

Run = tuple[int, int]  # [first word, last word + 1)

# Chosen on the development part of PolNeAR by `python -m training.tune_decoding`.
CUE_THRESHOLD = 0.5
BREAKS = {"source": 0.0, "content": 3.0}  # what each run of a role must gain, in nats

MAX_CONTENT_RUNS = 4

# Labels that a word in another block than the cue cannot have.
OUTSIDE = np.array([label != "O" for label in ROLE_LABELS])


@dataclass(frozen=True, slots=True)
class Roles:
    """One attribution in words of its window; `confidence` is the probability of its cue times that of its content."""

    cue: Run
    source: Run | None
    content: tuple[Run, ...]
    confidence: float


def transitions(labels: Sequence[str], breaks: Mapping[str, float] | None = None) -> Floats:
    """(from, to) additive scores: I only after B or I of the same kind; `breaks` are charged at every B of a kind."""
    out = np.zeros((len(labels), len(labels)), np.float32)
    for j, to in enumerate(labels):
        mark, _, kind = to.partition("-")
        for i, come in enumerate(labels):
            if mark == "I" and (come == "O" or come.partition("-")[2] != kind):
                out[i, j] = -np.inf
            elif mark == "B":
                out[i, j] = -(breaks or {}).get(kind, 0.0)
    return out


def initial(labels: Sequence[str], breaks: Mapping[str, float] | None = None) -> Floats:
    """Additive scores of the first label of a sequence."""
    return transitions(["O", *labels], breaks)[0, 1:]


_ENTITY_STEPS, _ENTITY_START = transitions(ENTITY_LABELS), initial(ENTITY_LABELS)
_TYPES: dict[str, EntityType] = {kind: kind for kind in ENTITY_TYPES}


def viterbi(scores: Floats, steps: Floats, start: Floats) -> Ints:
    """Best label sequences of (n, words, labels) log-probabilities -> (n, words)."""
    n, words, count = scores.shape
    back = np.zeros((n, words, count), np.int64)
    best = scores[:, 0] + start
    for w in range(1, words):
        options = best[:, :, None] + steps
        back[:, w] = options.argmax(1)
        best = options.max(1) + scores[:, w]
    out = np.zeros((n, words), np.int64)
    out[:, -1] = best.argmax(1)
    rows = np.arange(n)
    for w in range(words - 1, 0, -1):
        out[:, w - 1] = back[rows, w, out[:, w]]
    return out


def bio_runs(path: Ints, labels: Sequence[str]) -> list[tuple[Run, str]]:
    """Runs of a BIO path with their kinds, in order."""
    runs: list[tuple[Run, str]] = []
    begin, kind = 0, ""
    for w, index in enumerate([*path.tolist(), 0]):
        mark, _, here = labels[index].partition("-")
        if kind and mark != "I":
            runs.append(((begin, w), kind))
            kind = ""
        if mark == "B":
            begin, kind = w, here or "cue"
    return runs


def entity_runs(scores: Scores) -> list[tuple[Run, EntityType]]:
    """Entities of a window: (words, type), not overlapping."""
    path = scores.entities.argmax(-1)
    before = np.concatenate([[0], path[:-1]])
    if np.isneginf(np.where(np.arange(len(path)) == 0, _ENTITY_START[path], _ENTITY_STEPS[before, path])).any():
        path = viterbi(scores.entities[None], _ENTITY_STEPS, _ENTITY_START)[0]
    return [(run, _TYPES[kind]) for run, kind in bio_runs(path, ENTITY_LABELS)]


def attributions(
    scores: Scores, blocks: Ints, threshold: float = CUE_THRESHOLD, breaks: Mapping[str, float] = BREAKS
) -> list[Roles]:
    """Attributions of a window that have a content, in the order of their cues.

    `blocks`: (words,) the number of the block of text that each word stands in; roles stay in the block of their cue.
    """
    begin = np.exp(scores.cues[:, 1])
    chosen = [n for n, word in enumerate(scores.candidates.tolist()) if begin[word] >= threshold]
    if not chosen:
        return []
    elsewhere = blocks[scores.candidates[chosen]][:, None] != blocks[None, :]
    allowed = np.where(elsewhere[:, :, None] & OUTSIDE, -np.inf, scores.roles[chosen]).astype(np.float32)
    paths = viterbi(allowed, transitions(ROLE_LABELS, breaks), initial(ROLE_LABELS, breaks))
    inside = scores.cues[:, 2] > scores.cues[:, 0]
    found = []
    for n, path in zip(chosen, paths, strict=True):
        first = int(scores.candidates[n])
        last = first + 1
        while last < len(inside) and inside[last] and scores.cues[last, 2] > scores.cues[last, 1]:
            last += 1
        runs = bio_runs(path, ROLE_LABELS)
        odds = scores.roles[n] - scores.roles[n][:, :1]

        def gain(run: Run, label: int, odds: Floats = odds) -> float:
            return float(odds[run[0], label] + odds[run[0] + 1 : run[1], label + 1].sum())

        sources = [run for run, kind in runs if kind == "source"]
        contents = [run for run, kind in runs if kind == "content"]
        if not contents:
            continue
        contents = sorted(sorted(contents, key=lambda r: -gain(r, 3))[:MAX_CONTENT_RUNS])
        words = np.concatenate([np.arange(*run) for run in contents])
        said = float(np.exp(scores.roles[n][words][:, 3:]).sum(-1).mean())
        found.append(
            Roles(
                (first, last),
                max(sources, key=lambda r: gain(r, 1), default=None),
                tuple(contents),
                min(1.0, float(begin[first])) * min(1.0, said),
            )
        )
    return found
