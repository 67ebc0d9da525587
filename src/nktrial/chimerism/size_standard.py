"""The size standard of a lane: which of its peaks is which fragment.

Definition
    The level of the standard is the height of the (N/3)-th tallest peak in the later half of the last dye, N
    being the number of fragments, so that neither the primer front nor side peaks of an overloaded standard set
    it. Candidates are the peaks of 0.3 to 4 times that level, at most 2 N + 20 of them. Every pair of
    candidates is tried as the first and the last fragment with five bows of up to +-4 % between them; the best
    of these guesses are refined by a cubic polynomial, scan on length, each fragment taking the nearest
    candidate. A lane may lack up to three of the longest and one of the shortest fragments. A fit is accepted
    when every remaining fragment is found, in order, with rms <= 1.0 bp. All of the kit's standards are tried, its own
    first, then the one that the file's tag names, then the others; a later one is taken only where its score (rms plus
    0.1 bp a missing fragment) is lower by more than 0.3 bp.

Not decided here
    The length of a peak (``sizing``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.peaks import FoundPeaks
from nktrial.core.errors import MethodError
from nktrial.model.kit import SizeStandard
from nktrial.model.method import Method

__all__ = ["METHOD", "StandardFit", "fit_standard"]

METHOD: Final = Method(name="chimerism.size_standard", version=2, source="nktrial")
LEAST_OF_LEVEL: Final = 0.3  # [unverified] the 600 of ILS 600 falls to a third in slow runs
MOST_OF_LEVEL: Final = 4.0  # [unverified] every fifth fragment of ILS 600 is twice as high
SPARE_CANDIDATES: Final = 20
BOWS: Final = (0.0, -0.02, 0.02, -0.04, 0.04)
LEAST_SCANS_PER_BP: Final = 4.0
MOST_SCANS_PER_BP: Final = 40.0
GUESSES: Final = 12
REFINEMENTS: Final = 4
GUESS_CAP_BP: Final = 3.0
# [unverified] cubic residual: 0.22-0.29 bp for ILS 600 and 0.61-0.69 bp for GS500, whose 340 runs 1.7 bp off.
MOST_RMS_BP: Final = 1.0
MOST_MISSING_LONG: Final = 3
MOST_MISSING_SHORT: Final = 1
FEWEST_FRAGMENTS: Final = 8
MISSING_COST_BP: Final = 0.1  # [unverified] a missing fragment must earn its loss by a better fit
# [unverified] a lane of GS600 read as GS500 lacks four fragments and has rms 0.84 bp, read as GS600 less than 0.2 bp
BETTER_BY_BP: Final = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class StandardFit:
    """The fragments found.

    Parameters
    ----------
    name : str
        Of the size standard.
    scan, size_bp : (m,) float
        Apex and length of each fragment found, increasing.
    expected : int
        Fragments that the standard has.
    rms_bp : float
        Root mean square residual of the cubic fit, scan on length, divided by its slope [bp].
    height_rfu : float
        Median height of the fragments [RFU].
    """

    name: str
    scan: NDArray[np.float64]
    size_bp: NDArray[np.float64]
    expected: int
    rms_bp: float
    height_rfu: float

    @property
    def found(self) -> int:
        """Return the number of fragments found."""
        return int(self.scan.size)


def fit_standard(peaks: FoundPeaks, standards: Sequence[SizeStandard], *, tag: str = "") -> StandardFit:
    """Find the fragments of the size standard that ran.

    Parameters
    ----------
    peaks : FoundPeaks
        Of the size standard's dye.
    standards : sequence of SizeStandard
        The kit's, its own first.
    tag : str
        Name by the file; it only changes the order after the first, and so which of two that fit alike is taken.

    Returns
    -------
    StandardFit
        Of the first standard in that order than which no other fits clearly better.

    Raises
    ------
    MethodError
        NK-SIZ-02 too few peaks in the size standard's channel; NK-SIZ-03 no standard fits them.
    """
    if peaks.apex.size < FEWEST_FRAGMENTS:
        raise MethodError(
            "NK-SIZ-02",
            f"the size standard's channel has {peaks.apex.size} peaks, expected at least {FEWEST_FRAGMENTS}.",
            where="size standard",
            remedy="Check that the size standard was added and that the lane was injected; run it again.",
        )
    best: StandardFit | None = None
    best_rms = float("inf")
    for standard in _in_order(standards, tag):
        fit = _fit(peaks, standard)
        if fit is None:
            continue
        best_rms = min(best_rms, fit.rms_bp)
        if fit.rms_bp <= MOST_RMS_BP and (best is None or _score(fit) < _score(best) - BETTER_BY_BP):
            best = fit
    if best is not None:
        return best
    names = ", ".join(standard.name for standard in standards)
    reached = f"; the best fit has rms {best_rms:.2f} bp" if np.isfinite(best_rms) else ""
    raise MethodError(
        "NK-SIZ-03",
        f"sizing failed: none of {names} fits the {peaks.apex.size} peaks with rms <= {MOST_RMS_BP} bp{reached}.",
        where="size standard",
        remedy="Check that the kit is the right one; if it is, inject the sample again.",
    )


def _score(fit: StandardFit) -> float:
    """Return what tells fits apart: rms, and a cost for each missing fragment [bp]."""
    return fit.rms_bp + MISSING_COST_BP * (fit.expected - fit.found)


def _in_order(standards: Sequence[SizeStandard], tag: str) -> list[SizeStandard]:
    """Put the kit's own first, then the one that the tag names."""
    word = _folded(tag)
    rest = sorted(standards[1:], key=lambda standard: _folded(standard.name) not in word if word else True)
    return [standards[0], *rest]


def _folded(name: str) -> str:
    """Fold case and drop what is no letter or digit."""
    return "".join(char for char in name.casefold() if char.isalnum())


def _fit(peaks: FoundPeaks, standard: SizeStandard) -> StandardFit | None:
    """Return the best fit of one standard, with as few fragments missing as may be."""
    fragments = np.asarray(standard.fragments_bp)
    best, best_score = None, float("inf")
    for missing_long in range(MOST_MISSING_LONG + 1):
        for missing_short in range(MOST_MISSING_SHORT + 1):
            part = fragments[missing_short : fragments.size - missing_long]
            if part.size < FEWEST_FRAGMENTS:
                continue
            fit = _fit_part(peaks, standard, part)
            if fit is not None and _score(fit) < best_score:
                best, best_score = fit, _score(fit)
    return best


def _fit_part(peaks: FoundPeaks, standard: SizeStandard, fragments: NDArray[np.float64]) -> StandardFit | None:
    """Return the fit in which all the given fragments are found, or None."""
    chosen = _candidates(peaks, fragments.size)
    if chosen.size < fragments.size:
        return None
    scans = peaks.apex[chosen]
    guesses = _guesses(scans, fragments)
    if not guesses.size:
        return None
    places, rms = _refined(scans, fragments, guesses)
    best = int(np.argmin(rms))
    if not np.isfinite(rms[best]):
        return None
    height = float(np.median(peaks.height_rfu[chosen][places[best]]))
    found = scans[places[best]]
    return StandardFit(standard.name, found, fragments, len(standard.fragments_bp), float(rms[best]), height)


def _candidates(peaks: FoundPeaks, wanted: int) -> NDArray[np.intp]:
    """Return the peaks that may be fragments, in order of time."""
    late = np.sort(peaks.height_rfu[peaks.apex > peaks.apex[-1] / 2.0])[::-1]
    level = late[min(max(wanted // 3, 1), late.size) - 1]
    fits = (peaks.height_rfu >= level * LEAST_OF_LEVEL) & (peaks.height_rfu <= level * MOST_OF_LEVEL)
    order = np.argsort(np.where(fits, -peaks.height_rfu, np.inf), kind="stable")
    return np.sort(order[: min(int(fits.sum()), 2 * wanted + SPARE_CANDIDATES)])


def _guesses(scans: NDArray[np.float64], fragments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected scans of the fragments under the most promising pairs of first and last."""
    span = fragments[-1] - fragments[0]
    first, last = np.triu_indices(scans.size, k=fragments.size - 1)
    slope = (scans[last] - scans[first]) / span
    keep = (slope >= LEAST_SCANS_PER_BP) & (slope <= MOST_SCANS_PER_BP)
    first, last, slope = first[keep], last[keep], slope[keep]
    if not first.size:
        return np.empty((0, fragments.size))
    u = (fragments - fragments[0]) / span
    expected, scores = [], []
    for bow in BOWS:
        at = scans[first, None] + (scans[last] - scans[first])[:, None] * (u + 4.0 * bow * u * (1.0 - u))
        off = np.minimum(_distance(scans, at) / slope[:, None], GUESS_CAP_BP)
        expected.append(at)
        scores.append(np.sqrt(np.mean(off * off, axis=1)))
    order = np.argsort(np.concatenate(scores), kind="stable")[:GUESSES]
    return np.asarray(np.concatenate(expected)[order])


def _distance(scans: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of each expected position to the nearest candidate."""
    return np.asarray(np.abs(scans[_nearest(scans, at)] - at))


def _nearest(scans: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the nearest candidate of each expected position."""
    after = np.clip(np.searchsorted(scans, at), 1, scans.size - 1)
    nearer = np.abs(scans[after - 1] - at) <= np.abs(scans[after] - at)
    return np.where(nearer, after - 1, after)


def _refined(
    scans: NDArray[np.float64], fragments: NDArray[np.float64], expected: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Give each fragment its nearest candidate, fit a cubic, predict, and repeat; return places and rms [bp] by guess.

    The fragments are fixed, so that the fit and its slope are one matrix each. The rms of a guess that takes a
    candidate twice is infinite.
    """
    x = 2.0 * (fragments - fragments[0]) / (fragments[-1] - fragments[0]) - 1.0
    powers = np.vander(x, 4, increasing=True)
    solve = np.linalg.pinv(powers)
    fit = powers @ solve
    slopes = (powers[:, :3] * np.array([1.0, 2.0, 3.0])) @ solve[1:] * (2.0 / (fragments[-1] - fragments[0]))
    places = _nearest(scans, expected)
    for _ in range(REFINEMENTS):
        places = _nearest(scans, scans[places] @ fit.T)
    taken = scans[places]
    expected = taken @ fit.T
    slope = taken @ slopes.T
    usable = np.all(np.diff(places, axis=1) > 0, axis=1) & np.all(slope > 0, axis=1)
    residual = (taken - expected) / np.where(slope > 0, slope, 1.0)
    return places, np.where(usable, np.sqrt(np.mean(residual * residual, axis=1)), np.inf)
