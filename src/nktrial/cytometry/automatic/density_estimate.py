"""Kernel density of one channel, its peaks and its valleys.

Definition
    f(x) = (1 / (n h)) sum K((x - x_i) / h), K the standard Gaussian, h = nrd0 x adjust, on a regular grid that reaches
    3 h beyond the values, as R's density(). Where ``low`` or ``high`` is given, values beyond it are left out, the grid
    ends there and the density is reflected there.
    A peak is a local maximum (an end of the grid where the density falls away from it counts); its prominence is its
    height above the higher of the two lowest points that separate it from higher peaks. A valley is the lowest point
    between two neighbouring peaks that are kept.

Not decided here
    Which valley is a cut.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.cut import demand
from nktrial.cytometry.automatic.smoothing import Binned, bandwidth_of, bin_linearly, fine_factor, smooth
from nktrial.cytometry.automatic.usable import LARGEST, display_values, usable_values
from nktrial.model.method import Method

__all__ = ["CUT_BANDWIDTHS", "METHOD", "DensityEstimate", "Modes", "Peak", "Valley", "density_estimate", "peaks_of"]

METHOD: Final = Method(
    name="cytometry.automatic_density",
    version=1,
    source="Silverman 1986, Density Estimation, sections 2.10, 3.4, 3.5; Silverman 1982, Appl Stat 31:93",
)
FloatArray: TypeAlias = NDArray[np.float64]
CUT_BANDWIDTHS: Final = 3.0  # as R


@dataclass(frozen=True, slots=True, eq=False)
class DensityEstimate:
    """A density on a regular grid.

    Parameters
    ----------
    grid : (points,) float
        Display values.
    height : (points,) float
        Density per display unit.
    bandwidth : float
        Standard deviation of the kernel, display units.
    events : int
        Values that entered.
    left_out : int
        Values that were not finite or outside the range.
    """

    grid: FloatArray
    height: FloatArray
    bandwidth: float
    events: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Peak:
    """A local maximum: position, density there, height above the saddle to a higher peak (to 0 for the highest)."""

    position: float
    height: float
    prominence: float


@dataclass(frozen=True, slots=True)
class Valley:
    """The lowest point between two neighbouring peaks: position, density, depth below the lower of the two peaks."""

    position: float
    height: float
    depth: float


@dataclass(frozen=True, slots=True)
class Modes:
    """Peaks from left to right and the valleys between them, one fewer than peaks."""

    peaks: tuple[Peak, ...]
    valleys: tuple[Valley, ...]


def density_estimate(
    values: ArrayLike,
    *,
    adjust: float = 1.0,
    points: int = 512,
    low: float | None = None,
    high: float | None = None,
    weights: ArrayLike | None = None,
) -> DensityEstimate:
    """Return the Gaussian kernel density of values.

    Parameters
    ----------
    values : (n,) float
        Display values; those that are not finite are left out and counted.
    adjust : float
        Factor of the rule-of-thumb bandwidth, above 0 to 1,000.
    points : int
        Points of the grid, 64 to 65,536.
    low, high : float or None
        Closed ends: values beyond are left out, the density is reflected there.
    weights : (n,) float or None
        Weight of each value, >= 0; they do not change the bandwidth, as in R.

    Returns
    -------
    DensityEstimate
        Integrates to 1 (less the 0.1 % of a kernel that lies beyond an open end).

    Raises
    ------
    MethodError
        NK-CYT-70 not one dimension of numbers; NK-CYT-71 an empty range; NK-CYT-72 adjust or points; NK-CYT-73 no
        finite value in the range; NK-CYT-74 the weights.
    """
    demand("adjust", adjust, kept=0.0 < adjust <= 1000.0, expected="above 0 to 1,000")
    demand("points", points, kept=64 <= points <= 65536, expected="64 to 65,536")
    array = display_values(values)
    kept = usable_values(array, low, high)
    if not kept.values.size:
        raise MethodError(
            "NK-CYT-73",
            f"none of {array.size} values is a finite number in the range, so there is no density.",
            where="automatic gating",
            remedy="Check the channel and the range.",
        )
    weight = None if weights is None else _sorted_weights(array, weights, low, high)
    width = (kept.values[-1] if high is None else high) - (kept.values[0] if low is None else low)
    half_step = float(width) / (2.0 * (points - 4))  # a narrower kernel could fall between two points of the grid
    bandwidth = max(bandwidth_of(kept.values, adjust), half_step)
    binned, factor = binned_for(kept.values, weight, bandwidth, (low, high), points)
    height: FloatArray = np.maximum(smooth(binned, bandwidth), 0.0)[::factor]
    grid: FloatArray = binned.start + binned.step * factor * np.arange(points, dtype=np.float64)
    return DensityEstimate(grid, height, bandwidth, kept.values.size, array.size - kept.values.size)


def binned_for(
    values: FloatArray,
    weights: FloatArray | None,
    bandwidth: float,
    ends: tuple[float | None, float | None],
    points: int,
) -> tuple[Binned, int]:
    """Return sorted values on a grid fine enough for the bandwidth, and its steps in one of ``points``."""
    low, high = ends
    first = values[0] - CUT_BANDWIDTHS * bandwidth if low is None else low
    last = values[-1] + CUT_BANDWIDTHS * bandwidth if high is None else high
    factor = fine_factor(last - first, bandwidth, points)
    closed = (low is not None, high is not None)
    fine = (points - 1) * factor + 1
    return bin_linearly(values, weights, ends=(float(first), float(last)), closed=closed, points=fine), factor


def peaks_of(estimate: DensityEstimate, *, minimum_height: float = 0.0, minimum_prominence: float = 1e-6) -> Modes:
    """Return the peaks of a density and the valleys between them.

    Parameters
    ----------
    estimate : DensityEstimate
        The density.
    minimum_height, minimum_prominence : float
        Peaks below these shares of the highest density are not kept, 0 to 1.

    Returns
    -------
    Modes
        Positions are refined by the parabola through three points of the grid; a level stretch counts at its middle.

    Raises
    ------
    MethodError
        NK-CYT-72 a share lies outside 0 to 1.
    """
    demand("minimum_height", minimum_height, kept=0.0 <= minimum_height <= 1.0, expected="0 to 1")
    demand("minimum_prominence", minimum_prominence, kept=0.0 <= minimum_prominence <= 1.0, expected="0 to 1")
    height = estimate.height
    top = float(height.max())
    found = [(middle, prominence(height, middle)) for middle in local_maxima(height)]
    kept = [
        (middle, rise)
        for middle, rise in found
        if height[middle] >= minimum_height * top and rise >= minimum_prominence * top
    ]
    peaks = tuple(Peak(refined(estimate, middle), float(height[middle]), rise) for middle, rise in kept)
    valleys = []
    for (left, _), (right, _) in pairwise(kept):
        lowest = lowest_between(height, left, right)
        depth = float(min(height[left], height[right]) - height[lowest])
        valleys.append(Valley(refined(estimate, lowest), float(height[lowest]), depth))
    return Modes(peaks, tuple(valleys))


def local_maxima(height: FloatArray) -> list[int]:
    """Return the points where a curve rises before and falls after; the middle of a level top; ends count."""
    starts = np.flatnonzero(np.concatenate(([True], np.diff(height) != 0.0)))
    level = height[starts]
    last = np.concatenate((starts[1:], [height.size])) - 1
    higher_left = np.concatenate(([True], level[1:] > level[:-1]))
    higher_right = np.concatenate((level[:-1] > level[1:], [True]))
    tops = np.flatnonzero(higher_left & higher_right & (level > 0.0))
    return [int(starts[top] + last[top]) // 2 for top in tops]


def prominence(height: FloatArray, peak: int) -> float:
    """Return how far one must descend from a peak to reach a higher one (to 0 for the highest)."""
    saddles = []
    for side in (height[:peak][::-1], height[peak + 1 :]):
        higher = np.flatnonzero(side > height[peak])
        if higher.size:
            saddles.append(float(side[: higher[0]].min(initial=height[peak])))
    return float(height[peak]) - max(saddles, default=0.0)


def lowest_between(height: FloatArray, left: int, right: int) -> int:
    """Return the lowest point between two points, the middle of the first level stretch that is lowest."""
    between = height[left : right + 1]
    lowest = np.flatnonzero(between == between.min())
    breaks = np.flatnonzero(np.diff(lowest) > 1)
    last = lowest[breaks[0]] if breaks.size else lowest[-1]
    return left + int(lowest[0] + last) // 2


def refined(estimate: DensityEstimate, point: int) -> float:
    """Return the vertex of the parabola through a point and its neighbours."""
    grid, height = estimate.grid, estimate.height
    if not 0 < point < grid.size - 1:
        return float(grid[point])
    before, here, after = height[point - 1 : point + 2]
    bend = before - 2.0 * here + after
    shift = 0.5 * (before - after) / bend if bend else 0.0
    return float(grid[point] + np.clip(shift, -0.5, 0.5) * (grid[1] - grid[0]))


def _sorted_weights(array: FloatArray, weights: ArrayLike, low: float | None, high: float | None) -> FloatArray:
    """Return the weights of the usable values in the values' order, ties by weight."""
    weight = display_values(weights)
    if weight.shape != array.shape or not bool(np.all(np.isfinite(weight) & (weight >= 0.0))):
        raise MethodError(
            "NK-CYT-74", "the weights are not one finite number of 0 or more for each value.", where="automatic gating"
        )
    bottom = -np.inf if low is None else low
    top = np.inf if high is None else high
    used = (np.abs(array) <= LARGEST) & (array >= bottom) & (array <= top)
    chosen = weight[used]
    if not chosen.sum() > 0.0:
        raise MethodError("NK-CYT-74", "the weights of the values in the range are all 0.", where="automatic gating")
    return np.asarray(chosen[np.lexsort((chosen, array[used]))])
