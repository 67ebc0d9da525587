"""Gaussian smoothing of binned values: the one engine under every density of this package.

Definition
    Values are shared linearly between the two neighbouring points of a regular grid; the grid's masses are convolved
    with a Gaussian by the fast Fourier transform (Silverman 1982), whose transform exp(-(omega h)^2 / 2) is exact. At a
    closed end the masses are reflected (Silverman 1986, section 2.10), so that a density cut off there stays level
    instead of falling to half.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Binned", "bandwidth_of", "bin_linearly", "fine_factor", "nrd0", "smooth"]

FloatArray: TypeAlias = NDArray[np.float64]

STEPS_PER_BANDWIDTH: Final = 16  # linear binning then widens the kernel by 0.03 %
MOST_POINTS: Final = 2**16
SMALLEST_BANDWIDTH: Final = 2.0**-14  # of the range: four points of the largest grid
REACH: Final = 9.0  # a Gaussian is below 1e-17 of its height beyond 9 standard deviations
SMALLEST_SPREAD: Final = 1e-9  # of the largest absolute value: below it the grid's points would coincide


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """Masses on a regular grid.

    Parameters
    ----------
    start, step : float
        First point and distance of the points.
    mass : (m,) float
        Weight at each point; at a closed end, that of the event and of its mirror image.
    total : float
        Sum of the weights of the events.
    closed_low, closed_high : bool
        Whether masses are reflected at the ends.
    """

    start: float
    step: float
    mass: FloatArray
    total: float
    closed_low: bool
    closed_high: bool


def nrd0(values: FloatArray) -> float:
    """Return the rule-of-thumb bandwidth 0.9 min(sd, IQR / 1.34) n^(-1/5) (Silverman 1986, equation 3.31).

    Parameters
    ----------
    values : (n,) float
        Ascending, n >= 1.

    Returns
    -------
    float
        As R's bw.nrd0: the standard deviation where the IQR is 0; where all values are equal their absolute value,
        else 1.
    """
    largest = float(max(abs(values[0]), abs(values[-1])))
    if values[0] == values[-1]:
        spread = largest or 1.0
    else:
        deviation = float(np.std(values, ddof=1))
        quarter, three_quarters = np.quantile(values, (0.25, 0.75))
        spread = min(deviation, float(three_quarters - quarter) / 1.34) or deviation
        spread = max(spread, SMALLEST_SPREAD * largest)
    return 0.9 * spread * math.pow(values.size, -0.2)


def bandwidth_of(values: FloatArray, adjust: float) -> float:
    """Return adjust x nrd0, held at or above 1 / 16,384 of the range, which only far outliers come near.

    Parameters
    ----------
    values : (n,) float
        Ascending, n >= 1.
    adjust : float
        Factor.

    Returns
    -------
    float
        In the values' unit.
    """
    return max(adjust * nrd0(values), SMALLEST_BANDWIDTH * float(values[-1] - values[0]))


def bin_linearly(
    values: FloatArray, weights: FloatArray | None, *, ends: tuple[float, float], closed: tuple[bool, bool], points: int
) -> Binned:
    """Share values between the neighbouring points of a grid.

    Parameters
    ----------
    values : (n,) float
        Ascending, inside ``ends``.
    weights : (n,) float or None
        Weight of each value; None for 1.
    ends : (float, float)
        First and last point of the grid.
    closed : (bool, bool)
        Whether masses are reflected at the ends.
    points : int
        Points of the grid, at least 2.

    Returns
    -------
    Binned
        The masses.
    """
    step = (ends[1] - ends[0]) / (points - 1)
    place = np.clip((values - ends[0]) / step, 0.0, points - 1.0)
    left = np.minimum(place.astype(np.intp), points - 2)
    share = place - left
    weight = np.ones(values.size) if weights is None else weights
    mass: FloatArray = np.bincount(left, weights=weight * (1.0 - share), minlength=points).astype(np.float64)
    mass += np.bincount(left + 1, weights=weight * share, minlength=points)
    mass[0] *= 2.0 if closed[0] else 1.0
    mass[-1] *= 2.0 if closed[1] else 1.0
    return Binned(ends[0], step, mass, float(weight.sum()), *closed)


def fine_factor(span: float, bandwidth: float, points: int) -> int:
    """Return into how many parts each step of a grid is divided so that the bandwidth has 16 steps."""
    wanted = span / (points - 1) * STEPS_PER_BANDWIDTH / bandwidth
    most = max(MOST_POINTS // points, 1)
    return int(min(2 ** max(math.ceil(math.log2(wanted)), 0), most))


def smooth(binned: Binned, bandwidth: float, *, derivative: int = 0) -> FloatArray:
    """Return the density, or its derivative, at the points of the grid.

    Parameters
    ----------
    binned : Binned
        The masses.
    bandwidth : float
        Standard deviation of the Gaussian, in the values' unit.
    derivative : int
        0 for the density, 1 or 2 for its derivatives.

    Returns
    -------
    (m,) float
        Per unit of the values. Rounding noise of the transform below 1e-14 of the highest is set to 0.
    """
    margin = math.ceil(REACH * bandwidth / binned.step)
    before = 0 if binned.closed_low else margin
    after = 0 if binned.closed_high else margin
    if before or after:  # zeros beyond an open end change nothing, and make the length one that is fast to transform
        more = _fast_length(before + binned.mass.size - 1 + after) - (before + binned.mass.size - 1 + after)
        before, after = (before, after + more) if after else (before + more, after)
    padded = np.concatenate((np.zeros(before), binned.mass, np.zeros(after)))
    even = np.concatenate((padded, padded[-2:0:-1]))
    frequency = 2.0 * np.pi * np.fft.rfftfreq(even.size, binned.step)
    kernel = np.exp(-0.5 * (frequency * bandwidth) ** 2) * (1j * frequency) ** derivative
    curve = np.fft.irfft(np.fft.rfft(even) * kernel, even.size)[before : before + binned.mass.size]
    curve /= binned.total * binned.step
    curve[np.abs(curve) < 1e-14 * np.abs(curve).max()] = 0.0
    return curve


def _fast_length(length: int) -> int:
    """Return the smallest 2^k, 3 x 2^k or 5 x 2^k that is no smaller."""
    return min(part << max(math.ceil(math.log2(length / part)), 0) for part in (1, 3, 5))
