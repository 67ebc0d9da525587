"""A low and a high quantile of many values.

Definition
    As numpy's quantile: linear between the two order statistics around (n - 1) p. Only the values beyond a bound that a
    sample of them suggests are ordered; where the bound leaves too few, all are, so that the result is exact.
"""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["outer_quantiles"]

FloatArray: TypeAlias = NDArray[np.float64]

EVERY: Final = 64
WIDER: Final = 3.0  # the bound is where the sample has this many times the share
LEAST: Final = 5  # values of the sample beyond the bound


def outer_quantiles(parts: Sequence[FloatArray], low: float, high: float) -> tuple[float, float]:
    """Return two quantiles of the values of all parts together.

    Parameters
    ----------
    parts : sequence of (n,) float
        Finite values, one at least.
    low, high : float
        0 to 1; the farther out, the quicker.
    """
    total = sum(part.size for part in parts)
    sample = np.sort(np.concatenate([part[::EVERY] for part in parts]))
    beyond = math.ceil(WIDER * sample.size * low) + LEAST
    above = math.ceil(WIDER * sample.size * (1.0 - high)) + LEAST
    below_bound = float(sample[min(beyond, sample.size - 1)])
    above_bound = float(sample[max(sample.size - 1 - above, 0)])
    place = (total - 1) * low
    lowest = np.concatenate([part[part <= below_bound] for part in parts])
    if lowest.size < math.floor(place) + 2:
        lowest = np.concatenate(parts)
    first = _between(lowest, place)
    place = (total - 1) * high
    highest = np.concatenate([part[part >= above_bound] for part in parts])
    if highest.size < total - math.floor(place):
        highest = np.concatenate(parts)
    return first, _between(highest, place, missing=total - highest.size)


def _between(values: FloatArray, place: float, *, missing: int = 0) -> float:
    """Return what lies at a place among the values in rising order, ``missing`` smaller ones not among them."""
    left = math.floor(place)
    part = place - left
    left -= missing
    right = min(left + 1, values.size - 1)
    ordered = np.partition(values, (left, right))
    a, b = float(ordered[left]), float(ordered[right])
    return a + (b - a) * part if part < 0.5 else b - (b - a) * (1.0 - part)
