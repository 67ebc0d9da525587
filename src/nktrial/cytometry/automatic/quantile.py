"""Cut at a quantile of a control (fluorescence minus one, isotype, unstained).

Definition
    The q quantile of the control's values: linear between the order statistics around 1 + (n - 1) q (type 7, R's and
    numpy's default). Its distribution-free interval runs from the l-th to the u-th smallest value, with l and u the
    order statistics of the binomial(n, q) that leave at most half of 1 - level on each side.
    Quality = 1 / (1 + width of the interval / spread of the control), spread = 1.4826 x MAD.

Not decided here
    Whether the control is one for this channel and this panel.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from nktrial.cytometry.automatic.cut import ALL_EQUAL, NO_EVENTS, TOO_FEW, Cut, demand
from nktrial.cytometry.automatic.usable import usable_values
from nktrial.model.method import Method

__all__ = ["METHOD", "quantile_cut", "quantile_ranks"]

METHOD: Final = Method(
    name="cytometry.automatic_quantile",
    version=1,
    source="Hyndman and Fan 1996, Am Stat 50:361 (type 7); David and Nagaraja 2003, Order Statistics, section 7.1",
)
LEVEL: Final = 0.95
NORMAL_FACTOR: Final = 1.4826


def quantile_cut(
    control_values: ArrayLike,
    q: float = 0.995,
    *,
    level: float = LEVEL,
    low: float | None = None,
    high: float | None = None,
) -> Cut:
    """Return the cut at a quantile of a control.

    Parameters
    ----------
    control_values : (n,) float
        Display values of the control's events; those that are not finite are left out and counted.
    q : float
        Share of the control's events at or below the cut, inside 0 to 1.
    level : float
        Of the interval, inside 0 to 1.
    low, high : float or None
        Values beyond are left out.

    Returns
    -------
    Cut
        Problems: "no events"; "too few events": no order statistics bound the quantile at that level (for q 0.995
        fewer than 736 events); "all values are equal". Evidence: events, not_finite, outside, interval_low,
        interval_high, rank_low, rank_high, coverage (of the interval, at least the level).

    Raises
    ------
    MethodError
        NK-CYT-70 not one dimension of numbers; NK-CYT-71 an empty range; NK-CYT-72 q or level.
    """
    demand("q", q, kept=0.0 < q < 1.0, expected="inside 0 to 1")
    demand("level", level, kept=0.0 < level < 1.0, expected="inside 0 to 1")
    kept = usable_values(control_values, low, high)
    values = kept.values
    if not values.size:
        return Cut(None, 0.0, NO_EVENTS, kept.evidence)
    if values[0] == values[-1]:
        return Cut(None, 0.0, ALL_EQUAL, kept.evidence)
    ranks = quantile_ranks(values.size, q, level)
    if ranks is None:
        return Cut(None, 0.0, TOO_FEW, kept.evidence)
    first, last = ranks
    bottom, top = float(values[first - 1]), float(values[last - 1])
    spread = NORMAL_FACTOR * float(np.median(np.abs(values - np.median(values))))
    width = top - bottom
    evidence = {
        **kept.evidence,
        "interval_low": bottom,
        "interval_high": top,
        "rank_low": float(first),
        "rank_high": float(last),
        "coverage": float(bdtr(last - 1, values.size, q) - bdtr(first - 1, values.size, q)),
    }
    quality = 1.0 if width == 0.0 else spread / (spread + width)
    return Cut(float(np.quantile(values, q)), quality, "", evidence)


def quantile_ranks(events: int, q: float, level: float) -> tuple[int, int] | None:
    """Return the ranks (from 1) of the order statistics that bound a quantile, None where there are none.

    Parameters
    ----------
    events : int
        Number of values.
    q : float
        The quantile.
    level : float
        P(value of the first rank <= quantile < value of the last rank) is at least this.

    Returns
    -------
    (int, int) or None
        The largest first and the smallest last rank that leave at most (1 - level) / 2 on their sides.
    """
    tail = (1.0 - level) / 2.0
    reach = -2.0 * math.log(tail) * math.sqrt(events) + 1.0  # Hoeffding's bound, with room
    start, stop = max(math.floor(events * q - reach), 0), min(math.ceil(events * q + reach), events)
    below = bdtr(np.arange(start, stop, dtype=np.float64), events, q)  # P(K <= k), K values below the quantile
    first = start + int(np.searchsorted(below, tail, side="right"))
    last = start + int(np.searchsorted(below, 1.0 - tail)) + 1
    return (first, last) if first >= 1 and last <= events else None
