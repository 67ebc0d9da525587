"""Alleles that no declared contributor has: contamination, a swap, or an undeclared genome.

Definition
    A called peak of a used locus, at least 50 RFU tall, that is nobody's allele and that neither stutter of its locus
    nor pull-up from another dye explains. Three loci or more with such a peak are reported; where, at half of the
    loci and more, such peaks hold three tenths of the height, the declared persons cannot be this sample's.

Not decided here
    Whose alleles they are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.chimerism.genotype import explanation
from nktrial.chimerism.marker import allele_length, marker_key
from nktrial.chimerism.mixture_loci import Loci, Locus
from nktrial.model.trace import Peak, PeakProfile

__all__ = ["ForeignAlleles", "foreign_alleles"]

MIN_RFU: Final = 50.0
MIN_SHARE: Final = 0.05  # [unverified] of the locus' height; below, stray peaks are common
OTHER_PERSON_SHARE: Final = 0.3  # [unverified]


@dataclass(frozen=True, slots=True)
class ForeignAlleles:
    """What was found: marker -> alleles, and the median over loci of their share of the height."""

    alleles: dict[str, tuple[str, ...]]
    median_share: float

    @property
    def overwhelming(self) -> bool:
        """Tell whether the declared persons cannot be this sample's."""
        return self.median_share >= OTHER_PERSON_SHARE


def foreign_alleles(profile: PeakProfile, loci: Loci) -> ForeignAlleles:
    """Return the alleles of a sample that no contributor has and nothing explains."""
    limit = max(MIN_RFU, loci.limit_rfu)
    strange: dict[str, tuple[str, ...]] = {}
    shares = []
    for locus in loci.used:
        peaks = [p for p in profile.peaks if marker_key(p.marker) == locus.key and p.allele not in {"", "OL"}]
        found = _strange(locus, [p for p in peaks if p.height_rfu >= limit], profile)
        total = sum(locus.heights_rfu.values())
        share = sum(p.height_rfu for p in found) / total if total > 0 else 0.0
        shares.append(share)
        if share >= MIN_SHARE:
            strange[locus.marker] = tuple(dict.fromkeys(p.allele for p in found))
    return ForeignAlleles(strange, float(np.median(shares)) if shares else 0.0)


def _strange(locus: Locus, peaks: list[Peak], profile: PeakProfile) -> list[Peak]:
    """Return the peaks of a locus that are nobody's allele and unexplained."""
    own = {allele_length(allele) for allele in locus.alleles} | set(locus.alleles)
    return [
        peak
        for peak in peaks
        if peak.allele not in own
        and allele_length(peak.allele) not in own
        and not explanation(peak, peaks, profile.peaks)
    ]
