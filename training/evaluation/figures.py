"""Figures with their intervals, by the percentile bootstrap over documents (Efron and Tibshirani 1993)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
SEED = 7

Counts = npt.NDArray[np.float64]
Score = Callable[[Counts], Counts]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure x 100, and the ends of its 95 % interval."""

    name: str
    value: float
    low: float
    high: float


def f1(counts: Counts) -> Counts:
    """(…, 3) hits, predicted and gold -> (…) F1 x 100; 0 where there is nothing."""
    total = counts[..., 1] + counts[..., 2]
    out: Counts = np.divide(200 * counts[..., 0], total, out=np.zeros_like(total), where=total > 0)
    return out


def macro_f1(counts: Counts) -> Counts:
    """(…, k * k) confusion counts, gold by row -> (…) mean F1 x 100 of the k labels."""
    size = round(counts.shape[-1] ** 0.5)
    table = counts.reshape(*counts.shape[:-1], size, size)
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    out: Counts = f1(np.stack([hits, table.sum(-2), table.sum(-1)], -1)).mean(-1)
    return out


def calibration(counts: Counts) -> Counts:
    """(…, bins * 3) sums of confidence, of right answers, and of answers, by bin -> (…) calibration error x 100."""
    bins = counts.reshape(*counts.shape[:-1], -1, 3)
    out: Counts = 100 * np.abs(bins[..., 0] - bins[..., 1]).sum(-1) / np.maximum(bins[..., 2].sum(-1), 1)
    return out


def figure(name: str, counts: npt.ArrayLike, score: Score = f1) -> Figure:
    """Of (documents, k) counts, which are summed before they are scored."""
    each = np.asarray(counts, np.float64)
    weights = np.random.default_rng(SEED).multinomial(len(each), np.full(len(each), 1 / len(each)), RESAMPLES)
    low, high = np.percentile(score(weights @ each), (2.5, 97.5))
    return Figure(name, float(score(each.sum(0))), float(low), float(high))


def calibration_figure(name: str, confidence: npt.ArrayLike, right: npt.ArrayLike, bins: int = 15) -> Figure:
    """Expected calibration error x 100 of (n,) answers, over bins of equal mass (Nguyen and O'Connor 2015)."""
    stated, correct = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    place = np.empty(len(stated), np.int64)
    for n, part in enumerate(np.array_split(np.argsort(stated, kind="stable"), bins)):
        place[part] = n
    counts = np.zeros((len(stated), bins, 3))
    counts[np.arange(len(stated)), place] = np.stack([stated, correct, np.ones_like(stated)], -1)
    return figure(name, counts.reshape(len(stated), -1), calibration)
