"""Classical chimerism: the share of one person locus by locus, and the mean over loci.

Definition
    With H the height, U the alleles that only one side has, c their copies and T all alleles of the contributors:
    both sides unique: (H_Ud / c_d) / (H_Ud / c_d + H_Ur / c_r); only the person: (2 / c_d) H_Ud / H_T; only the other
    side: 1 - (2 / c_r) H_Ur / H_T. For three and more contributors only the person's own unique alleles serve. A locus
    is dropped where an allele of interest stands in a stutter position of a tall allele, where a shared
    computation leaves 0..1 by more than rounding, and where its share lies more than two standard deviations from
    the mean (once, never below three loci).

Not decided here
    This mean is shown beside the joint fit. It is not the result: it is biased by stutter and does not close to 1 over
    three persons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.chimerism.marker import allele_length
from nktrial.chimerism.mixture_loci import Loci, Locus
from nktrial.model.method import Method

__all__ = ["METHOD", "ClassicalLocus", "ClassicalShare", "classical_share"]

METHOD: Final = Method(
    name="chimerism.classical",
    version=1,
    source="Thiede C et al. 1999, Bone Marrow Transplant 23:1055; Nollet F et al. 2001, Bone Marrow Transplant 28:511",
)
STUTTER_SHARE: Final = 0.15  # [unverified] an allele below this share of its neighbour may be that one's stutter
OUTLYING_SD: Final = 2.0
MIN_LOCI: Final = 3


@dataclass(frozen=True, slots=True)
class ClassicalLocus:
    """The share of the person at one locus, None where the locus tells nothing; ``used`` and why not."""

    marker: str
    share: float | None
    used: bool
    note: str


@dataclass(frozen=True, slots=True)
class ClassicalShare:
    """The classical result for one person.

    Parameters
    ----------
    person : str
        Whose share.
    loci : tuple of ClassicalLocus
        In the order of the loci.
    mean, sd, cv : float or None
        Over the loci used; sd with n - 1; None where there are none (mean), fewer than two (sd), or the mean is 0 (cv).
    """

    person: str
    loci: tuple[ClassicalLocus, ...]
    mean: float | None
    sd: float | None
    cv: float | None


def classical_share(loci: Loci, persons: Sequence[str], person: str) -> ClassicalShare:
    """Return the classical share of one of the contributors.

    Parameters
    ----------
    loci : Loci
        The sample's loci with the contributors' alleles.
    persons : sequence of str
        The contributors, in the order of the loci's pairs.
    person : str
        Whose share.
    """
    index = list(persons).index(person)
    rows = [_at_locus(locus, index) for locus in loci.loci]
    usable = np.array([row.share for row in rows if row.used and row.share is not None], dtype=np.float64)
    if usable.size > MIN_LOCI:
        low, high = usable.mean() - OUTLYING_SD * usable.std(ddof=1), usable.mean() + OUTLYING_SD * usable.std(ddof=1)
        within = usable[(usable >= low) & (usable <= high)]
        if MIN_LOCI <= within.size < usable.size:
            rows = [_without_outlying(row, float(low), float(high)) for row in rows]
            usable = within
    mean = float(usable.mean()) if usable.size else None
    sd = float(usable.std(ddof=1)) if usable.size > 1 else None
    return ClassicalShare(person, tuple(rows), mean, sd, sd / mean if sd is not None and mean else None)


def _at_locus(locus: Locus, index: int) -> ClassicalLocus:
    """Return the share at one locus."""
    if locus.reason:
        return ClassicalLocus(locus.marker, None, used=False, note=locus.reason)
    mine = locus.pairs[index]
    theirs = [allele for k, pair in enumerate(locus.pairs) if k != index for allele in pair]
    own = [allele for allele in dict.fromkeys(mine) if allele not in theirs]
    foreign = [allele for allele in dict.fromkeys(theirs) if allele not in mine]
    share = _share(locus, mine, theirs, own, foreign)
    if share is None:
        return ClassicalLocus(locus.marker, None, used=False, note="not informative")
    note = _stutter_note(locus, [*own, *foreign] if len(locus.pairs) == 2 else own)
    if not 0.0 <= share <= 1.0:
        note = note or f"the heights give {share:.2f}, outside 0 to 1"
    return ClassicalLocus(locus.marker, float(np.clip(share, 0.0, 1.0)), used=not note, note=note)


def _share(
    locus: Locus, mine: tuple[str, str], theirs: Sequence[str], own: Sequence[str], foreign: Sequence[str]
) -> float | None:
    """Apply the formula of the locus' class; None where it tells nothing or no peak is seen."""
    two_sided = len(locus.pairs) == 2
    total = sum(locus.heights_rfu.get(allele, 0.0) for allele in locus.alleles)
    h_own = sum(locus.heights_rfu.get(allele, 0.0) for allele in own)
    h_foreign = sum(locus.heights_rfu.get(allele, 0.0) for allele in foreign)
    c_own = sum(mine.count(allele) for allele in own)
    c_foreign = sum(theirs.count(allele) for allele in foreign)
    if own and foreign and two_sided:
        a, b = h_own / c_own, h_foreign / c_foreign
        return a / (a + b) if a + b > 0 else None
    if total <= 0:
        return None
    if own:
        return 2.0 / c_own * h_own / total
    if foreign and two_sided:
        return 1.0 - 2.0 / c_foreign * h_foreign / total
    return None


def _stutter_note(locus: Locus, telling: Sequence[str]) -> str:
    """Say whether an allele of interest may be the stutter of a tall neighbour."""
    by_length = {allele_length(allele): locus.heights_rfu.get(allele, 0.0) for allele in locus.alleles}
    for allele in telling:
        height = locus.heights_rfu.get(allele, 0.0)
        for repeats in (1, -1):
            parent = by_length.get(round(allele_length(allele) + repeats, 2), 0.0)
            if height < STUTTER_SHARE * parent:
                return f"allele {allele} stands in a stutter position"
    return ""


def _without_outlying(row: ClassicalLocus, low: float, high: float) -> ClassicalLocus:
    """Drop a locus whose share lies outside the limits."""
    if row.used and row.share is not None and not low <= row.share <= high:
        return ClassicalLocus(row.marker, row.share, used=False, note="more than two standard deviations from the mean")
    return row
