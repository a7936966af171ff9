"""Pairs of a text and a target -> probabilities of favor, against, neutral."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline.language import weights
from pipeline.language.batches import batches, padded
from pipeline.language.calibration import tempered
from pipeline.language.labels import STANCES
from pipeline.language.pairs import pair
from pipeline.language.token_model import Floats
from pipeline.language.windows import Tokeniser

MAX_PIECES = 256


@dataclass(frozen=True, slots=True)
class Question:
    """Which stance does `text` (or `source`, speaking in it) take toward `target`?"""

    text: str
    target: str
    source: str | None = None


class StanceJudge(Protocol):
    """Whatever judges stances: the shipped model or a user's own. `digest`: what records name its weights by."""

    digest: str

    def __call__(self, questions: Sequence[Question]) -> Floats:
        """(questions, 3) probabilities, in the order of `labels.STANCES`."""
        ...


class StanceModel:
    """The shipped stance model on ONNX Runtime; see `calibration` for `temperature`."""

    def __init__(self, tokeniser: Tokeniser, threads: int, batch_tokens: int, temperature: float) -> None:
        self.temperature = temperature
        self.tokeniser = tokeniser
        self.session = weights.session("stance", threads)
        self.digest = weights.digest("stance")
        self.batch_tokens = batch_tokens

    def __call__(self, questions: Sequence[Question]) -> Floats:
        """(questions, 3) probabilities, in the order of `labels.STANCES`."""
        pairs = [pair(self.tokeniser, q.text, q.target, q.source, MAX_PIECES) for q in questions]
        out = np.zeros((len(pairs), len(STANCES)), np.float32)
        for batch in batches([len(p.ids) for p in pairs], self.batch_tokens):
            chosen = [pairs[n] for n in batch]
            inputs = {
                name: padded([getattr(p, name) for p in chosen]) for name in ("ids", "shapes", "segments", "marks")
            }
            inputs["mask"] = padded([np.ones_like(p.ids) for p in chosen])
            out[batch] = tempered(self.session.run(("stances",), inputs)[0], self.temperature)
        return out
