"""How far stated confidence is from the share of answers that are right."""

import numpy as np
import numpy.typing as npt


def expected_calibration_error(confidence: npt.ArrayLike, right: npt.ArrayLike, bins: int = 15) -> float:
    """0 … 1, over bins of equal mass (Nguyen and O'Connor 2015), of (n,) probabilities and whether each was right."""
    stated, correct = np.asarray(confidence, float), np.asarray(right, float)
    order = np.argsort(stated, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(abs(stated[part].mean() - correct[part].mean()) * len(part) for part in parts) / len(order))
