"""Log-rank test and its weighted family for differences between groups in survival.

Definition
    At each event time the observed events of a group are compared with those expected if the d events fell at random
    on the n patients at risk; the variance is hypergeometric. Weights are S(t-)^rho, S the pooled Kaplan-Meier estimate
    (Harrington & Fleming): rho 0 is the log-rank test, rho 1 the Peto-Peto modification of Wilcoxon's. Strata add.

Not decided here
    Whether there are events enough: below about ten the chi-squared distribution is not to be trusted.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray, IntArray, checked_causes, checked_groups, checked_times, risk_by_group

__all__ = ["METHOD", "LogRank", "log_rank"]

METHOD: Final = Method(
    name="stats.log_rank",
    version=1,
    source="Mantel 1966; Peto & Peto 1972, J R Stat Soc A 135:185; Harrington & Fleming 1982, Biometrika 69:553",
)


@dataclass(frozen=True, slots=True)
class LogRank:
    """A test of the log-rank family.

    Parameters
    ----------
    statistic, p_value : float
        Chi-squared with ``df`` degrees of freedom, and its upper tail.
    df : int
        Groups less one.
    observed, expected : (g,) float
        Weighted events of each group, in the order of ``groups``.
    groups : tuple
        The groups in their order.
    events : int
        Events in all groups, not weighted.
    """

    statistic: float
    p_value: float
    df: int
    observed: FloatArray
    expected: FloatArray
    groups: tuple[object, ...]
    events: int


def log_rank(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, *, rho: float = 0.0, strata: ArrayLike | None = None
) -> LogRank:
    """Test whether survival is equal in all groups.

    Parameters
    ----------
    time : (n,) float
        Follow-up, from 0.
    event : (n,) int
        0 censored; 1 and above an event.
    group : (n,) any
        Group of each patient: two or more.
    rho : float
        Weight S(t-)^rho: 0 log-rank, 1 Peto-Peto.
    strata : (n,) any or None
        Strata within which groups are compared.

    Returns
    -------
    LogRank
        Statistic, degrees of freedom, p, observed and expected.

    Raises
    ------
    MethodError
        NK-STA-02 rho; NK-STA-03 to NK-STA-06 the data; NK-STA-10 one group only, or a missing group; NK-STA-11 no
        event, or the groups cannot be compared.
    """
    times = checked_times(time)
    events = checked_causes(event, times.size) > 0
    if not np.isfinite(rho):
        raise MethodError("NK-STA-02", f"rho is {rho}, expected a finite weight.")
    groups, member = checked_groups(group, times.size, "group")
    size = len(groups)
    if size < 2:
        raise MethodError("NK-STA-10", f"there is one group ({groups[0]}), expected two or more.")
    layers = np.zeros(times.size, dtype=np.int64) if strata is None else checked_groups(strata, times.size, "strata")[1]
    observed, expected, variance = np.zeros(size), np.zeros(size), np.zeros((size, size))
    for layer in range(int(layers.max()) + 1):
        inside = layers == layer
        part = _compared(times[inside], events[inside], member[inside], size, rho)
        observed, expected, variance = observed + part[0], expected + part[1], variance + part[2]
    number, core = int(np.count_nonzero(events)), variance[: size - 1, : size - 1]
    if number == 0 or np.linalg.matrix_rank(core, hermitian=True) < size - 1:
        raise MethodError(
            "NK-STA-11",
            f"{number} events do not allow the groups to be compared.",
            remedy="State survival without a test.",
        )
    score = (observed - expected)[:-1]
    statistic = float(score @ np.linalg.solve(core, score))
    return LogRank(statistic, float(chdtrc(size - 1, statistic)), size - 1, observed, expected, groups, number)


def _compared(
    time: FloatArray, event: np.ndarray, member: IntArray, size: int, rho: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return observed, expected and variance of one stratum."""
    eventful, place = np.unique(time[event], return_inverse=True)
    if not eventful.size:
        return np.zeros(size), np.zeros(size), np.zeros((size, size))
    died = np.bincount(place * size + member[event], minlength=eventful.size * size).reshape(-1, size)
    risk = risk_by_group(time, member, size, eventful)
    d, n = died.sum(axis=1), risk.sum(axis=1)
    survival = np.cumprod(1.0 - d / n)
    weight = np.concatenate(([1.0], survival[:-1])) ** rho
    share = risk / n[:, None]
    spread = weight**2 * d * np.where(n > 1, (n - d) / np.maximum(n - 1.0, 1.0), 0.0)
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return weight @ died, (weight * d) @ share, variance
