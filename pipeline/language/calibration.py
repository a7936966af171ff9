"""Confidence as the share of such answers that are right, by what `training.calibrate` fitted to development data.

Claims by Platt scaling (Platt 1999): a line through the log-odds of the raw probability. Stances by temperature scaling
(Guo et al. 2017, "On Calibration of Modern Neural Networks"), which leaves the likeliest label as it is.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import orjson

from pipeline.language import weights
from pipeline.language.token_model import Floats

NAME = "calibration"  # in the manifest of the weights
_CERTAIN = 1e-6  # how near to 0 and 1 a raw probability is told apart from them


@dataclass(frozen=True, slots=True)
class Calibration:
    """`slope` and `intercept` for claims; temperatures of the pair model and of the head in the article's own pass."""

    slope: float = 1.0
    intercept: float = 0.0
    stance: float = 1.0
    entity_stances: float = 1.0

    def claim(self, raw: float) -> float:
        """The probability that a claim is right, from the raw one of its attribution."""
        return 1 / (1 + math.exp(-(self.slope * log_odds(raw) + self.intercept)))


def log_odds(probability: float) -> float:
    """Finite for 0 and 1 too."""
    inside = min(max(probability, _CERTAIN), 1 - _CERTAIN)
    return math.log(inside / (1 - inside))


def tempered(scores: Floats, temperature: float) -> Floats:
    """(n, labels) log-probabilities -> (n, labels) probabilities at a temperature."""
    level = scores / temperature
    out: Floats = np.exp(level - np.logaddexp.reduce(level, axis=-1, keepdims=True))
    return out


@cache
def shipped() -> Calibration:
    """That of the shipped weights. Raises ModelNotFound, WeightsCorrupt."""
    return Calibration(**orjson.loads(weights.path(NAME).read_bytes()))
