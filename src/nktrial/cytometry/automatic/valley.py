"""Cut at the valley between two populations.

Definition
    The density (bandwidth nrd0 x adjust) is searched for peaks that rise above the saddle beside them by three
    standard errors of the density and by a twentieth of their height. The cut is the lowest point between the two
    highest of them; where a range for the cut is given and that point lies outside, the deepest valley inside.
    Where the valley is empty (density below that of one event) the cut is the middle of the empty stretch.

    One peak has no valley: the problem is "no valley" and there is no cut.
    Quality = 1 - f(valley) / min(f(left peak), f(right peak)).

Not decided here
    Which side of the cut is wanted, and what to do where there is none (see the tail cut).
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nktrial.cytometry.automatic.cut import Cut, demand
from nktrial.cytometry.automatic.density_estimate import (
    DensityEstimate,
    lowest_between,
    refined,
)
from nktrial.cytometry.automatic.pile_up import lattice_gap, without_pile_ups
from nktrial.cytometry.automatic.replicates import replicates
from nktrial.cytometry.automatic.smoothing import Binned, bandwidth_of, smooth
from nktrial.cytometry.automatic.true_peaks import fine_estimate, too_little, true_peaks
from nktrial.cytometry.automatic.usable import usable_values
from nktrial.model.method import Method

__all__ = ["METHOD", "NO_VALLEY", "valley_cut"]

METHOD: Final = Method(
    name="cytometry.automatic_valley",
    version=1,
    source="Finak 2014, PLoS Comput Biol 10:e1003806 (openCyto mindensity), with a test of the peaks",
)
FloatArray: TypeAlias = NDArray[np.float64]

NO_VALLEY: Final = "no valley"
PILE_UP_QUALITY: Final = 0.5  # [unverified] a shallower valley parts a population from its own clipped tail
KERNEL_TOP: Final = 1.0 / math.sqrt(2.0 * math.pi)


def valley_cut(
    values: ArrayLike,
    *,
    low: float | None = None,
    high: float | None = None,
    adjust: float = 2.0,
    cut_range: tuple[float, float] | None = None,
) -> Cut:
    """Return the cut at the valley between the two highest peaks of the density.

    Parameters
    ----------
    values : (n,) float
        Display values; those that are not finite are left out and counted.
    low, high : float or None
        Values beyond are left out.
    adjust : float
        Factor of the rule-of-thumb bandwidth.
    cut_range : (float, float) or None
        Where the cut may lie.

    Returns
    -------
    Cut
        Problems: "no events", "too few events" (fewer than 20), "all values are equal", "no valley". Evidence: events,
        not_finite, outside, pile_up_low, pile_up_high, peaks, bandwidth; with a cut also left_peak, right_peak,
        left_height, right_height, valley_height, left_share (of events at or below the cut), separation (distance of
        the peaks over the mean of their spreads), standard_error (of the cut, by resampling).

    Raises
    ------
    MethodError
        NK-CYT-70 not one dimension of numbers; NK-CYT-71 an empty range; NK-CYT-72 adjust.
    """
    demand("adjust", adjust, kept=0.0 < adjust <= 1000.0, expected="above 0 to 1,000")
    window = (-math.inf, math.inf) if cut_range is None else cut_range
    demand("cut_range", window[0], kept=window[0] < window[1], expected="a low end below the high end")
    kept = usable_values(values, low, high)
    problem = too_little(kept.values)
    if problem:
        return Cut(None, 0.0, problem, kept.evidence)
    inner, at_low, at_high = without_pile_ups(kept.values)
    evidence = {**kept.evidence, "pile_up_low": float(at_low), "pile_up_high": float(at_high)}
    ends = (low, high)
    cut = Cut(None, 0.0, NO_VALLEY) if too_little(inner) else _deepest(inner, ends, adjust, window)
    if cut.value is None and inner.size < kept.values.size:
        piled = _deepest(kept.values, ends, adjust, window)
        cut = piled if piled.quality >= PILE_UP_QUALITY else replace(piled, value=None, quality=0.0, problem=NO_VALLEY)
    if cut.value is not None:
        below = np.searchsorted(kept.values, cut.value, side="right")
        evidence["left_share"] = float(below) / kept.values.size
    return Cut(cut.value, cut.quality, cut.problem, {**evidence, **cut.evidence})


def _deepest(
    values: FloatArray, ends: tuple[float | None, float | None], adjust: float, window: tuple[float, float]
) -> Cut:
    """Return the cut of sorted values."""
    bandwidth = max(bandwidth_of(values, adjust), lattice_gap(without_pile_ups(values)[0]))
    binned, estimate = fine_estimate(values, ends, bandwidth)
    peaks = true_peaks(estimate)
    evidence = {"peaks": float(len(peaks)), "bandwidth": bandwidth}
    chosen = _chosen(estimate, peaks, window)
    if chosen is None:
        return Cut(None, 0.0, NO_VALLEY, evidence)
    left, lowest, right = chosen
    position = _middle_of_nothing(estimate, left, lowest, right)
    height = estimate.height
    evidence |= {
        "left_peak": refined(estimate, left),
        "right_peak": refined(estimate, right),
        "left_height": float(height[left]),
        "right_height": float(height[right]),
        "valley_height": float(height[lowest]),
        "separation": _separation(values, estimate, (left, right), position),
        "standard_error": _standard_error(binned, bandwidth, left, right),
    }
    quality = 1.0 - float(height[lowest] / min(height[left], height[right]))
    return Cut(position, quality, "", evidence)


def _chosen(
    estimate: DensityEstimate, peaks: Sequence[int], window: tuple[float, float]
) -> tuple[int, int, int] | None:
    """Return the points of the left peak, the valley and the right peak."""
    if len(peaks) < 2:
        return None
    height, grid = estimate.height, estimate.grid
    left, right = sorted(sorted(peaks, key=lambda peak: -float(height[peak]))[:2])
    lowest = lowest_between(height, left, right)
    if window[0] <= grid[lowest] <= window[1]:
        return left, lowest, right
    valleys = [(a, lowest_between(height, a, b), b) for a, b in pairwise(peaks)]
    inside = [valley for valley in valleys if window[0] <= grid[valley[1]] <= window[1]]
    return min(inside, key=lambda valley: float(height[valley[1]]), default=None)


def _middle_of_nothing(estimate: DensityEstimate, left: int, lowest: int, right: int) -> float:
    """Return the position of a valley: its lowest point, or the middle of the stretch that holds no event."""
    one_event = KERNEL_TOP / (estimate.events * estimate.bandwidth)
    if estimate.height[lowest] >= one_event:
        return refined(estimate, lowest)
    full = np.flatnonzero(estimate.height[left : right + 1] >= one_event) + left
    before, after = full[full < lowest], full[full > lowest]
    first = estimate.grid[before[-1] if before.size else left]
    last = estimate.grid[after[0] if after.size else right]
    return float(first + last) / 2.0


def _separation(values: FloatArray, estimate: DensityEstimate, peaks: tuple[int, int], cut: float) -> float:
    """Return the distance of two peaks over the mean of their spreads.

    A spread is the scaled median absolute deviation about the peak of the events on its side of the cut, and no smaller
    than the bandwidth.
    """
    left, right = (float(estimate.grid[peak]) for peak in peaks)
    sides = (values[values <= cut] - left, values[values > cut] - right)
    spreads = [max(1.4826 * float(np.median(np.abs(side))), estimate.bandwidth) for side in sides if side.size]
    return (right - left) / (sum(spreads) / len(spreads))


def _standard_error(binned: Binned, bandwidth: float, left: int, right: int) -> float:
    """Return the standard deviation of the lowest point between the peaks over resampled densities."""
    curves = (np.maximum(smooth(replicate, bandwidth), 0.0) for replicate in replicates(binned))
    lowest = [lowest_between(curve, left, right) for curve in curves]
    return float(np.std(lowest) * binned.step)
