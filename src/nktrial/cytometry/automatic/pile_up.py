"""Values that pile up at an end of the axis, and the lattice on which values lie.

Definition
    An end of the values has a pile-up where at least 1 % of them, and at least 5 times as many as are usual for one
    value, equal the extreme value exactly: an instrument or a scale put there what did not fit.
    Values lie on a lattice where at most half of them are distinct (integers of a display channel). Its gap is the 0.9
    quantile, over values, of the distance to the next distinct value.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["lattice_gap", "piled_up", "without_clipped_tails", "without_pile_ups"]

FloatArray: TypeAlias = NDArray[np.float64]
SMALLEST_SHARE: Final = 0.01  # [unverified]
TIMES_USUAL: Final = 5.0  # [unverified]
GAP_QUANTILE: Final = 0.9  # [unverified]
PARTS: Final = 32  # [unverified]
EDGE_SHARE: Final = 0.05  # [unverified]


def without_pile_ups(values: FloatArray) -> tuple[FloatArray, int, int]:
    """Return sorted values without pile-ups at their ends, and the number of values in the low and the high one.

    Parameters
    ----------
    values : (n,) float
        Ascending, n >= 1.

    Returns
    -------
    (m,) float, int, int
        All values, 0, 0 where there is no pile-up.
    """
    low, high = piled_up(values, SMALLEST_SHARE)
    return values[low : values.size - high], low, high


def without_clipped_tails(values: FloatArray) -> tuple[FloatArray, int, int]:
    """Return sorted values without the pile-ups that are the clipped tail of what lies beside them.

    A pile-up is one where the 32nd part of the range beside it holds at least a twentieth of the events of the fullest
    such part; with next to nothing beside it, it is a population of its own and stays.

    Parameters
    ----------
    values : (n,) float
        Ascending, n >= 1.

    Returns
    -------
    (m,) float, int, int
        The rest; how many were left out at the low and at the high end.
    """
    inner, low, high = without_pile_ups(values)
    if low + high == 0 or inner.size == 0:
        return values, 0, 0
    counts = np.histogram(inner, bins=PARTS, range=(float(values[0]), float(values[-1])))[0]
    fewest = EDGE_SHARE * float(counts.max())
    low, high = low if counts[0] >= fewest else 0, high if counts[-1] >= fewest else 0
    return values[low : values.size - high], low, high


def piled_up(values: FloatArray, share: float) -> tuple[int, int]:
    """Return how many sorted values pile up at the lowest and at the highest value.

    Parameters
    ----------
    values : (n,) float
        Ascending.
    share : float
        Share of all values from which they count.

    Returns
    -------
    int, int
        0 where fewer than that share, or fewer than 5 times what is usual for one value, are there; 0, 0 also where
        there are fewer than 3 distinct values.
    """
    counts = np.unique_counts(values).counts
    if counts.size < 3:
        return 0, 0
    limit = max(share * values.size, TIMES_USUAL * float(np.median(counts)))
    low, high = int(counts[0]), int(counts[-1])
    return low if low >= limit else 0, high if high >= limit else 0


def lattice_gap(values: FloatArray) -> float:
    """Return the gap of the lattice on which sorted values lie, 0 where they lie on none."""
    distinct = np.unique_counts(values)
    if distinct.values.size > values.size / 2 or distinct.values.size < 2:
        return 0.0
    gaps = np.diff(distinct.values)
    order = np.argsort(gaps, kind="stable")
    held = np.cumsum(distinct.counts[:-1][order])
    return float(gaps[order[int(np.searchsorted(held, GAP_QUANTILE * held[-1]))]])
