"""Cut in the tail of the main population.

Definition
    Tail cut: from the reference peak of the density (bandwidth nrd0 x adjust) follow the flank to its steepest point,
    short of the next peak; the cut is the first point beyond where the slope is below ``tolerance`` times the steepest.
    It is the median of that point over 32 resamplings of the values, which is steadier than the point itself.
    Robust cut: mode + k s, s = 1.4826 x the median distance to the mode on the side away from the tail.
    Side "left" is the same with the values mirrored.
    Quality = 1 - standard error of the cut / spread of the population (0 at the least), over the same resamplings.

Not decided here
    Whether what lies beyond is a population.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from nktrial.cytometry.automatic.cut import ALL_EQUAL, Cut, demand
from nktrial.cytometry.automatic.density_estimate import DensityEstimate, lowest_between
from nktrial.cytometry.automatic.pile_up import lattice_gap, without_clipped_tails
from nktrial.cytometry.automatic.replicates import REPLICATES, replicates
from nktrial.cytometry.automatic.smoothing import Binned, bandwidth_of, smooth
from nktrial.cytometry.automatic.true_peaks import fine_estimate, too_little, true_peaks
from nktrial.cytometry.automatic.usable import usable_values
from nktrial.model.method import Method

__all__ = ["METHOD", "NO_TAIL", "mad_cut", "tail_cut"]

METHOD: Final = Method(
    name="cytometry.automatic_tail",
    version=1,
    source="Finak 2014, PLoS Comput Biol 10:e1003806 (openCyto tailgate), median over resamplings; mode + k MAD",
)
Side: TypeAlias = Literal["left", "right"]
Reference: TypeAlias = Literal["highest", "first"]

NO_TAIL: Final = "no tail"
NORMAL_FACTOR: Final = 1.4826


@dataclass(frozen=True, slots=True, eq=False)
class Flank:
    """The peak of a population on the grid of its masses, and where it ends; the tail lies to the right."""

    binned: Binned
    bandwidth: float
    peak: int
    last: int


@dataclass(frozen=True, slots=True)
class OneCut:
    """The cut of one set of masses, with the population's peak and spread."""

    position: float
    peak: float
    spread: float


Rule: TypeAlias = Callable[[Flank], OneCut | None]


def tail_cut(
    values: ArrayLike,
    *,
    side: Side = "right",
    tolerance: float = 0.01,
    low: float | None = None,
    high: float | None = None,
    adjust: float = 2.0,
    reference: Reference = "highest",
) -> Cut:
    """Return the cut where the flank of a population becomes flat.

    Parameters
    ----------
    values : (n,) float
        Display values; those that are not finite are left out and counted.
    side : {"right", "left"}
        On which side of the population the tail lies.
    tolerance : float
        Slope that counts as flat, as a share of the steepest slope of the flank, inside 0 to 1.
    low, high : float or None
        Values beyond are left out.
    adjust : float
        Factor of the rule-of-thumb bandwidth.
    reference : {"highest", "first"}
        The highest peak, or the peak farthest from the tail.

    Returns
    -------
    Cut
        Problems: "no events", "too few events" (fewer than 20), "all values are equal", "no tail" (the slope stays
        above the tolerance). Evidence: events, not_finite, outside, pile_up_low, pile_up_high (left out as the clipped
        tail of what lies beside them), peaks, peak, spread, standard_error, beyond_share (of events beyond the cut),
        bandwidth.

    Raises
    ------
    MethodError
        NK-CYT-70 not one dimension of numbers; NK-CYT-71 an empty range; NK-CYT-72 an option.
    """
    demand("tolerance", tolerance, kept=0.0 < tolerance < 1.0, expected="inside 0 to 1")
    demand("reference", reference, kept=reference in {"highest", "first"}, expected="highest or first")
    return _one_sided(values, side, (low, high), adjust, lambda flank: _flat(flank, tolerance), reference)


def mad_cut(
    values: ArrayLike,
    *,
    side: Side = "right",
    k: float = 3.0,
    low: float | None = None,
    high: float | None = None,
    adjust: float = 2.0,
) -> Cut:
    """Return the cut at k spreads from the mode, the spread taken from the half away from the tail.

    Parameters
    ----------
    values, side, low, high, adjust
        As of `tail_cut`.
    k : float
        Spreads from the mode, > 0; 2.5 to 3.5 are usual.

    Returns
    -------
    Cut
        Problems and evidence as of `tail_cut`; "all values are equal" also where half of that half equals the mode.

    Raises
    ------
    MethodError
        NK-CYT-70 not one dimension of numbers; NK-CYT-71 an empty range; NK-CYT-72 an option.
    """
    demand("k", k, kept=0.0 < k < np.inf, expected="above 0")
    return _one_sided(values, side, (low, high), adjust, lambda flank: _spreads_away(flank, k))


def _one_sided(
    values: ArrayLike,
    side: Side,
    ends: tuple[float | None, float | None],
    adjust: float,
    rule: Rule,
    reference: Reference = "highest",
) -> Cut:
    """Return the cut that a rule gives, the values mirrored where the tail lies left."""
    demand("side", side, kept=side in {"left", "right"}, expected="left or right")
    demand("adjust", adjust, kept=0.0 < adjust <= 1000.0, expected="above 0 to 1,000")
    kept = usable_values(values, *ends)
    problem = too_little(kept.values)
    if problem:
        return Cut(None, 0.0, problem, kept.evidence)
    inner, at_low, at_high = without_clipped_tails(kept.values)
    if too_little(inner):
        inner, at_low, at_high = kept.values, 0, 0
    if side == "right":
        sign, ordered, (low, high) = 1.0, inner, ends
    else:
        sign, ordered = -1.0, -inner[::-1]
        low, high = (None if end is None else -end for end in reversed(ends))
    bandwidth = max(bandwidth_of(ordered, adjust), lattice_gap(ordered))
    binned, estimate = fine_estimate(ordered, (low, high), bandwidth)
    stretch, peaks = _population(estimate, reference)
    evidence = {
        **kept.evidence,
        "pile_up_low": float(at_low),
        "pile_up_high": float(at_high),
        "peaks": float(peaks),
        "bandwidth": bandwidth,
    }
    here = rule(_flank(binned, bandwidth, stretch))
    found = [
        cut for cut in (rule(_flank(again, bandwidth, stretch)) for again in replicates(binned)) if cut is not None
    ]
    if here is None or 2 * len(found) < REPLICATES:
        return Cut(None, 0.0, NO_TAIL, evidence)
    if here.spread <= 0.0:
        return Cut(None, 0.0, ALL_EQUAL, evidence)
    positions = np.array([cut.position for cut in found])
    position, error = float(np.median(positions)), float(np.std(positions))
    evidence |= {
        "peak": sign * here.peak,
        "spread": here.spread,
        "standard_error": error,
        "beyond_share": float(np.mean(sign * kept.values > position)),
    }
    return Cut(sign * position, max(0.0, 1.0 - error / here.spread), "", evidence)


def _population(estimate: DensityEstimate, reference: Reference) -> tuple[tuple[int, int], int]:
    """Return the stretch of the grid that the reference population has to itself, and the number of peaks."""
    height = estimate.height
    peaks = true_peaks(estimate) or [int(np.argmax(height))]
    chosen = 0 if reference == "first" else max(range(len(peaks)), key=lambda number: float(height[peaks[number]]))
    peak = peaks[chosen]
    first = lowest_between(height, peaks[chosen - 1], peak) if chosen else 0
    last = lowest_between(height, peak, peaks[chosen + 1]) if chosen + 1 < len(peaks) else height.size - 1
    return (first, last), len(peaks)


def _flank(binned: Binned, bandwidth: float, stretch: tuple[int, int]) -> Flank:
    """Return the reference population of one set of masses."""
    height = smooth(binned, bandwidth)
    peak = stretch[0] + int(np.argmax(height[stretch[0] : stretch[1] + 1]))
    return Flank(binned, bandwidth, peak, stretch[1])


def _flat(flank: Flank, tolerance: float) -> OneCut | None:
    """Return the first point beyond the steepest one where the slope is within the tolerance."""
    slope = smooth(flank.binned, flank.bandwidth, derivative=1)
    steepest = flank.peak + int(np.argmin(slope[flank.peak : flank.last + 1]))
    limit = tolerance * abs(float(slope[steepest]))
    beyond = np.flatnonzero(np.abs(slope[steepest:]) < limit)
    if limit == 0.0 or not beyond.size:
        return None
    point = steepest + int(beyond[0])
    before, after = abs(float(slope[point - 1])), abs(float(slope[point]))
    part = (before - limit) / (before - after)
    start, step = flank.binned.start, flank.binned.step
    return OneCut(start + step * (point - 1 + part), start + step * flank.peak, step * (steepest - flank.peak))


def _spreads_away(flank: Flank, k: float) -> OneCut | None:
    """Return the point k spreads from the mode, the spread that of the half before it."""
    mass = flank.binned.mass[: flank.peak + 1].copy()
    mass[0] *= 0.5 if flank.binned.closed_low else 1.0
    held = np.cumsum(mass[::-1])
    if not held[-1] > 0.0:
        return None
    middle = float(np.interp(0.5 * held[-1], held, np.arange(held.size)))
    mode = flank.binned.start + flank.binned.step * flank.peak
    spread = NORMAL_FACTOR * flank.binned.step * middle
    return OneCut(mode + k * spread, mode, spread)
