"""Allelic ladder: where the alleles of a kit lie in one run.

Definition
    All ladder alleles of one dye, ordered by nominal length, are matched to the ladder lane's peaks by dynamic
    programming. With d = observed - nominal length, a step from one allele to the next costs ((d - d_before) /
    s)^2, s = 0.18 bp x sqrt(gap / 4 bp) within a locus and 3 bp between loci; a tall peak passed over (more
    than half of the local height) costs 6, a low one 0.2, and an allele on a low peak (less than 0.35 of it) 4.
    The local height is the third tallest within 15 bp, but no less than 0.3 x the median of the dye's tallest
    peaks, as many as it has alleles. The cheapest matching is the alignment; the observed lengths are the
    centres of the bins. A locus is accepted when d changes by no more than 0.9 bp x sqrt(gap / 4 bp) between
    neighbours, a dye when no more than a quarter of its tall peaks is passed over.

Not decided here
    Alleles of a sample (``alleles``).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.baseline import analytical_threshold_rfu
from nktrial.chimerism.lane import SizedLane, sized_lane
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit, Locus
from nktrial.model.method import Method
from nktrial.model.trace import Trace

__all__ = ["METHOD", "LadderBins", "LocusBins", "align_ladder", "nominal_bins"]

METHOD: Final = Method(name="chimerism.ladder", version=1, source="nktrial; whole-dye dynamic programming")
STEP_SD_BP: Final = 0.18
STEP_GAP_BP: Final = 4.0
LOCUS_SD_BP: Final = 3.0
MOST_OFFSET_BP: Final = 10.0
TALL_SHARE: Final = 0.5
LOW_SHARE: Final = 0.35
TALL_SKIP_COST: Final = 6.0
LOW_SKIP_COST: Final = 0.2
LOW_USE_COST: Final = 4.0
LOCAL_BP: Final = 15.0
LOCAL_RANK: Final = 3
USUAL_SHARE: Final = 0.3
MARGIN_BP: Final = 12.0
MOST_TALL_SKIPPED: Final = 0.25  # [unverified]
MOST_STEP_BP: Final = 0.9  # [unverified] the steps of right alignments stay below 0.45 bp


@dataclass(frozen=True, slots=True, eq=False)
class LocusBins:
    """The bins of one locus.

    Parameters
    ----------
    locus : Locus
        As the kit has it.
    size_bp : (n,) float
        Length of each rung in this run [bp].
    min_bp, max_bp : float
        Range of the locus in this run [bp].
    """

    locus: Locus
    size_bp: NDArray[np.float64]
    min_bp: float
    max_bp: float


@dataclass(frozen=True, slots=True, eq=False)
class LadderBins:
    """The bins of a kit in one run.

    Parameters
    ----------
    kit_id : str
        The kit.
    loci : tuple of LocusBins
        In the kit's order.
    aligned : bool
        False: nominal lengths, no ladder was at hand.
    """

    kit_id: str
    loci: tuple[LocusBins, ...]
    aligned: bool


def nominal_bins(kit: Kit) -> LadderBins:
    """Return bins at the nominal lengths, for a lane without a ladder."""
    loci = tuple(LocusBins(locus, _nominal(locus), locus.min_bp, locus.max_bp) for locus in kit.loci)
    return LadderBins(kit.id, loci, aligned=False)


def align_ladder(ladder: Trace, kit: Kit) -> LadderBins:
    """Find the ladder's alleles in a ladder lane. Do it once a run; the bins serve all its lanes.

    Parameters
    ----------
    ladder : Trace
        The ladder lane.
    kit : Kit
        Its kit.

    Returns
    -------
    LadderBins
        Aligned bins.

    Raises
    ------
    MethodError
        NK-ALL-02 too few peaks for the kit's ladder; NK-ALL-03 the peaks do not fit the ladder; and those of
        `nktrial.chimerism.lane.sized_lane`.
    """
    lane = sized_lane(ladder, kit)
    bins: dict[str, LocusBins] = {}
    for dye in range(len(kit.dyes) - 1):
        loci = [locus for locus in kit.loci if locus.dye == dye]
        if loci:
            bins.update(_align_dye(lane, dye, loci, ladder.sample_name))
    return LadderBins(kit.id, tuple(bins[locus.name] for locus in kit.loci), aligned=True)


def _nominal(locus: Locus) -> NDArray[np.float64]:
    """Return the nominal lengths of a locus."""
    return np.array([rung.size_bp for rung in locus.ladder])


def _align_dye(lane: SizedLane, dye: int, loci: list[Locus], sample: str) -> dict[str, LocusBins]:
    """Align the loci of one dye."""
    nominal = np.concatenate([_nominal(locus) for locus in loci])
    owner = np.repeat(np.arange(len(loci)), [len(locus.ladder) for locus in loci])
    sizes, heights = lane.sizes[dye], lane.peaks[dye].height_rfu
    keep = (
        np.isfinite(sizes)
        & (heights >= analytical_threshold_rfu(float(lane.base.noise_sd_rfu[dye])))
        & (np.nan_to_num(sizes) >= nominal[0] - MARGIN_BP)
        & (np.nan_to_num(sizes) <= nominal[-1] + MARGIN_BP)
    )
    sizes, heights = sizes[keep], heights[keep]
    if sizes.size < nominal.size:
        raise MethodError(
            "NK-ALL-02",
            f"the ladder has {sizes.size} peaks in dye {dye + 1}, expected at least {nominal.size}.",
            where=sample,
            remedy="Check that this is the kit's ladder and that it was injected well.",
        )
    local = _local_height(sizes, heights, nominal.size)
    chosen = _cheapest(nominal, owner, sizes, heights / local)
    if chosen is None:
        raise _misfit(f"no order of the peaks of dye {dye + 1} gives its {nominal.size} alleles", sample)
    tall = int(np.count_nonzero(np.delete(heights, chosen) > TALL_SHARE * float(np.median(heights[chosen]))))
    if tall > MOST_TALL_SKIPPED * nominal.size:
        raise _misfit(f"{tall} tall peaks of dye {dye + 1} would be left over beside {nominal.size} alleles", sample)
    found = {}
    for place, locus in enumerate(loci):
        observed = sizes[chosen[owner == place]]
        offset = observed - _nominal(locus)
        gap = np.maximum(np.diff(_nominal(locus)) / STEP_GAP_BP, 1.0)
        step = float(np.max(np.abs(np.diff(offset)) / np.sqrt(gap), initial=0.0))
        if step > MOST_STEP_BP:
            raise _misfit(f"neighbouring alleles of {locus.name} would be {step:.1f} bp off their distance", sample)
        found[locus.name] = LocusBins(
            locus, observed, float(locus.min_bp + offset[0]), float(locus.max_bp + offset[-1])
        )
    return found


def _misfit(problem: str, sample: str) -> MethodError:
    """Return the error of a ladder that is none."""
    return MethodError(
        "NK-ALL-03",
        f"the peaks do not fit the kit's ladder: {problem}.",
        where=sample,
        remedy="Check that this lane is the ladder of this kit, and take another ladder of the run.",
    )


def _cheapest(
    nominal: NDArray[np.float64], owner: NDArray[np.intp], sizes: NDArray[np.float64], relative: NDArray[np.float64]
) -> NDArray[np.intp] | None:
    """Return the peak of each allele on the cheapest path, or None where there is no path; heights in local heights."""
    skip = np.where(relative > TALL_SHARE, TALL_SKIP_COST, LOW_SKIP_COST)
    use = np.where(relative < LOW_SHARE, LOW_USE_COST, 0.0)
    passed = np.concatenate([[0.0], np.cumsum(skip)])
    # between[j', j]: cost of the peaks strictly between j' and j; infinite unless j' comes before j.
    between = np.triu(passed[None, :-1] - passed[1:, None], k=1) + np.tril(np.full((sizes.size, sizes.size), np.inf))
    offset = sizes[None, :] - nominal[:, None]
    reachable = np.where(np.abs(offset) <= MOST_OFFSET_BP, use[None, :], np.inf)
    gap = np.diff(nominal)
    sd = np.where(np.diff(owner) == 0, STEP_SD_BP * np.sqrt(np.maximum(gap / STEP_GAP_BP, 1.0)), LOCUS_SD_BP)
    cost = passed[:-1] + reachable[0]
    back = np.zeros(offset.shape, dtype=np.intp)
    for allele in range(1, nominal.size):
        step = (offset[allele][None, :] - offset[allele - 1][:, None]) / sd[allele - 1]
        total = cost[:, None] + step * step + between
        back[allele] = np.argmin(total, axis=0)
        cost = total[back[allele], np.arange(sizes.size)] + reachable[allele]
    cost = cost + (passed[-1] - passed[1:])
    if not np.isfinite(cost).any():
        return None
    path = [int(np.argmin(cost))]
    for allele in range(nominal.size - 1, 0, -1):
        path.append(int(back[allele, path[-1]]))
    return np.array(path[::-1])


def _local_height(sizes: NDArray[np.float64], heights: NDArray[np.float64], n_alleles: int) -> NDArray[np.float64]:
    """Return the third tallest height within 15 bp of each peak, but no less than 0.3 x the usual allele."""
    usual = float(np.median(np.sort(heights)[-n_alleles:]))
    first = np.searchsorted(sizes, sizes - LOCAL_BP)
    last = np.searchsorted(sizes, sizes + LOCAL_BP, side="right")
    third = [np.sort(heights[a:b])[-min(LOCAL_RANK, b - a)] for a, b in zip(first, last, strict=True)]
    return np.maximum(third, USUAL_SHARE * usual)
