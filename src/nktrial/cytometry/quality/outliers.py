"""Outliers of a series by the generalised extreme Studentised deviate test.

Definition
    R_i = max |x - mean| / sd of what is left after the i - 1 most extreme values were taken out; the critical value is
    t (n - i) / sqrt((n - i - 1 + t^2) (n - i + 1)), t the quantile 1 - alpha / (2 (n - i + 1)) of Student's t with
    n - i - 1 degrees of freedom. The number of outliers is the largest i with R_i above its critical value.

Not decided here
    Whether an outlier is an error.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from nktrial.core.errors import MethodError

__all__ = ["extreme_deviates", "generalised_esd"]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]

ROUNDING: Final = 1e-8


def generalised_esd(values: FloatArray, most: int, alpha: float) -> IntArray:
    """Return the positions of the outliers, the most extreme first.

    Parameters
    ----------
    values : (n,) float
        Finite, about normal but for the outliers.
    most : int
        Largest number of outliers looked for, 0 to n - 2.
    alpha : float
        Level of the test, between 0 and 1.

    Raises
    ------
    MethodError
        NK-QCF-13 alpha or most is out of range.
    """
    if not 0.0 < alpha < 1.0 or not 0 <= most <= max(values.size - 2, 0):
        raise MethodError("NK-QCF-13", f"alpha is {alpha} and {most} outliers are asked of {values.size} values.")
    deviates, positions = extreme_deviates(values, most)
    rank = np.arange(1, deviates.size + 1)
    left = values.size - rank
    t = stdtrit(left - 1.0, 1.0 - alpha / (2.0 * (left + 1.0)))
    critical = t * left / np.sqrt((left - 1.0 + t**2) * (left + 1.0))
    beyond = np.flatnonzero(deviates > critical)
    return positions[: beyond[-1] + 1] if beyond.size else positions[:0]


def extreme_deviates(values: FloatArray, most: int) -> tuple[FloatArray, IntArray]:
    """Return R_1, R_2 ... and the positions that were taken out, (most,) each."""
    order = np.argsort(values, kind="stable")
    ordered = values[order] - values.mean()
    low, high = 0, values.size - 1
    total, squares = float(ordered.sum()), float((ordered**2).sum())
    whole = squares / max(values.size - 1, 1)
    deviates, taken = [], []
    for _ in range(most):
        count = high - low + 1
        mean = total / count
        variance = (squares - total * mean) / (count - 1)
        at_low = mean - ordered[low] >= ordered[high] - mean
        extreme = ordered[low] if at_low else ordered[high]
        if ordered[low] == ordered[high]:
            mean, variance = float(ordered[low]), 0.0
        elif variance < ROUNDING * whole:  # little is left of the sums but rounding
            mean, variance = float(ordered[low : high + 1].mean()), float(np.var(ordered[low : high + 1], ddof=1))
        deviates.append(abs(extreme - mean) / np.sqrt(variance) if variance else 0.0)
        taken.append(order[low] if at_low else order[high])
        low, high = (low + 1, high) if at_low else (low, high - 1)
        total, squares = total - extreme, squares - extreme**2
    return np.array(deviates), np.array(taken, dtype=np.intp)
