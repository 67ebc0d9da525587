"""Gray's test for differences between groups in the cumulative incidence of one cause.

Definition
    At each event time a group's adjusted number at risk is R = n (1 - F(t-)) / S(t-), with its own Kaplan-Meier S of
    any event and Aalen-Johansen F of the cause. The score of a group is the sum of (1 - F0(t-))^rho (d1 - R d1. / R.),
    F0 the pooled cumulative incidence. With t_k = n_k / S_k(t-), T their sum, a_ik = (1 - F0(t-))^rho (t_i [i = k] -
    t_i t_k / T), C_ik the sum of a_ik d1. / (T (1 - F0(t-))) from after t to the end, the variance sums over groups
    and times

    - (a_ik + q C_ik)(a_jk + q C_jk) v1, q = 1 - (1 - F0) / S_k, v1 = S_k(t-) d1. / (T n_k), and
    - (1 - F0)^2 / S_k^2 C_ik C_jk v2, v2 = S_k(t-)^2 d2 / n_k^2,

    v1 and v2 with the factor for ties. Strata add their scores and variances.

Not decided here
    Whether there are events enough: below about ten the chi-squared distribution is not to be trusted.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray, IntArray, checked_causes, checked_groups, checked_times, risk_by_group

__all__ = ["METHOD", "GrayTest", "gray_test"]

METHOD: Final = Method(name="stats.gray_test", version=1, source="Gray 1988, Ann Stat 16:1141")


@dataclass(frozen=True, slots=True)
class GrayTest:
    """Gray's test.

    Parameters
    ----------
    statistic : float
        Chi-squared with ``df`` degrees of freedom where the groups do not differ.
    p_value : float
        Its upper tail.
    df : int
        Groups less one.
    score : (g,) float
        Observed less expected events of each group, in the order of ``groups``.
    variance : (g - 1, g - 1) float
        Of all scores but the last.
    groups : tuple
        The groups in their order.
    events : int
        Events of the cause.
    """

    statistic: float
    p_value: float
    df: int
    score: FloatArray
    variance: FloatArray
    groups: tuple[object, ...]
    events: int


@dataclass(frozen=True, slots=True)
class _Layer:
    """One stratum at its event times: (k, g) events of the cause and of others, at risk, S, t; (k,) F0."""

    own: FloatArray
    other: FloatArray
    n: FloatArray
    before: FloatArray
    after: FloatArray
    t: FloatArray
    pooled: FloatArray
    pooled_before: FloatArray


def gray_test(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    cause: int = 1,
    rho: float = 0.0,
    strata: ArrayLike | None = None,
) -> GrayTest:
    """Test whether the cumulative incidence of one cause is equal in all groups.

    Parameters
    ----------
    time : (n,) float
        Follow-up, from 0.
    event : (n,) int
        0 censored, 1 and above a cause.
    group : (n,) any
        Group of each patient: two or more.
    cause : int
        The cause, from 1.
    rho : float
        Weight (1 - F0)^rho: above 0 early differences count more.
    strata : (n,) any or None
        Strata within which groups are compared.

    Returns
    -------
    GrayTest
        Statistic, degrees of freedom, p.

    Raises
    ------
    MethodError
        NK-STA-02 the cause or rho is none; NK-STA-03 to NK-STA-06 the data; NK-STA-10 one group only, or a missing
        group; NK-STA-11 no event of the cause, or the groups cannot be compared.
    """
    times = checked_times(time)
    codes = checked_causes(event, times.size)
    if cause < 1 or not np.isfinite(rho):
        raise MethodError("NK-STA-02", f"cause {cause} with rho {rho}, expected a cause from 1 and a finite weight.")
    groups, member = checked_groups(group, times.size, "group")
    size = len(groups)
    if size < 2:
        raise MethodError("NK-STA-10", f"there is one group ({groups[0]}), expected two or more.")
    layers = np.zeros(times.size, dtype=np.int64) if strata is None else checked_groups(strata, times.size, "strata")[1]
    score, variance = np.zeros(size), np.zeros((size, size))
    for layer in range(int(layers.max()) + 1):
        inside = layers == layer
        part = _score(times[inside], codes[inside], member[inside], size, cause, rho)
        score, variance = score + part[0], variance + part[1]
    events = int(np.count_nonzero(codes == cause))
    core = variance[: size - 1, : size - 1]
    if events == 0 or np.linalg.matrix_rank(core, hermitian=True) < size - 1:
        raise MethodError(
            "NK-STA-11",
            f"{events} events of cause {cause} do not allow the groups to be compared.",
            remedy="State the incidences without a test.",
        )
    statistic = float(score[:-1] @ np.linalg.solve(core, score[:-1]))
    return GrayTest(statistic, float(chdtrc(size - 1, statistic)), size - 1, score, core, groups, events)


def _score(
    time: FloatArray, code: IntArray, member: IntArray, size: int, cause: int, rho: float
) -> tuple[FloatArray, FloatArray]:
    """Return the scores of one stratum's groups and their variance; arrays are (k times, g groups)."""
    eventful, place = np.unique(time[code > 0], return_inverse=True)
    if not eventful.size:
        return np.zeros(size), np.zeros((size, size))
    shape = (eventful.size, size)
    codes, members = code[code > 0], member[code > 0]
    own, other = (_counts(place[chosen], members[chosen], shape) for chosen in (codes == cause, codes != cause))
    risk = risk_by_group(time, member, size, eventful)
    present = risk > 0
    n = np.where(present, risk, 1.0)
    after: FloatArray = np.cumprod(1.0 - (own + other) / n, axis=0).astype(np.float64)
    before = np.vstack([np.ones(size), after[:-1]])
    present &= before > 0
    f_before = _shifted(np.cumsum(np.where(present, before * own / n, 0.0), axis=0))
    t = np.divide(n, before, out=np.zeros(shape), where=present)
    total, d1 = t.sum(axis=1), own.sum(axis=1)
    pooled = np.cumsum(np.divide(d1, total, out=np.zeros_like(total), where=total > 0)).astype(np.float64)
    pooled_before = np.concatenate(([0.0], pooled[:-1]))
    weight = np.maximum(1.0 - pooled_before, 0.0) ** rho
    adjusted = t * (1.0 - f_before)
    sum_adjusted = adjusted.sum(axis=1)
    share = np.divide(d1, sum_adjusted, out=np.zeros_like(total), where=sum_adjusted > 0)
    score = (weight[:, None] * (own - adjusted * share[:, None])).sum(axis=0)
    layer = _Layer(own, other, np.where(present, risk, 0.0), before, after, t, pooled, pooled_before)
    return score, _variance(layer, weight)


def _variance(of: _Layer, weight: FloatArray) -> FloatArray:
    """Return the (g, g) variance of the scores of one stratum."""
    t, n, before, after = of.t, of.n, of.before, of.after
    total, d1 = t.sum(axis=1), of.own.sum(axis=1)
    open_ = (total > 0) & (of.pooled_before < 1)
    rate = np.divide(d1, total * (1.0 - of.pooled_before), out=np.zeros_like(total), where=open_)
    ratio = np.divide((1.0 - of.pooled)[:, None], after, out=np.zeros_like(after), where=after > 0)
    q = np.where(after > 0, 1.0 - ratio, 1.0)
    ties1 = np.where(d1[:, None] > 1, 1.0 - (d1[:, None] - 1) / np.maximum(total[:, None] * before - 1.0, 1e-300), 1.0)
    v1 = np.divide(ties1 * before * d1[:, None], total[:, None] * n, out=np.zeros_like(n), where=n > 0)
    ties2 = np.where(of.other > 1, 1.0 - (of.other - 1) / np.maximum(n - 1.0, 1.0), 1.0)
    v2 = np.divide(ties2 * before**2 * of.other, n**2, out=np.zeros_like(n), where=(n > 0) & (after > 0))
    variance = np.zeros((t.shape[1], t.shape[1]))
    for k in range(t.shape[1]):
        a = -t * (t[:, k] / np.where(total > 0, total, 1.0))[:, None]
        a[:, k] += t[:, k]
        a *= (weight * (n[:, k] > 0))[:, None]
        step = a * rate[:, None]
        later = step.sum(axis=0) - np.cumsum(step, axis=0)
        first = a + q[:, k, None] * later
        second = ratio[:, k, None] * later
        variance += (first * v1[:, k, None]).T @ first + (second * v2[:, k, None]).T @ second
    return variance


def _counts(place: NDArray[np.int64], member: IntArray, shape: tuple[int, int]) -> FloatArray:
    return np.bincount(place * shape[1] + member, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def _shifted(value: FloatArray) -> FloatArray:
    """Return the value just before each time: 0 before the first."""
    return np.vstack([np.zeros(value.shape[1]), value[:-1]])
