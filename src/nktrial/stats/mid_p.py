"""Mid-P limits of a proportion.

Definition
    The limits are the proportions at which P(X > x) + P(X = x) / 2 and P(X < x) + P(X = x) / 2 equal (1 - level) / 2.
    They are shorter than the exact limits and cover at the level on average only, not at every proportion. The lower
    limit is 0 for x = 0, the upper 1 for x = n.

Not decided here
    Whether "on average" is enough; where a study claims that nothing happened, it is not (``proportions``).
"""

from collections.abc import Callable
from typing import Final

from scipy.optimize import brentq

from nktrial.model.method import Method
from nktrial.stats.binomial import above, at_most, exactly
from nktrial.stats.proportions import clopper_pearson

__all__ = ["METHOD", "mid_p"]

METHOD: Final = Method(
    name="stats.mid_p", version=1, source="Lancaster 1961, J Am Stat Assoc 56:223; Berry & Armitage 1995"
)
TOLERANCE: Final = 1e-15


def mid_p(x: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the mid-P limits of a proportion.

    Parameters
    ----------
    x, n : int
        Patients with the event and patients observed, ``0 <= x <= n``, ``n >= 1``.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    (float, float)
        Lower and upper limit.

    Raises
    ------
    MethodError
        NK-STA-01 the counts are not a proportion; NK-STA-02 the level is not between 0 and 1.
    """
    widest = clopper_pearson(x, n, level)  # a mid-P limit lies within the exact ones
    tail, share = (1.0 - level) / 2.0, x / n

    def beyond(p: float) -> float:
        return float(above(x, n, p) + exactly(x, n, p) / 2.0) - tail

    def below(p: float) -> float:
        return float(at_most(x - 1, n, p) + exactly(x, n, p) / 2.0) - tail

    return 0.0 if x == 0 else _root(beyond, widest[0], share), 1.0 if x == n else _root(below, share, widest[1])


def _root(excess: Callable[[float], float], low: float, high: float) -> float:

    return float(brentq(excess, low, high, xtol=TOLERANCE, rtol=4 * TOLERANCE))
