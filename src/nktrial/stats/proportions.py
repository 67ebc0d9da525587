"""Limits of a proportion: x of n patients.

Definition
    Clopper-Pearson: the two-sided limits are the proportions at which P(X >= x) and P(X <= x) equal (1 - level) / 2
    each; they are quantiles of beta(x, n - x + 1) and beta(x + 1, n - x). The coverage is never below the level,
    which is why it is the one to show where a study of two claims "no side effects": 0 of 2 still allows 84.2 %.
    Wilson (score) and Jeffreys limits are shorter and only approximately of the level.

Not decided here
    Which patients count as x and as n.
"""

from typing import Final

import numpy as np
from scipy.special import betaincinv, ndtri

from nktrial.core.errors import MethodError
from nktrial.model.method import Method

__all__ = ["METHOD", "clopper_pearson", "jeffreys", "lower_limit", "upper_limit", "wilson"]

METHOD: Final = Method(
    name="stats.proportions", version=1, source="Clopper & Pearson 1934, Biometrika 26:404; Wilson 1927; Brown 2001"
)


def clopper_pearson(x: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided limits of a proportion.

    Parameters
    ----------
    x, n : int
        Patients with the event and patients observed, ``0 <= x <= n``, ``n >= 1``.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    (float, float)
        Lower and upper limit; the lower is 0 for ``x = 0``, the upper 1 for ``x = n``.

    Raises
    ------
    MethodError
        NK-STA-01 the counts are not a proportion; NK-STA-02 the level is not between 0 and 1.
    """
    _check(x, n, level)
    one_sided = 1.0 - (1.0 - level) / 2.0
    return lower_limit(x, n, one_sided), upper_limit(x, n, one_sided)


def lower_limit(x: int, n: int, level: float = 0.95) -> float:
    """Return the exact one-sided lower limit of a proportion; arguments and errors as `clopper_pearson`."""
    _check(x, n, level)
    return 0.0 if x == 0 else float(betaincinv(x, n - x + 1, 1.0 - level))


def upper_limit(x: int, n: int, level: float = 0.95) -> float:
    """Return the exact one-sided upper limit of a proportion; arguments and errors as `clopper_pearson`."""
    _check(x, n, level)
    return 1.0 if x == n else float(betaincinv(x + 1, n - x, level))


def wilson(x: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the score limits of Wilson 1927, without continuity correction; as `clopper_pearson`."""
    _check(x, n, level)
    z = float(ndtri(1.0 - (1.0 - level) / 2.0))
    share = x / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    return (0.0 if x == 0 else middle - half), (1.0 if x == n else middle + half)


def jeffreys(x: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the equal-tailed limits under the prior beta(1/2, 1/2); 0 for x = 0 and 1 for x = n (Brown 2001)."""
    _check(x, n, level)
    tail = (1.0 - level) / 2.0
    low = 0.0 if x == 0 else float(betaincinv(x + 0.5, n - x + 0.5, tail))
    high = 1.0 if x == n else float(betaincinv(x + 0.5, n - x + 0.5, 1.0 - tail))
    return low, high


def _check(x: int, n: int, level: float) -> None:
    """Refuse what is no proportion (NK-STA-01) or no level (NK-STA-02)."""
    if x != int(x) or n != int(n) or not 0 <= x <= n or n < 1:
        raise MethodError(
            "NK-STA-01",
            f"{x} of {n} is not a proportion: whole numbers with 0 <= x <= n and n >= 1 are expected.",
        )
    if not 0.0 < level < 1.0:
        raise MethodError("NK-STA-02", f"the confidence level is {level}, expected between 0 and 1, e.g. 0.95.")
