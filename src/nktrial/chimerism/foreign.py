"""Alleles that no declared contributor has: contamination, a swap, or an undeclared genome.

Definition
    A peak is foreign where it is a called allele of a used locus, nobody's, without an artefact flag, at least 30 RFU
    and a twentieth of the locus' tallest, taller than stutter of the locus' other peaks together explains (back,
    forward, double back, half a repeat before), no shoulder of a taller peak within 1.3 bp, and no pull-up from another
    dye. A locus is foreign where such peaks hold 0.03 of its height. Two loci or more are reported. The declared
    persons cannot be this sample's where four loci or more, and a quarter of them, are foreign; or three loci or more,
    and foreign peaks hold a tenth of the height in the mean over loci.

Not decided here
    Whose alleles they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.chimerism.marker import allele_length, marker_key
from nktrial.chimerism.mixture_loci import Loci, Locus
from nktrial.chimerism.mixture_stutter import REPEAT_BP
from nktrial.model.trace import Peak, PeakProfile

__all__ = ["ForeignAlleles", "foreign_alleles"]

MIN_RFU: Final = 30.0  # [unverified] however quiet the trace
MIN_SHARE: Final = 0.03  # [unverified] of the locus' height; below, stray peaks are common
MIN_OF_TALLEST: Final = 0.05  # [unverified]
ARTEFACT_FLAGS: Final = frozenset({"stutter", "pull-up", "spike", "blob", "below-threshold", "off-ladder", "misfit"})
# [unverified] distance from the parent [repeats], largest share of it; beyond the makers' filters (0.05 to 0.17)
STUTTER_LIMITS: Final = ((1.0, 0.20), (-1.0, 0.08), (2.0, 0.04), (0.5, 0.08))
SHOULDER_BP: Final = 1.3  # a split peak stands 1 bp (the missing A) from its sister
SHOULDER_SHARE: Final = 0.5  # [unverified]
TENTH_REPEAT: Final = 0.1
PULL_UP_BP: Final = 0.6  # [unverified] the apex of a saturated peak shifts by up to this
PULL_UP_SHARE: Final = 0.15  # [unverified] 0.1 is usual
PULL_UP_SATURATED_SHARE: Final = 0.5  # [unverified]
# [unverified] of 62 known mixtures the right persons leave no foreign locus: see docs/methods/chimerism.joint_fit.md
REFUSED_LOCI: Final = 4
REFUSED_LOCI_SHARE: Final = 0.25
REFUSED_TALL_LOCI: Final = 3
REFUSED_HEIGHT_SHARE: Final = 0.1  # mean over loci


@dataclass(frozen=True, slots=True)
class ForeignAlleles:
    """What was found.

    Parameters
    ----------
    alleles : dict
        Marker -> foreign alleles, of the loci that show any.
    loci_used : int
        Loci looked at.
    mean_share : float
        Mean over these loci of the foreign alleles' share of the height.
    """

    alleles: dict[str, tuple[str, ...]]
    loci_used: int
    mean_share: float

    @property
    def overwhelming(self) -> bool:
        """Tell whether the declared persons cannot be this sample's."""
        count = len(self.alleles)
        many = count >= max(REFUSED_LOCI, REFUSED_LOCI_SHARE * self.loci_used)
        return many or (count >= REFUSED_TALL_LOCI and self.mean_share >= REFUSED_HEIGHT_SHARE)

    @property
    def listed(self) -> str:
        """Return the foreign alleles in words, locus by locus."""
        return ", ".join(f"{marker} {'/'.join(names)}" for marker, names in self.alleles.items())


def foreign_alleles(profile: PeakProfile, loci: Loci) -> ForeignAlleles:
    """Return the alleles of a sample that no contributor has and nothing explains."""
    limit = max(MIN_RFU, loci.limit_rfu)
    strange: dict[str, tuple[str, ...]] = {}
    shares = []
    for locus in loci.used:
        peaks = [p for p in profile.peaks if marker_key(p.marker) == locus.key and p.height_rfu >= limit]
        found = _strange(locus, peaks, profile)
        total = sum(locus.heights_rfu.values())
        share = sum(p.height_rfu for p in found) / total if total > 0 else 0.0
        shares.append(share)
        if share >= MIN_SHARE:
            strange[locus.marker] = tuple(dict.fromkeys(p.allele for p in found))
    return ForeignAlleles(strange, len(shares), float(np.mean(shares)) if shares else 0.0)


def _strange(locus: Locus, peaks: Sequence[Peak], profile: PeakProfile) -> list[Peak]:
    """Return the peaks of a locus that are nobody's allele and unexplained."""
    own = {allele_length(allele) for allele in locus.alleles} | set(locus.alleles)
    tallest = max((peak.height_rfu for peak in peaks), default=0.0)
    repeat = REPEAT_BP.get(locus.key, 4)
    return [
        peak
        for peak in peaks
        if peak.allele not in {"", "OL"}
        and peak.allele not in own
        and allele_length(peak.allele) not in own
        and not ARTEFACT_FLAGS & set(peak.flags)
        and peak.height_rfu >= MIN_OF_TALLEST * tallest
        and peak.height_rfu > _stutter_rfu(peak, peaks, repeat)
        and not _is_shoulder(peak, peaks)
        and not _is_pull_up(peak, profile.peaks)
    ]


def _stutter_rfu(peak: Peak, locus: Sequence[Peak], repeat_bp: int) -> float:
    """Return the height that stutter of the other peaks of a locus explains at most [RFU]."""
    length = _repeats(peak.allele, repeat_bp)
    total = 0.0
    for distance, share in STUTTER_LIMITS:
        parents = [
            other.height_rfu
            for other in locus
            if abs(_repeats(other.allele, repeat_bp) - length - distance) < TENTH_REPEAT
        ]
        total += share * max(parents, default=0.0)
    return total


def _repeats(allele: str, repeat_bp: int) -> float:
    """Return the length of an allele in repeats, 9.3 of a tetranucleotide being 9.75; NaN without a length."""
    length = allele_length(allele)
    whole = math.floor(length) if math.isfinite(length) else length
    return whole + 10.0 * (length - whole) / repeat_bp


def _is_shoulder(peak: Peak, locus: Sequence[Peak]) -> bool:
    """Tell whether a peak stands beside a taller one as its shoulder, or as its copy without the added A."""
    return any(
        0.0 < abs(other.size_bp - peak.size_bp) <= SHOULDER_BP and peak.height_rfu <= SHOULDER_SHARE * other.height_rfu
        for other in locus
    )


def _is_pull_up(peak: Peak, everything: Sequence[Peak]) -> bool:
    """Tell whether a peak stands under a taller one of another dye."""
    return any(
        abs(other.size_bp - peak.size_bp) <= PULL_UP_BP
        and other.dye != peak.dye
        and peak.height_rfu
        <= (PULL_UP_SATURATED_SHARE if "saturated" in other.flags else PULL_UP_SHARE) * other.height_rfu
        for other in everything
    )
