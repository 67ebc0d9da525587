"""Alleles from lengths: bins, microvariants, and which peaks are the sample's own.

Definition
    A peak within 0.5 bp of a rung takes its name, the nearer rung where two reach so far. Elsewhere in the
    locus it is off ladder: it is named by whole base pairs from the nearest rung (three repeats and 2 bp above
    12 of a tetranucleotide: 15.2) if it lies within 0.35 bp of one, else ``OL``. A peak counts as stutter when
    it is no higher than b H(+1 repeat) + f H(-1 repeat) + d H(+2 repeats), with b = 2 x the locus's typical
    back stutter + 0.02, f = 3 x forward stutter + 0.01 and d = 0.02; the limits double under a saturated
    parent. The alleles of a locus are the peaks above the analytical threshold without an artefact flag that
    reach 0.3 x the tallest of them.

Not decided here
    Contributors and genotypes (``genotype``, ``mixture``).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.ladder import LocusBins
from nktrial.model.method import Method
from nktrial.model.trace import Peak

__all__ = ["ARTEFACTS", "METHOD", "OFF_LADDER", "allele_name", "locus_alleles", "stutter_flags"]

METHOD: Final = Method(name="chimerism.alleles", version=1, source="nktrial; bins of +-0.5 bp: Gill 1996, Butler 2015")
OFF_LADDER: Final = "OL"
BIN_BP: Final = 0.5
MICROVARIANT_BP: Final = 0.35  # [unverified]
BACK_FACTOR: Final = 2.0  # [unverified] gives 0.06 (TH01) to 0.18 (D18S51); the makers' filters run from 0.05 to 0.17
BACK_MARGIN: Final = 0.02  # [unverified]
FORWARD_FACTOR: Final = 3.0  # [unverified]
FORWARD_MARGIN: Final = 0.01  # [unverified]
DOUBLE_BACK: Final = 0.02  # [unverified] typical 0.005
SATURATED_FACTOR: Final = 2.0  # [unverified] a cut-off parent makes the ratio too large
REPEAT_WINDOW_BP: Final = 0.6
BALANCE: Final = 0.3  # [unverified] sister alleles of one person usually keep 0.6; lower ones are reported as imbalance
ARTEFACTS: Final = frozenset({"stutter", "pull-up", "spike", "blob", "below-threshold"})


def allele_name(size_bp: float, bins: LocusBins) -> tuple[str, bool]:
    """Name the allele of a length.

    Parameters
    ----------
    size_bp : float
        Length of the peak [bp], inside the locus's range.
    bins : LocusBins
        The run's bins.

    Returns
    -------
    (str, bool)
        Name, and whether the length lies in a rung's bin; ``("OL", False)`` where it has no name.
    """
    nearest = int(np.argmin(np.abs(bins.size_bp - size_bp)))
    away = size_bp - float(bins.size_bp[nearest])
    rung = bins.locus.ladder[nearest].name
    if abs(away) <= BIN_BP:
        return rung, True
    repeat = bins.locus.repeat_bp
    steps = round(away)
    if repeat == 0 or abs(away - steps) > MICROVARIANT_BP:
        return OFF_LADDER, False
    whole, _, part = rung.partition(".")
    total = int(whole) * repeat + int(part or 0) + steps
    if total <= 0:
        return OFF_LADDER, False
    return f"{total // repeat}.{total % repeat}" if total % repeat else str(total // repeat), False


def stutter_flags(
    sizes: NDArray[np.float64], heights: NDArray[np.float64], saturated: NDArray[np.bool_], bins: LocusBins
) -> NDArray[np.bool_]:
    """Tell which peaks of one locus are no higher than stutter of the others explains.

    Parameters
    ----------
    sizes, heights : (n,) float
        Length [bp] and height [RFU] of the locus's peaks.
    saturated : (n,) bool
        Which of them are saturated.
    bins : LocusBins
        The locus.

    Returns
    -------
    (n,) bool
        All false where the locus has no repeats.
    """
    locus = bins.locus
    if locus.repeat_bp == 0 or sizes.size == 0:
        return np.zeros(sizes.size, dtype=bool)
    back = BACK_FACTOR * locus.back_stutter + BACK_MARGIN
    forward = FORWARD_FACTOR * locus.forward_stutter + FORWARD_MARGIN
    parent = heights * np.where(saturated, SATURATED_FACTOR, 1.0)
    repeats = (sizes[None, :] - sizes[:, None]) / locus.repeat_bp
    allowed = np.zeros(sizes.size)
    for distance, share in ((1, back), (-1, forward), (2, DOUBLE_BACK)):
        near = np.abs(repeats - distance) * locus.repeat_bp <= REPEAT_WINDOW_BP
        allowed += share * np.max(np.where(near, parent[None, :], 0.0), axis=1)
    return np.asarray(heights <= allowed)


def locus_alleles(peaks: Sequence[Peak]) -> tuple[tuple[str, ...], float]:
    """Return the alleles of one locus for a sample of one person.

    Parameters
    ----------
    peaks : sequence of Peak
        The locus's peaks with their flags.

    Returns
    -------
    (tuple of str, float)
        Names in order of length, and the height of the lowest of them as a share of the tallest; NaN where there is
        none.
    """
    real = [peak for peak in peaks if peak.allele and not ARTEFACTS & set(peak.flags)]
    if not real:
        return (), float("nan")
    tallest = max(peak.height_rfu for peak in real)
    kept = sorted((peak for peak in real if peak.height_rfu >= BALANCE * tallest), key=lambda peak: peak.size_bp)
    names = tuple(dict.fromkeys(peak.allele for peak in kept))
    return names, min(peak.height_rfu for peak in kept) / tallest
