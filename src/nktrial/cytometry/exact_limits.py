"""Exact 95 % limits of counts: a proportion, and the ratio of two independent counts.

Definition
    Proportion (Clopper and Pearson 1934): the limits are quantiles of beta(x, n - x + 1) and beta(x + 1, n - x).
    Ratio of two Poisson means: given their sum, the first count is binomial with p = ratio / (1 + ratio), so the
    limits of p give those of the ratio (Przyborowski and Wilenski 1940).

Not decided here
    What was counted.
"""

import math
from typing import Final

from scipy.special import betaincinv

from nktrial.core.errors import MethodError

__all__ = ["proportion_limits", "ratio_limits"]

TAIL: Final = 0.025


def proportion_limits(x: int, n: int) -> tuple[float, float]:
    """Return the exact two-sided 95 % limits of a proportion.

    Parameters
    ----------
    x, n : int
        Events of the cells and of all, 0 <= x <= n, n >= 1.

    Raises
    ------
    MethodError
        NK-MRD-01 the counts are no proportion.
    """
    if not 0 <= x <= n or n < 1:
        raise MethodError(
            "NK-MRD-01", f"{x} of {n} events is no fraction: 0 <= cells <= all and all >= 1 are expected."
        )
    low = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, TAIL))
    high = 1.0 if x == n else float(betaincinv(x + 1, n - x, 1.0 - TAIL))
    return low, high


def ratio_limits(first: int, second: int) -> tuple[float, float]:
    """Return the exact two-sided 95 % limits of the ratio of two Poisson means; the upper is infinite for second = 0.

    Parameters
    ----------
    first, second : int
        Independent counts, not both 0.
    """
    low, high = proportion_limits(first, first + second)
    return low / (1.0 - low), high / (1.0 - high) if high < 1.0 else math.inf
