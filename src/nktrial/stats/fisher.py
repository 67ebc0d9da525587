"""Fisher's exact test of a 2 x 2 table, with the odds ratio.

Definition
    Given both margins, the first cell is hypergeometric (noncentral, with the odds ratio, where the groups differ).
    Two-sided p: the sum over all tables that are no more probable than the observed one, within a relative 1e-7 as R
    does it. The odds ratio is the conditional maximum likelihood estimate, at which the expected first cell is the
    observed one; its limits are the odds ratios at which a one-sided p is (1 - level) / 2. They need not agree with
    the two-sided p, which is another ordering of tables.

Not decided here
    Which patients stand in which cell.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammaln

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray

__all__ = ["METHOD", "FisherExact", "fisher_exact"]

METHOD: Final = Method(
    name="stats.fisher_exact", version=1, source="Fisher 1935; Cornfield 1956; Fay 2010, Biostatistics 11:373"
)
AS_PROBABLE: Final = 1.0 + 1e-7
FARTHEST: Final = 700.0  # of the log odds ratio: exp of more overflows
LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class FisherExact:
    """Fisher's exact test.

    Parameters
    ----------
    p_two_sided, p_greater, p_less : float
        Of the odds ratio 1; greater: the odds ratio is above 1.
    odds_ratio : float or None
        Conditional maximum likelihood; 0 or infinite at the end of its range, None where the margins allow one table
        only, which says nothing about it.
    low, high : float
        Exact limits at ``level``; 0 and infinite where there is none.
    level : float
        Confidence level.
    smallest_p : float
        The smallest two-sided p that these margins allow.
    """

    p_two_sided: float
    p_greater: float
    p_less: float
    odds_ratio: float | None
    low: float
    high: float
    level: float
    smallest_p: float


def fisher_exact(a: int, b: int, c: int, d: int, *, level: float = 0.95) -> FisherExact:
    """Test whether two groups differ in a proportion.

    Parameters
    ----------
    a, b : int
        Patients of the first group with and without.
    c, d : int
        Patients of the second group with and without. The odds ratio is ``a d / (b c)`` in direction.
    level : float
        Confidence level of the limits.

    Returns
    -------
    FisherExact
        p, odds ratio and limits.

    Raises
    ------
    MethodError
        NK-STA-30 a cell is no count, or there is no patient; NK-STA-02 the level.
    """
    cells = (a, b, c, d)
    if any(cell != int(cell) or cell < 0 for cell in cells) or not 1 <= sum(cells) <= LARGEST:
        raise MethodError(
            "NK-STA-30", f"the cells are {cells}, expected whole numbers from 0 with 1 to {LARGEST:,} patients."
        )
    if not 0.0 < level < 1.0:
        raise MethodError("NK-STA-02", f"the confidence level is {level}, expected between 0 and 1, e.g. 0.95.")
    first, second, withs = a + b, c + d, a + c
    support = np.arange(max(0, withs - second), min(first, withs) + 1)
    weight = -(
        gammaln(support + 1.0)
        + gammaln(first - support + 1.0)
        + gammaln(withs - support + 1.0)
        + gammaln(second - withs + support + 1.0)
    )
    at = int(a - support[0])
    null = _probability(weight, support, 0.0)
    tail = (1.0 - level) / 2.0
    last = support.size - 1
    low = 0.0 if at == 0 else _solved(lambda log: _upper(weight, support, log, at) - tail)
    high = math.inf if at == last else _solved(lambda log: tail - _lower(weight, support, log, at))
    return FisherExact(
        p_two_sided=min(1.0, float(null[null <= null[at] * AS_PROBABLE].sum())),
        p_greater=min(1.0, float(null[at:].sum())),
        p_less=min(1.0, float(null[: at + 1].sum())),
        odds_ratio=_estimate(weight, support, at),
        low=low,
        high=high,
        level=level,
        smallest_p=min(1.0, float(null[null <= null.min() * AS_PROBABLE].sum())),
    )


def _probability(weight: FloatArray, support: np.ndarray, log_odds: float) -> FloatArray:
    """Return the probability of each table at an odds ratio."""
    logs = weight + log_odds * support
    shares = np.exp(logs - logs.max())
    return np.asarray(shares / shares.sum())


def _upper(weight: FloatArray, support: np.ndarray, log_odds: float, at: int) -> float:
    return float(_probability(weight, support, log_odds)[at:].sum())


def _lower(weight: FloatArray, support: np.ndarray, log_odds: float, at: int) -> float:
    return float(_probability(weight, support, log_odds)[: at + 1].sum())


def _estimate(weight: FloatArray, support: np.ndarray, at: int) -> float | None:
    """Return the odds ratio at which the expected first cell is the observed one."""
    if support.size == 1:
        return None
    if at == 0:
        return 0.0
    if at == support.size - 1:
        return math.inf
    return _solved(lambda log: float(_probability(weight, support, log) @ (support - support[at])))


def _solved(increasing: Callable[[float], float]) -> float:
    """Return the odds ratio at which a function of its logarithm that increases is 0."""
    from scipy.optimize import brentq  # noqa: PLC0415 - takes longer to load than the odds ratio to find

    span = 1.0
    while span < FARTHEST and (increasing(-span) > 0.0 or increasing(span) < 0.0):
        span *= 2.0
    span = min(span, FARTHEST)
    return math.exp(brentq(increasing, -span, span, xtol=1e-14, rtol=1e-14))
