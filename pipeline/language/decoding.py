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
BREAKS = {"source": 0.0, "content": 2.0}  # what each run of a role must gain, in nats

MAX_CONTENT_RUNS = 4


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue in words of its window; `block`: the words that its roles stay among. `confidence`: a probability."""

    run: Run
    block: Run
    confidence: float


@dataclass(frozen=True, slots=True)
class Roles:
    """One attribution in words of its window; `confidence` is the probability of its cue times that of its content."""

    cue: Run
    source: Run | None
    content: tuple[Run, ...]
    confidence: float


def transitions(labels: Sequence[str], breaks: Mapping[str, float] | None = None, adjacent: float = 0.0) -> Floats:
    """(from, to) additive scores: I only after B or I of the same kind; `breaks` are charged at every B of a kind, and
    `adjacent` where nothing lies between it and a run of its own kind."""
    out = np.zeros((len(labels), len(labels)), np.float32)
    for j, to in enumerate(labels):
        mark, _, kind = to.partition("-")
        for i, come in enumerate(labels):
            if mark == "I" and (come == "O" or come.partition("-")[2] != kind):
                out[i, j] = -np.inf
            elif mark == "B":
                out[i, j] = -(breaks or {}).get(kind, 0.0) - (adjacent if come[2:] == kind else 0.0)
    return out


def initial(labels: Sequence[str], breaks: Mapping[str, float] | None = None) -> Floats:
    """Additive scores of the first label of a sequence."""
    return transitions(["O", *labels], breaks)[0, 1:]


# Two names of one type with nothing between them are nearly always one ("Donald" "Trump"): what a second one must gain.
ADJACENT = 3.0
_ENTITY_STEPS, _ENTITY_START = transitions(ENTITY_LABELS, adjacent=ADJACENT), initial(ENTITY_LABELS)
_TYPES: dict[str, EntityType] = {kind: kind for kind in ENTITY_TYPES}


def viterbi(scores: Floats, steps: Floats, start: Floats) -> Ints:
    """Best label sequences of (n, words, labels) log-probabilities -> (n, words)."""
    n, words, _ = scores.shape
    best = scores.transpose(1, 2, 0).copy()  # (words, labels, n): what is reduced comes first
    best[0] += start[:, None]
    for w in range(1, words):
        best[w] += (best[w - 1][:, None] + steps[:, :, None]).max(0)
    # Where each came from is asked only of the labels on the way back.
    out = np.zeros((words, n), np.int64)
    out[-1] = best[-1].argmax(0)
    for w in range(words - 1, 0, -1):
        out[w - 1] = (best[w - 1] + steps[:, out[w]]).argmax(0)
    return out.T


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
    if np.where(np.arange(len(path)) == 0, _ENTITY_START[path], _ENTITY_STEPS[before, path]).any():
        path = viterbi(scores.entities[None], _ENTITY_STEPS, _ENTITY_START)[0]
    return [(run, _TYPES[kind]) for run, kind in bio_runs(path, ENTITY_LABELS)]


def cues(scores: Scores, blocks: Ints, threshold: float = CUE_THRESHOLD) -> list[Cue]:
    """The cues of a window, in order. `blocks`: (words,) ascending numbers of the blocks that words stand in."""
    begin = np.exp(scores.cues[:, 1])
    inside = (scores.cues[:, 2] > scores.cues[:, 0]) & (scores.cues[:, 2] > scores.cues[:, 1])
    found = []
    for first in np.flatnonzero(begin >= threshold).tolist():
        last = first + 1
        while last < len(inside) and inside[last]:
            last += 1
        block = np.searchsorted(blocks, blocks[first]), np.searchsorted(blocks, blocks[first], "right")
        found.append(Cue((first, last), (int(block[0]), int(block[1])), min(1.0, float(begin[first]))))
    return found


def attributions(
    given: Sequence[Cue], scores: Sequence[Floats], breaks: Mapping[str, float] = BREAKS
) -> list[Roles | None]:
    """The attribution of each cue, None where nothing is its content.

    `scores`: (words of the cue's block, 5) log-probabilities for each cue, labels as `labels.ROLE_LABELS`.
    """
    if not given:
        return []
    length = max(len(score) for score in scores)
    level = np.full((len(scores), length, len(ROLE_LABELS)), -np.inf, np.float32)
    level[:, :, 0] = 0.0  # words beyond the end of a block have no role
    for n, score in enumerate(scores):
        level[n, : len(score)] = score
    paths = viterbi(level, transitions(ROLE_LABELS, breaks), initial(ROLE_LABELS, breaks))
    return [_roles(cue, score, path) for cue, score, path in zip(given, scores, paths, strict=True)]


def _roles(cue: Cue, scores: Floats, path: Ints) -> Roles | None:
    runs = bio_runs(path, ROLE_LABELS)
    odds = scores - scores[:, :1]

    def gain(run: Run, label: int) -> float:
        return float(odds[run[0], label] + odds[run[0] + 1 : run[1], label + 1].sum())

    def placed(run: Run) -> Run:
        return run[0] + cue.block[0], run[1] + cue.block[0]

    sources = [run for run, kind in runs if kind == "source"]
    contents = [run for run, kind in runs if kind == "content"]
    if not contents:
        return None
    contents = sorted(sorted(contents, key=lambda r: -gain(r, 3))[:MAX_CONTENT_RUNS])
    said = float(np.exp(scores[np.concatenate([np.arange(*run) for run in contents])][:, 3:]).sum(-1).mean())
    source = max(sources, key=lambda r: gain(r, 1), default=None)
    return Roles(
        cue.run,
        placed(source) if source else None,
        tuple(map(placed, contents)),
        cue.confidence * min(1.0, said),
    )
