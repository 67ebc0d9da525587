"""Two groups of events along one marker: where they part, and whether there are two at all.

Definition
    The cut of Otsu 1979 makes the variance between the two sides largest; the outermost 0.5 % of the events on either
    side are drawn in first. The sides are two groups where their distance is at least 3.5 of their mean spread, by
    D = sqrt(2) |m1 - m2| / sqrt(s1^2 + s2^2) of Ashman, Bird and Zepf 1994. Sides of a cut are narrower than
    the components of a mixture, so their D > 2 is not enough: the halves of one normal distribution have D = 2.65, of a
    uniform one 3.46.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_DISTANCE", "ashman_distance", "group_cut"]

FloatArray: TypeAlias = NDArray[np.float64]

LEAST_DISTANCE: Final = 3.5  # [unverified] just above the halves of a uniform distribution
DRAWN_IN: Final = (0.005, 0.995)
FEWEST_EVENTS: Final = 100  # [unverified]


def group_cut(values: FloatArray) -> float | None:
    """Return where two groups part, or None where there are not two.

    Parameters
    ----------
    values : (n,) float
        Display values of the events; those that are not finite are left out.

    Returns
    -------
    float or None
        Values above it belong to the upper group. None: fewer than 100 events, or one group.
    """
    finite = values[np.isfinite(values)]
    if finite.size < FEWEST_EVENTS:
        return None
    ordered = np.sort(np.clip(finite, *np.quantile(finite, DRAWN_IN)))
    size = np.arange(1, ordered.size)
    total = np.cumsum(ordered)
    lower, upper = total[:-1] / size, (total[-1] - total[:-1]) / (ordered.size - size)
    between = size * (ordered.size - size) * (upper - lower) ** 2
    last = int(np.argmax(between))
    if ashman_distance(ordered[: last + 1], ordered[last + 1 :]) < LEAST_DISTANCE:
        return None
    return float((ordered[last] + ordered[last + 1]) / 2.0)


def ashman_distance(one: FloatArray, other: FloatArray) -> float:
    """Return D of two groups: 0 where both are the same single value, infinite where two values differ."""
    apart = abs(float(one.mean() - other.mean()))
    spread = float(np.hypot(one.std(), other.std()))
    if spread == 0.0:
        return np.inf if apart > 0.0 else 0.0
    return float(np.sqrt(2.0)) * apart / spread
