"""What a mixture's fit may use: loci, alleles, heights, limits of detection.

Definition
    A locus is used where every contributor has two alleles, the table shows the locus, and none of its alleles is
    off scale. An allele counts as seen at or above the limit of detection. The limit is the noise's mean + 6 sd
    where the table still holds the noise; else the lowest height that the export labels, between 50 and 200 RFU.
    Where the export hides stutter, a hidden allele in a stutter position may be as tall as the filter lets through.

Not decided here
    Whether a locus fits the others (``mixture_outliers``).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from nktrial.chimerism.likelihood import TYPICAL_STUTTER, LocusData, StutterPrior
from nktrial.chimerism.marker import allele_length, is_autosomal, marker_key, step
from nktrial.chimerism.mixture_stutter import BACK_STUTTER, REPEAT_BP, stutter_doses
from nktrial.model.kit import Kit
from nktrial.model.trace import Genotype, Peak, PeakProfile

__all__ = ["Loci", "Locus", "detection_limit_rfu", "locus_data", "usable_loci", "without_locus"]

DEFAULT_LIMIT_RFU: Final = 50.0  # customary analytical threshold of a 3100/3130
LOWEST_LIMIT_RFU: Final = 20.0  # [unverified] no limit below this, however quiet the trace
HIGHEST_LIMIT_RFU: Final = 200.0  # [unverified] an export's threshold is not above this
UNFIT: Final = MappingProxyType({"saturated": "is off scale", "pull-up": "stands under pull-up of another dye"})
NOISE_PEAKS: Final = 15  # [unverified] this many low peaks that are no allele: the table holds the noise
NOISE_MEDIAN_RFU: Final = 20.0  # [unverified]
NOISE_SD: Final = 6.0  # lower end of the customary mean + 6 to 10 sd of the noise
FILTER_SHARE: Final = 0.15  # [unverified] usual back-stutter filter of a tetranucleotide locus
FORWARD_FILTER_SHARE: Final = 0.05  # [unverified]


@dataclass(frozen=True, slots=True)
class Locus:
    """One locus of a sample with its contributors.

    Parameters
    ----------
    marker : str
        As the sample's table spells it; as the genotype where the table lacks it.
    key : str
        Spelling to compare by.
    alleles : tuple of str
        The contributors' alleles, by length.
    heights_rfu : mapping
        Allele -> height of every called peak of the locus at or above the limit [RFU].
    sizes_bp : mapping
        Allele -> fragment length [bp], where known.
    pairs : tuple of (str, str)
        Each contributor's alleles, in the contributors' order; empty where one has none.
    reason : str
        Why the locus is not used; empty where it is.
    """

    marker: str
    key: str
    alleles: tuple[str, ...]
    heights_rfu: Mapping[str, float]
    sizes_bp: Mapping[str, float]
    pairs: tuple[tuple[str, str], ...]
    reason: str

    def copies(self, allele: str) -> list[float]:
        """Return each contributor's copies of an allele."""
        return [float(pair.count(allele)) for pair in self.pairs]


@dataclass(frozen=True, slots=True)
class Loci:
    """All loci of a sample, the limit of detection [RFU], and whether the export hides stutter."""

    loci: tuple[Locus, ...]
    limit_rfu: float
    stutter_filtered: bool

    @property
    def used(self) -> tuple[Locus, ...]:
        """Return the loci that may enter the fit."""
        return tuple(locus for locus in self.loci if not locus.reason)


def detection_limit_rfu(profile: PeakProfile) -> float:
    """Return the height below which a peak is not seen, from the table itself [RFU]."""
    noise = [p.height_rfu for p in profile.peaks if p.allele in {"", "OL"}]
    labelled = [p.height_rfu for p in profile.peaks if p.allele and p.marker]
    middle = float(np.median(noise)) if noise else math.inf
    if len(noise) >= NOISE_PEAKS and middle < NOISE_MEDIAN_RFU:
        spread = 1.4826 * float(np.median(np.abs(np.array(noise) - middle)))
        return float(np.clip(middle + NOISE_SD * spread, LOWEST_LIMIT_RFU, DEFAULT_LIMIT_RFU))
    return float(np.clip(min(labelled, default=0.0), DEFAULT_LIMIT_RFU, HIGHEST_LIMIT_RFU))


def usable_loci(profile: PeakProfile, genotypes: Sequence[Genotype], limit_rfu: float) -> Loci:
    """Bring a sample and its contributors together, locus by locus, in the order of the sample's table."""
    peaks: dict[str, list[Peak]] = {}
    spelled: dict[str, str] = {}
    for peak in profile.peaks:
        if is_autosomal(peak.marker):
            peaks.setdefault(marker_key(peak.marker), []).append(peak)
            spelled.setdefault(marker_key(peak.marker), peak.marker)
    by_person = [{marker_key(marker): pair for marker, pair in g.alleles.items()} for g in genotypes]
    for genotype in genotypes:
        for marker in (*genotype.alleles, *genotype.left_out):
            if is_autosomal(marker):
                spelled.setdefault(marker_key(marker), marker)
    loci = [_locus(key, marker, peaks.get(key, []), genotypes, by_person, limit_rfu) for key, marker in spelled.items()]
    return Loci(tuple(loci), limit_rfu, _hides_stutter(loci, limit_rfu))


def locus_data(
    loci: Loci, kit: Kit | None = None, stutter: StutterPrior = TYPICAL_STUTTER, *, both_sides: bool = False
) -> LocusData:
    """Lay the used loci out as arrays for the likelihood.

    Where stutter is not hidden, the back-stutter positions that are nobody's allele are laid out too: they tell how
    much stutter there is; with ``both_sides`` also the forward ones, which are seldom seen.
    """
    used = loci.used
    of_kit = {marker_key(item.name): item for item in kit.loci} if kit is not None else {}
    steps = () if loci.stutter_filtered else (-1, 1) if both_sides else (-1,)
    columns = [_columns(locus, steps) for locus in used]
    persons = len(used[0].pairs) if used else 0
    shape = (len(used), max((len(c) for c in columns), default=0))
    copies, back, forward = (np.zeros((persons, *shape)) for _ in range(3))
    heights, limits, length = np.ones(shape), np.full(shape, loci.limit_rfu), np.zeros(shape)
    seen, missing = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for row, (locus, lengths) in enumerate(zip(used, columns, strict=True)):
        size = _sizes(locus, lengths)
        for column, (name, allele) in enumerate(lengths.items()):
            at = (slice(None), row, column)
            copies[at] = locus.copies(name)
            back[at], forward[at] = stutter_doses(locus.key, allele, locus.pairs, of_kit.get(locus.key))
            length[row, column] = (size[column] - 200.0) / 100.0
            height = locus.heights_rfu.get(name)
            seen[row, column], missing[row, column] = height is not None, height is None
            heights[row, column] = height if height is not None else 1.0
            if loci.stutter_filtered:
                limits[row, column] = max(loci.limit_rfu, _let_through(locus, allele))
    return LocusData(copies, back, forward, np.log(heights), seen, missing, np.log(limits), length, stutter)


def _locus(
    key: str,
    marker: str,
    peaks: Sequence[Peak],
    genotypes: Sequence[Genotype],
    by_person: Sequence[Mapping[str, tuple[str, str]]],
    limit_rfu: float,
) -> Locus:
    """Make one locus and say why it cannot be used."""
    heights: dict[str, float] = {}
    sizes: dict[str, float] = {}
    unfit: dict[str, str] = {}
    for peak in peaks:
        if peak.allele in {"", "OL"}:
            continue
        if peak.height_rfu > heights.get(peak.allele, 0.0) and peak.height_rfu >= limit_rfu:
            heights[peak.allele] = peak.height_rfu
        if math.isfinite(peak.size_bp):
            sizes.setdefault(peak.allele, peak.size_bp)
        if peak.height_rfu >= limit_rfu:
            unfit.update((peak.allele, UNFIT[flag]) for flag in peak.flags if flag in UNFIT)
    lacking = [g.person for g, alleles in zip(genotypes, by_person, strict=True) if key not in alleles]
    pairs = tuple(alleles[key] for alleles in by_person) if not lacking else ()
    alleles = tuple(sorted({allele for pair in pairs for allele in pair}, key=lambda a: (allele_length(a), a)))
    reason = ""
    if lacking:
        reason = f"no genotype of {', '.join(lacking)}"
    elif not peaks:
        reason = "no peak in the table"
    elif set(unfit) & set(alleles):
        reason = "; ".join(f"allele {allele} {unfit[allele]}" for allele in sorted(set(unfit) & set(alleles)))
    return Locus(marker, key, alleles, heights, sizes, pairs, reason)


def _columns(locus: Locus, steps: Sequence[int]) -> dict[str, float]:
    """Return allele name -> length of the columns of a locus: the alleles, then what stands so many repeats beside."""
    columns = {allele: allele_length(allele) for allele in locus.alleles}
    for repeats in steps:
        for allele in locus.alleles:
            beside = step(allele, repeats)
            if math.isfinite(beside) and beside not in columns.values():
                columns[f"{beside:g}"] = beside
    return columns


def _sizes(locus: Locus, columns: Mapping[str, float]) -> list[float]:
    """Return the fragment length of each column from the locus' seen peaks [bp]; 200 where none has a size."""
    repeat = REPEAT_BP.get(locus.key, 4)
    offsets = [
        size - repeat * allele_length(a) for a, size in locus.sizes_bp.items() if math.isfinite(allele_length(a))
    ]
    if not offsets:
        return [200.0] * len(columns)
    offset = float(np.median(offsets))
    return [offset + repeat * length if math.isfinite(length) else 200.0 for length in columns.values()]


def _let_through(locus: Locus, length: float) -> float:
    """Return the tallest peak that a stutter filter hides at a position [RFU]."""
    by_length = {allele_length(allele): height for allele, height in locus.heights_rfu.items()}
    parent, shorter = by_length.get(round(length + 1, 2), 0.0), by_length.get(round(length - 1, 2), 0.0)
    return max(FILTER_SHARE * parent, FORWARD_FILTER_SHARE * shorter)


def _hides_stutter(loci: Sequence[Locus], limit_rfu: float) -> bool:
    """Tell whether the export hides stutter: tall alleles, and hardly a peak one repeat before them."""
    expected = seen = 0
    for locus in loci:
        own = {allele_length(allele) for allele in locus.alleles}
        by_length = {allele_length(allele): height for allele, height in locus.heights_rfu.items()}
        for length, height in by_length.items():
            shorter = round(length - 1, 2)
            if length in own and shorter not in own and height * BACK_STUTTER * 0.6 > limit_rfu:
                expected += 1
                seen += shorter in by_length
    return expected >= 4 and seen <= 0.25 * expected


def without_locus(loci: Loci, key: str, reason: str) -> Loci:
    """Return the loci with one left out for a reason."""
    return replace(loci, loci=tuple(replace(x, reason=reason) if x.key == key else x for x in loci.loci))
