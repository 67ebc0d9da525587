"""Aalen-Johansen cumulative incidence of one cause among competing ones.

Definition
    F(t) is the sum over event times up to t of S(t-) d1 / n, where S is survival free of any event and d1 counts the
    cause. Ties are exact. Three variances, which differ where few are at risk:

    - ``aalen``: a Poisson term for each cause, with d replaced by d (n - d) / (n - 1) among ties, as cmprsk has it;
    - ``greenwood``: the multinomial variance of the hazards at each time, by the delta method, as mstate has it;
    - ``infinitesimal_jackknife``: the sum of squared influences of the patients, as survival has it.

    With influence u_i = dF(t) / dh_i: -(F(t) - F(t_i)) / (1 - h_i) for any other cause at t_i, S(t_i-) more for the
    cause itself, h_i the hazard of any event.

Not decided here
    Which causes compete.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import (
    AtRisk,
    FloatArray,
    IntArray,
    at_risk,
    checked_causes,
    checked_entry,
    checked_times,
    step_at,
)

__all__ = ["METHOD", "CumulativeIncidence", "Variance", "cumulative_incidence"]

METHOD: Final = Method(
    name="stats.cumulative_incidence",
    version=1,
    source="Aalen & Johansen 1978, Scand J Stat 5:141; Aalen 1978; Gray 1988, Ann Stat 16:1141; Putter 2007",
)
Variance: TypeAlias = Literal["aalen", "greenwood", "infinitesimal_jackknife"]
VARIANCES: Final = ("aalen", "greenwood", "infinitesimal_jackknife")


@dataclass(frozen=True, slots=True)
class CumulativeIncidence:
    """Cumulative incidence of one cause at the distinct times.

    Parameters
    ----------
    time : (k,) float
        Distinct times, of events of any cause and of censoring.
    n_risk : (k,) int
        Patients at risk.
    n_event, n_competing : (k,) int
        Events of the cause, and of others.
    estimate, variance : (k,) float
        F just after each time, and its variance by ``method``.
    event_free : (k,) float
        S just after each time.
    method : Variance
        Which variance.
    cause : int
        Code of the cause.
    """

    time: FloatArray
    n_risk: IntArray
    n_event: IntArray
    n_competing: IntArray
    estimate: FloatArray
    variance: FloatArray
    event_free: FloatArray
    method: Variance
    cause: int

    def at(self, times: ArrayLike) -> FloatArray:
        """Return F at times."""
        return step_at(self.time, self.estimate, 0.0, times)

    def variance_at(self, times: ArrayLike) -> FloatArray:
        """Return the variance of F at times."""
        return step_at(self.time, self.variance, 0.0, times)

    def limits(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Return limits at the distinct times, symmetric for log(-log F) (Kalbfleisch & Prentice); NaN where F is 0."""
        if not 0.0 < level < 1.0:
            raise MethodError("NK-STA-02", f"the confidence level is {level}, expected between 0 and 1.")
        z = float(ndtri(0.5 + level / 2.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            width = z * np.sqrt(self.variance) / (self.estimate * np.log(self.estimate))
            low, high = self.estimate ** np.exp(-width), self.estimate ** np.exp(width)
        unknown = (self.estimate <= 0.0) | (self.estimate >= 1.0)
        return np.where(unknown, np.nan, np.minimum(low, high)), np.where(unknown, np.nan, np.maximum(low, high))


def cumulative_incidence(
    time: ArrayLike,
    event: ArrayLike,
    *,
    cause: int = 1,
    entry: ArrayLike | None = None,
    variance: Variance = "aalen",
) -> CumulativeIncidence:
    """Estimate the cumulative incidence of one cause.

    Parameters
    ----------
    time : (n,) float
        Follow-up, from 0.
    event : (n,) int
        0 censored, 1 and above a cause.
    cause : int
        The cause, from 1.
    entry : (n,) float or None
        Times at which patients came under observation.
    variance : Variance
        Which variance. The infinitesimal jackknife is not given for late entry.

    Returns
    -------
    CumulativeIncidence
        A cause that nobody has gives 0 throughout.

    Raises
    ------
    MethodError
        NK-STA-02 the cause or the variance is none; NK-STA-03 to NK-STA-07 the data; NK-STA-09 the infinitesimal
        jackknife with late entry.
    """
    times = checked_times(time)
    codes = checked_causes(event, times.size)
    entries = checked_entry(entry, times)
    if cause < 1 or variance not in VARIANCES:
        raise MethodError("NK-STA-02", f"cause {cause} with variance {variance!r}, expected from 1 and of {VARIANCES}.")
    if variance == "infinitesimal_jackknife" and entries is not None:
        raise MethodError("NK-STA-09", "the infinitesimal jackknife is not given for late entry; ask for greenwood.")
    risk = at_risk(times, entries)
    own, other = risk.counted(codes == cause), risk.counted((codes > 0) & (codes != cause))
    n = risk.n_risk.astype(np.float64)
    after: FloatArray = np.cumprod(1.0 - (own + other) / n).astype(np.float64)
    before = np.concatenate(([1.0], after[:-1]))
    estimate: FloatArray = np.cumsum(before * own / n).astype(np.float64)
    if variance == "aalen":
        spread = _aalen(own, other, n, before, after, estimate)
    elif variance == "greenwood":
        spread = _greenwood(own, other, n, before, after, estimate)
    else:
        spread = _jackknife(risk, codes == cause, codes > 0, before, after, estimate)
    return CumulativeIncidence(risk.time, risk.n_risk, own, other, estimate, spread, after, variance, cause)


def _aalen(
    own: IntArray, other: IntArray, n: FloatArray, before: FloatArray, after: FloatArray, f: FloatArray
) -> FloatArray:
    """Return the variance with a Poisson term a cause and time."""

    def poisson(d: IntArray) -> FloatArray:
        ties = np.where(d > 1, 1.0 - (d - 1) / np.maximum(n - 1.0, 1.0), 1.0)
        return np.asarray(before**2 * ties * d / n**2)

    inverse = np.divide(1.0, after, out=np.zeros_like(after), where=after > 0)
    of_other = np.where(after > 0, poisson(other), 0.0)
    return _quadratic(1.0 + f * inverse, inverse, poisson(own), f) + _quadratic(f * inverse, inverse, of_other, f)


def _quadratic(constant: FloatArray, slope: FloatArray, weight: FloatArray, f: FloatArray) -> FloatArray:
    """Return, at each time t, the sum over earlier times of weight (constant - slope F(t))^2."""
    square, mixed, curve = (np.cumsum(weight * term) for term in (constant**2, constant * slope, slope**2))
    return np.maximum(square - 2.0 * f * mixed + f**2 * curve, 0.0)


def _greenwood(
    own: IntArray, other: IntArray, n: FloatArray, before: FloatArray, after: FloatArray, f: FloatArray
) -> FloatArray:
    """Return the delta-method variance with multinomial hazards at each time."""
    h1, h2 = own / n, other / n
    # With S(t-) / S(t) for 1 / (1 - h): u = constant - slope F(t), for the cause itself and for others.
    slope = np.divide(before, after, out=np.zeros_like(after), where=after > 0)
    first, second = before + slope * f, slope * f
    total = np.zeros_like(f)
    for weight, left, right in ((h1, first, first), (h2, second, second)):
        square, mixed, curve = (np.cumsum(weight / n * term) for term in (left * right, left * slope, slope**2))
        total += square - 2.0 * f * mixed + f**2 * curve
    mean, mean_slope = h1 * first + h2 * second, (h1 + h2) * slope
    square, mixed, curve = (np.cumsum(term / n) for term in (mean**2, mean * mean_slope, mean_slope**2))
    return np.maximum(total - (square - 2.0 * f * mixed + f**2 * curve), 0.0)


def _jackknife(
    risk: AtRisk,
    is_own: NDArray[np.bool_],
    is_event: NDArray[np.bool_],
    before: FloatArray,
    after: FloatArray,
    f: FloatArray,
) -> FloatArray:
    """Return the sum of squared influences, each constant + slope F(t) at the patient's own time or t, the earlier."""
    n = risk.n_risk.astype(np.float64)
    slope_step = np.divide(before, after * n, out=np.zeros_like(after), where=after > 0)
    own, event = (np.bincount(risk.place[chosen], minlength=n.size) for chosen in (is_own, is_event))
    constant_step = before / n + slope_step * f
    # What a patient at risk loses at each time, whatever happens to her.
    lost = np.cumsum((own * constant_step + (event - own) * slope_step * f) / n)
    lost_slope = np.cumsum(event * slope_step / n)
    place = risk.place
    constant = -lost[place] + np.where(is_own, constant_step[place], np.where(is_event, (slope_step * f)[place], 0.0))
    slope = lost_slope[place] - np.where(is_event, slope_step[place], 0.0)
    done = [np.cumsum(np.bincount(place, term, minlength=n.size)) for term in (constant**2, constant * slope, slope**2)]
    still = n - np.bincount(place, minlength=n.size)
    square = done[0] + still * lost**2
    mixed = done[1] - still * lost * lost_slope
    curve = done[2] + still * lost_slope**2
    return np.maximum(square + 2.0 * f * mixed + f**2 * curve, 0.0)
