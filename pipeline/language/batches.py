"""Inputs of different lengths -> batches with little padding: padding costs as much as text does."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", bound=np.generic)


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices by falling length, in groups whose padded size stays within `budget` pieces (one input at least)."""
    group: list[int] = []
    for n in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        if group and lengths[group[0]] * (len(group) + 1) > budget:
            yield group
            group = []
        group.append(n)
    if group:
        yield group


def padded(arrays: Sequence[npt.NDArray[Number]]) -> npt.NDArray[Number]:
    """Arrays (length, …) of one type -> (n, longest, …) with zeros behind."""
    out = np.zeros((len(arrays), max(len(a) for a in arrays), *arrays[0].shape[1:]), arrays[0].dtype)
    for n, array in enumerate(arrays):
        out[n, : len(array)] = array
    return out
