"""Kaplan-Meier estimate of survival, with five kinds of interval, median and restricted mean.

Definition
    S(t) is the product over event times up to t of 1 - d / n. Its variance is Greenwood's. Intervals are symmetric on
    a scale: plain, log, log-log, logit, arcsine of the root. The median is the first time at which S is 1/2 or less;
    where S is exactly 1/2 over an interval, the middle of it. Its limits are those of the interval's curves. The
    restricted mean is the area under S up to tau.

Not decided here
    Which patients, and what an event is. Limits are NaN where there are none: S of 1 (but plain and log), S of 0.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray, IntArray, at_risk, checked_causes, checked_entry, checked_times, step_at

__all__ = ["METHOD", "Interval", "KaplanMeier", "Quantile", "RestrictedMean", "kaplan_meier"]

METHOD: Final = Method(
    name="stats.kaplan_meier",
    version=1,
    source="Kaplan & Meier 1958, J Am Stat Assoc 53:457; Greenwood 1926; Kalbfleisch & Prentice 1980 (log-log)",
)
Interval: TypeAlias = Literal["plain", "log", "log-log", "logit", "arcsin"]
INTERVALS: Final = ("plain", "log", "log-log", "logit", "arcsin")
EQUAL: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Quantile:
    """A time by which a share of patients has the event, with limits; None where it is not reached."""

    time: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """The mean time within ``tau``, and its standard error."""

    tau: float
    mean: float
    se: float


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """Survival at the distinct times.

    Parameters
    ----------
    time : (k,) float
        Distinct times, of events and of censoring.
    n_risk, n_event, n_censored : (k,) int
        At each of them.
    estimate : (k,) float
        S just after each.
    variance : (k,) float
        Greenwood's, of S; NaN where S is 0.
    low, high : (k,) float
        Limits of ``level`` by ``interval``; NaN where they cannot be estimated.
    interval, level
        As asked for.
    """

    time: FloatArray
    n_risk: IntArray
    n_event: IntArray
    n_censored: IntArray
    estimate: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    interval: Interval
    level: float

    def at(self, times: ArrayLike) -> FloatArray:
        """Return S at times."""
        return step_at(self.time, self.estimate, 1.0, times)

    def quantile(self, share: float = 0.5) -> Quantile:
        """Return the time by which a share of patients has the event, 1/2 for the median."""
        if not 0.0 < share < 1.0:
            raise MethodError("NK-STA-02", f"the share is {share}, expected between 0 and 1.")
        curves = (self.estimate, self.low, self.high)
        return Quantile(*(_first_at(self.time, curve, 1.0 - share) for curve in curves))

    def restricted_mean(self, tau: float) -> RestrictedMean:
        """Return the area under S up to tau, which must not lie beyond the last time."""
        if not 0.0 < tau <= float(self.time[-1]):
            raise MethodError(
                "NK-STA-08",
                f"tau is {tau}, expected above 0 and up to the last time {self.time[-1]:g}.",
                remedy="Choose a time at which patients are still followed.",
            )
        inside = self.time < tau
        edges = np.concatenate(([0.0], self.time[inside], [tau]))
        heights = np.concatenate(([1.0], self.estimate[inside]))
        areas = heights * np.diff(edges)
        after = areas.sum() - areas.cumsum()[:-1]
        risk, events = self.n_risk[inside], self.n_event[inside]
        left = risk - events
        terms = np.divide(events, risk * left, out=np.zeros(left.size), where=left > 0)
        return RestrictedMean(tau, float(areas.sum()), float(np.sqrt(np.sum(after**2 * terms))))


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    interval: Interval = "log-log",
    level: float = 0.95,
) -> KaplanMeier:
    """Estimate survival.

    Parameters
    ----------
    time : (n,) float
        Follow-up, from 0.
    event : (n,) int
        0 censored; 1 and above an event, whatever its cause.
    entry : (n,) float or None
        Times at which patients came under observation.
    interval : Interval
        Scale of the limits.
    level : float
        Of the limits.

    Returns
    -------
    KaplanMeier
        Estimate, variance, limits.

    Raises
    ------
    MethodError
        NK-STA-02 level or interval; NK-STA-03 to NK-STA-07 the data.
    """
    times = checked_times(time)
    events = checked_causes(event, times.size) > 0
    entries = checked_entry(entry, times)
    if interval not in INTERVALS or not 0.0 < level < 1.0:
        raise MethodError(
            "NK-STA-02", f"interval {interval!r} at level {level}, expected one of {INTERVALS} between 0 and 1."
        )
    risk = at_risk(times, entries)
    died = risk.counted(events)
    left = risk.n_risk - died
    estimate: FloatArray = np.cumprod(left / risk.n_risk).astype(np.float64)
    terms = np.divide(died, risk.n_risk * left, out=np.full(left.size, np.inf), where=left > 0)
    terms[died == 0] = 0.0
    se_log = np.sqrt(np.cumsum(terms))
    with np.errstate(invalid="ignore"):
        variance = (estimate * se_log) ** 2
    low, high = _limits(estimate, se_log, interval, float(ndtri(0.5 + level / 2.0)))
    return KaplanMeier(
        risk.time, risk.n_risk, died, risk.counted(~events), estimate, variance, low, high, interval, level
    )


def _limits(s: FloatArray, se_log: FloatArray, interval: Interval, z: float) -> tuple[FloatArray, FloatArray]:
    """Return limits of S; ``se_log`` is the standard error of log S."""
    low = high = np.full_like(s, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        match interval:
            case "plain":
                half = z * se_log * s
                low, high = np.clip(s - half, 0.0, 1.0), np.clip(s + half, 0.0, 1.0)
            case "log":
                low, high = s * np.exp(-z * se_log), np.minimum(s * np.exp(z * se_log), 1.0)
            case "log-log":
                centre, half = np.log(-np.log(s)), z * se_log / np.log(s)
                low, high = np.exp(-np.exp(centre - half)), np.exp(-np.exp(centre + half))
            case "logit":
                centre, half = np.log(s / (1.0 - s)), z * se_log / (1.0 - s)
                low, high = 1.0 / (1.0 + np.exp(half - centre)), 1.0 / (1.0 + np.exp(-half - centre))
            case "arcsin":
                centre, half = np.arcsin(np.sqrt(s)), 0.5 * z * se_log * np.sqrt(s / (1.0 - s))
                low = np.sin(np.maximum(centre - half, 0.0)) ** 2
                high = np.sin(np.minimum(centre + half, np.pi / 2)) ** 2
    unknown = s <= 0.0 if interval in {"plain", "log"} else (s <= 0.0) | (s >= 1.0)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def _first_at(time: FloatArray, curve: FloatArray, height: float) -> float | None:
    """Return the first time at which a falling curve is at a height or below; the middle of a stretch exactly at it."""
    reached = np.flatnonzero(curve <= height + EQUAL)  # NaN is not reached
    if not reached.size:
        return None
    first = int(reached[0])
    if abs(curve[first] - height) > EQUAL:
        return float(time[first])
    below = np.flatnonzero(curve < height - EQUAL)
    return float((time[first] + time[below[0]]) / 2.0) if below.size else float(time[first])
