"""Outline of single cells: height against area of a scatter signal.

Definition
    A straight line height = a + b area is fitted by Huber's M-estimation (iteratively reweighted least squares, tuning
    constant 1.345, scale = median absolute residual / 0.6745), on at most 50,000 events drawn with a fixed seed. Its
    prediction band at ``level``, taken at the smallest and the largest area, gives four vertices.
    Quality = 1 - scale of the residuals / scale of the heights: how much of the heights' spread the line explains.

Not decided here
    Which events enter, and whether the two channels are an area and a height.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.cut import ALL_EQUAL, NO_EVENTS, TOO_FEW, Outline, demand
from nktrial.cytometry.automatic.usable import LARGEST, display_values
from nktrial.model.method import Method

__all__ = ["METHOD", "NOT_RISING", "NO_SPREAD", "HuberLine", "huber_line", "paired_values", "singlet_outline"]

METHOD: Final = Method(
    name="cytometry.automatic_singlet",
    version=1,
    source="Huber 1964, Ann Math Stat 35:73; Huber 1981, Robust Statistics; Finak 2014 (singletGate)",
)
FloatArray: TypeAlias = NDArray[np.float64]

NOT_RISING: Final = "the height does not rise with the area"
NO_SPREAD: Final = "most events lie exactly on a line"
HUBER_K: Final = 1.345  # 95 % efficient for normal residuals
NORMAL_MAD: Final = 0.6744897501960817
MOST_EVENTS: Final = 50_000
FEWEST_EVENTS: Final = 50  # [unverified]
MOST_STEPS: Final = 200
TOLERANCE: Final = 1e-9
SEED: Final = 20261123


@dataclass(frozen=True, slots=True)
class HuberLine:
    """A line fitted robustly, y = intercept + slope x.

    Parameters
    ----------
    intercept, slope : float
        The line.
    scale : float
        Of its residuals.
    centre, weight_sum, square_sum : float
        Weighted mean of x, sum of the weights, weighted sum of squares about the mean.
    steps : int
        Reweightings.
    """

    intercept: float
    slope: float
    scale: float
    centre: float
    weight_sum: float
    square_sum: float
    steps: int

    def at(self, x: FloatArray) -> FloatArray:
        """Return the line at x."""
        return self.intercept + self.slope * x

    def half_width(self, x: float, level: float, events: int) -> float:
        """Return half the width of the prediction band at x."""
        variance = 1.0 + 1.0 / self.weight_sum + (x - self.centre) ** 2 / self.square_sum
        return float(stdtrit(events - 2, 0.5 + level / 2.0) * self.scale * np.sqrt(variance))


def singlet_outline(area: ArrayLike, height: ArrayLike, *, level: float = 0.99, seed: int = SEED) -> Outline:
    """Return the outline of single cells in area (x) and height (y).

    Parameters
    ----------
    area, height : (n,) float
        Linear scale values; pairs with a value that is not finite are left out and counted.
    level : float
        Of the prediction band, inside 0 to 1.
    seed : int
        Of the draw of 50,000 events where there are more.

    Returns
    -------
    Outline
        Four vertices, clockwise. Problems: "no events", "too few events" (fewer than 50), "all values are equal" (the
        areas, or most heights), "the height does not rise with the area", "most events lie exactly on a line".
        Evidence: events, not_finite, intercept, slope, scale, steps, inside_share.

    Raises
    ------
    MethodError
        NK-CYT-70 not two channels of one length; NK-CYT-72 level.
    """
    demand("level", level, kept=0.0 < level < 1.0, expected="inside 0 to 1")
    x, y, not_finite = paired_values(area, height)
    evidence = {"events": float(x.size), "not_finite": float(not_finite)}
    spread = _mad(y) if x.size else 0.0
    problem = _too_little(x, spread)
    if problem:
        return _none(problem, evidence)
    chosen = np.arange(x.size)
    if x.size > MOST_EVENTS:
        chosen = np.sort(np.random.default_rng(seed).choice(x.size, MOST_EVENTS, replace=False))
    line = huber_line(x[chosen], y[chosen])
    evidence |= {
        "intercept": line.intercept,
        "slope": line.slope,
        "scale": line.scale,
        "steps": float(line.steps),
    }
    if line.slope <= 0.0:
        return _none(NOT_RISING, evidence)
    if line.scale <= 1e-12 * spread:
        return _none(NO_SPREAD, evidence)
    ends = np.array([x[0], x[-1]])
    middle = line.at(ends)
    half = np.array([line.half_width(float(end), level, min(x.size, MOST_EVENTS)) for end in ends])
    low, high = middle - half, middle + half
    inside = (y >= np.interp(x, ends, low)) & (y <= np.interp(x, ends, high))
    evidence["inside_share"] = float(inside.mean())
    vertices = np.array([(ends[0], low[0]), (ends[0], high[0]), (ends[1], high[1]), (ends[1], low[1])])
    return Outline(vertices, max(0.0, 1.0 - line.scale / spread), "", evidence)


def huber_line(x: FloatArray, y: FloatArray) -> HuberLine:
    """Fit a line by Huber's M-estimation, from least squares, until it changes by less than 1e-9 of the scale.

    Parameters
    ----------
    x, y : (n,) float
        Finite, x not constant.

    Returns
    -------
    HuberLine
        The line.
    """
    line = _weighted_line(x, y, np.ones(x.size), 0)
    while line.scale > 0.0 and line.steps < MOST_STEPS:
        residual = np.abs(y - line.at(x))
        weight = HUBER_K * line.scale / np.maximum(residual, HUBER_K * line.scale)
        again = _weighted_line(x, y, weight, line.steps + 1)
        ends = np.array([x.min(), x.max()])
        moved = float(np.abs(again.at(ends) - line.at(ends)).max())
        line = again
        if moved <= TOLERANCE * line.scale:
            break
    return line


def _weighted_line(x: FloatArray, y: FloatArray, weight: FloatArray, steps: int) -> HuberLine:
    """Return the line of weighted least squares, with the scale of its residuals.

    Sums are numpy's own: a matrix product may add up in an order that depends on the number of threads.
    """
    total = float(weight.sum())
    centre, middle = float(np.sum(weight * x)) / total, float(np.sum(weight * y)) / total
    squares = float(np.sum(weight * (x - centre) ** 2))
    slope = float(np.sum(weight * (x - centre) * (y - middle))) / squares
    scale = float(np.median(np.abs(y - middle - slope * (x - centre)))) / NORMAL_MAD
    return HuberLine(middle - slope * centre, slope, scale, centre, total, squares, steps)


def paired_values(x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray, int]:
    """Return the pairs of finite values sorted by x, then y, and how many pairs were left out.

    Raises
    ------
    MethodError
        NK-CYT-70 not two channels of one length.
    """
    first, second = display_values(x), display_values(y)
    if first.size != second.size:
        raise MethodError(
            "NK-CYT-70",
            f"the two channels have {first.size} and {second.size} values.",
            where="automatic gating",
            remedy="Give two channels of the same events.",
        )
    good = (np.abs(first) <= LARGEST) & (np.abs(second) <= LARGEST)
    first, second = first[good] + 0.0, second[good] + 0.0
    order = np.lexsort((second, first))
    return first[order], second[order], int(good.size - order.size)


def _too_little(x: FloatArray, spread: float) -> str:
    """Return why there can be no line, or nothing."""
    if not x.size:
        return NO_EVENTS
    if x.size < FEWEST_EVENTS:
        return TOO_FEW
    return ALL_EQUAL if x[0] == x[-1] or spread == 0.0 else ""


def _mad(values: FloatArray) -> float:
    """Return the median absolute deviation over that of a standard normal."""
    return float(np.median(np.abs(values - np.median(values)))) / NORMAL_MAD


def _none(problem: str, evidence: dict[str, float]) -> Outline:
    return Outline(np.zeros((0, 2)), 0.0, problem, evidence)
