"""Kinetics of cells in blood without a model: peak, exposure, doubling time, half-life, persistence.

Definition
    Cmax is the highest value and Tmax its first time; Clast the last quantifiable value, at Tlast. AUC from 0 to Tlast
    by trapezoids, linear where values rise and logarithmic where they fall; up to ``until`` by interpolation in the
    same manner. Half-life: ln 2 / lambda, the slope of log value over the last points after Tmax, as many of them
    (three or more) as give the best adjusted r^2, the more points where two differ by less than 0.0001. Doubling time:
    ln 2 / slope from the first quantifiable value to the peak, where these are three or more. Persistence: the last
    quantifiable time and the next visit, between which the cells were lost.

    Values below the limit of quantification (BLQ) follow one of three rules, by name: ``pknca`` (0 before the first
    quantifiable value and after the last, left out between), ``zero``, ``half`` (half the limit).

Not decided here
    A model (Stein 2019), and what the limit is. With few visits Tmax is known to the grid of visits only.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray

__all__ = ["METHOD", "BlqRule", "Kinetics", "Persistence", "Terminal", "kinetics"]

METHOD: Final = Method(
    name="stats.kinetics",
    version=1,
    source="Gibaldi & Perrier 1982, Pharmacokinetics; rules for BLQ and half-life as in PKNCA (Denney 2015)",
)
BlqRule: TypeAlias = Literal["pknca", "zero", "half"]
RULES: Final = ("pknca", "zero", "half")
LEAST_POINTS: Final = 3
R2_TOLERANCE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Terminal:
    """The fall after the peak: half-life [time], rate, adjusted r^2, and the points that it rests on."""

    half_life: float
    rate: float
    adjusted_r2: float
    points: int
    first_time: float


@dataclass(frozen=True, slots=True)
class Persistence:
    """Last time at which cells were quantifiable, and the next visit, at which they were not; None without one."""

    last_seen: float
    gone_by: float | None


@dataclass(frozen=True, slots=True)
class Kinetics:
    """What one series shows; None where it cannot be said.

    Parameters
    ----------
    c_max, t_max, c_last, t_last : float or None
        Peak and last quantifiable value, with their times; None where no value is quantifiable.
    auc_last : float or None
        From the first time to Tlast.
    auc_until : float or None
        From the first time to ``until``; None where it was not asked for, or the series ends before.
    terminal : Terminal or None
        None with fewer than three points after the peak, or without a fall.
    doubling_time : float or None
        None with fewer than three points up to the peak, or without a rise.
    persistence : Persistence or None
        None where no value is quantifiable.
    quantifiable, below : int
        Numbers of values.
    blq : BlqRule
        The rule.
    """

    c_max: float | None
    t_max: float | None
    c_last: float | None
    t_last: float | None
    auc_last: float | None
    auc_until: float | None
    terminal: Terminal | None
    doubling_time: float | None
    persistence: Persistence | None
    quantifiable: int
    below: int
    blq: BlqRule


def kinetics(
    time: ArrayLike,
    value: ArrayLike,
    *,
    below: ArrayLike | None = None,
    limit: float | None = None,
    blq: BlqRule = "pknca",
    until: float | None = None,
) -> Kinetics:
    """Return the kinetics of one series.

    Parameters
    ----------
    time : (n,) float
        Strictly increasing.
    value : (n,) float
        From 0; of a value below the limit of quantification anything finite.
    below : (n,) bool or None
        Which values lie below the limit; None: those that are 0.
    limit : float or None
        The limit of quantification; needed by ``half``.
    blq : BlqRule
        What such values count as.
    until : float or None
        End of a partial AUC.

    Returns
    -------
    Kinetics
        With the rule that was used.

    Raises
    ------
    MethodError
        NK-STA-14 times, values or flags that do not go together, or a rule without its limit.
    """
    t, c, low = _checked(time, value, below, limit, blq)
    seen = np.flatnonzero(~low)
    if not seen.size:
        return Kinetics(None, None, None, None, None, None, None, None, None, 0, int(low.sum()), blq)
    first, last = int(seen[0]), int(seen[-1])
    kept, levels = _after_rule(low, c, first, last, limit, blq)
    x, y = t[kept], levels[kept]
    peak = int(seen[np.argmax(c[seen])])
    end = float(t[last])
    later = np.flatnonzero(low & (np.arange(t.size) > last))
    return Kinetics(
        c_max=float(c[peak]),
        t_max=float(t[peak]),
        c_last=float(c[last]),
        t_last=end,
        auc_last=_area(x, y, end),
        auc_until=None if until is None or until > t[-1] else _area(x, y, until),
        terminal=_terminal(t[seen[seen > peak]], c[seen[seen > peak]]),
        doubling_time=_doubling(t[seen[seen <= peak]], c[seen[seen <= peak]]),
        persistence=Persistence(end, float(t[later[0]]) if later.size else None),
        quantifiable=int(seen.size),
        below=int(low.sum()),
        blq=blq,
    )


def _checked(
    time: ArrayLike, value: ArrayLike, below: ArrayLike | None, limit: float | None, blq: BlqRule
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    t, c = np.asarray(time, dtype=np.float64), np.asarray(value, dtype=np.float64)
    if t.ndim != 1 or t.size == 0 or c.shape != t.shape:
        raise MethodError("NK-STA-14", f"{c.shape} values at {t.shape} times, expected one value a time, at least one.")
    if not np.isfinite(t).all() or not np.isfinite(c).all() or np.any(np.diff(t) <= 0) or np.any(c < 0):
        raise MethodError(
            "NK-STA-14",
            "times must increase strictly, and values be finite and from 0.",
            remedy="Sort the visits, keep one a day, and mark what is below the limit.",
        )
    low = c <= 0 if below is None else np.asarray(below, dtype=bool)
    if low.shape != t.shape or np.any(~low & (c <= 0)):
        raise MethodError("NK-STA-14", "the flags of values below the limit do not go with the values.")
    if blq not in RULES or (blq == "half" and (limit is None or not limit > 0)):
        raise MethodError("NK-STA-14", f"the rule {blq!r} is not known, or lacks its limit of quantification.")
    return t, c, low


def _after_rule(
    low: NDArray[np.bool_], c: FloatArray, first: int, last: int, limit: float | None, blq: BlqRule
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Return which points are kept, and the values with those below the limit as the rule has them."""
    place = np.arange(low.size)
    levels = np.where(low, 0.0 if blq != "half" or limit is None else limit / 2.0, c)
    between = low & (place > first) & (place < last)
    return (~between if blq == "pknca" else np.ones(low.size, dtype=bool)), levels


def _area(x: FloatArray, y: FloatArray, end: float) -> float:
    """Return the area from the first time to ``end``, linear up and logarithmic down."""
    total = 0.0
    for t0, t1, c0, c1 in zip(x[:-1], x[1:], y[:-1], y[1:], strict=True):
        if t0 >= end:
            break
        falls = 0.0 < c1 < c0
        if t1 > end:
            share = (end - t0) / (t1 - t0)
            c1 = c0 * (c1 / c0) ** share if falls else c0 + share * (c1 - c0)  # noqa: PLW2901 - cut at the end
            t1 = end  # noqa: PLW2901
        total += (c0 - c1) * (t1 - t0) / np.log(c0 / c1) if falls and c1 < c0 else (c0 + c1) / 2.0 * (t1 - t0)
    return float(total)


def _terminal(x: FloatArray, c: FloatArray) -> Terminal | None:
    """Return the best straight line through the last points, on the log scale."""
    best: Terminal | None = None
    for points in range(LEAST_POINTS, x.size + 1):
        slope, r2 = _line(x[-points:], np.log(c[-points:]))
        adjusted = 1.0 - (1.0 - r2) * (points - 1) / (points - 2)
        if slope >= 0.0:
            continue
        if best is None or adjusted > best.adjusted_r2 - R2_TOLERANCE:
            found = Terminal(float(np.log(2.0)) / -slope, -slope, adjusted, points, float(x[-points]))
            best = found if best is None or adjusted > best.adjusted_r2 - R2_TOLERANCE else best
    return best


def _doubling(x: FloatArray, c: FloatArray) -> float | None:
    """Return ln 2 / slope of the rise, None where there is none."""
    if x.size < LEAST_POINTS:
        return None
    slope, _ = _line(x, np.log(c))
    return float(np.log(2.0)) / slope if slope > 0.0 else None


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Return slope and r^2 of the least-squares line."""
    dx, dy = x - x.mean(), y - y.mean()
    slope = float(dx @ dy / (dx @ dx))
    spread = float(dy @ dy)
    return slope, 1.0 if spread == 0.0 else float((dx @ dy) ** 2 / ((dx @ dx) * spread))
