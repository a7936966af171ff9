"""Stances of sources toward the entities in what they say, from the vectors of the article's own pass.

Reading every pair of a source and an entity by a pass of its own costs more than twice what the article does. Here a
small head reads the means of four stretches of words (the entity's mention, the source, the cue, the content) that
the encoder has read already; it is taught by labelled sentences and by the pair model's judgements of real articles.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.language import weights
from pipeline.language.attributions import Attribution
from pipeline.language.calibration import tempered
from pipeline.language.quotes import Span
from pipeline.language.token_model import Floats, Scores
from pipeline.language.windows import Ints, Window
from pipeline.records import Mention, StanceTarget

NAME = "entity-stances"  # in the manifest of the weights


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be judged: which stance the source of claim `claim` takes toward an entity mentioned in it."""

    claim: int
    attribution: Attribution
    mention: Mention
    target: StanceTarget


def covered(window: Window, spans: Sequence[Span]) -> Ints:
    """Indices of the words of a window that overlap any of the spans."""
    begins, ends = window.spans[:, 0], window.spans[:, 1]
    words = [np.arange(np.searchsorted(ends, s, "right"), np.searchsorted(begins, e)) for s, e in spans]
    return np.unique(np.concatenate([*words, np.zeros(0, np.int64)])).astype(np.int64)


def means(vectors: Floats, parts: Sequence[Ints]) -> Floats:
    """(parts, width) means of vectors (words, width) over the words of each part; zeros for one without words."""
    out = np.zeros((len(parts), vectors.shape[1]), np.float32)
    for n, words in enumerate(parts):
        if len(words):
            out[n] = vectors[words].mean(0)
    return out


def parts(window: Window, attribution: Attribution) -> list[Ints]:
    """The words of source, cue and content, as far as they stand in the window."""
    optional = [[span] if span else [] for span in (attribution.source, attribution.cue)]
    return [covered(window, spans) for spans in (*optional, attribution.content)]


class EntityStances:
    """The shipped head on ONNX Runtime. `digest`: what records name its weights by; `temperature`: of `calibration`."""

    def __init__(self, threads: int, temperature: float) -> None:
        self.temperature = temperature
        self.session = weights.session(NAME, threads)
        self.digest = weights.digest(NAME)

    def __call__(self, windows: Sequence[Window], scores: Sequence[Scores], judged: Sequence[Judged]) -> Floats:
        """(judged, 3) probabilities, in the order of `labels.STANCES`, of one pair or more in an article's windows."""
        begins = [int(window.spans[0, 0]) for window in windows]
        said: dict[tuple[int, Attribution], Floats] = {}  # the same for every entity in it
        read = []
        for one in judged:
            place = max(0, bisect_right(begins, one.mention.span[0]) - 1)
            window, vectors, key = windows[place], scores[place].vectors, (place, one.attribution)
            if key not in said:
                said[key] = means(vectors, parts(window, one.attribution))
            named = means(vectors, [covered(window, [one.mention.span])])
            read.append(np.concatenate([named, said[key]]))
        return tempered(self.session.run(("stances",), {"parts": np.stack(read)})[0], self.temperature)
