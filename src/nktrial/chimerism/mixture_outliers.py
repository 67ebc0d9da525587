"""Outlying loci: those that contradict all others, found by leaving one out.

Definition
    Two loci are suspect: the one whose heights lie farthest from the fit, and the one without which the rest would
    most gain from other shares. Each is left out and the rest fitted again. It is outlying where its squared distance
    from that second fit, with the locus' common effect free, has a probability below 0.00001 under chi-square. Then
    the next is tried, up to a fifth of the loci; five always stay.

Not decided here
    What made it so: pull-up, a mutation, relapse with loss of an allele, a wrong reference.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, log_ndtr

from nktrial.chimerism.likelihood import LocusData, expected_dose, log_likelihood, log_variance
from nktrial.chimerism.mixture_fit import FitPoint, best_fit, nuisance_of

__all__ = ["OutlyingLoci", "fit_without_outliers", "locus_distances"]

FloatArray = NDArray[np.float64]
PROBABILITY: Final = 1e-5  # [unverified] two-sided 4 sd is 6e-5; some 15 loci are tried
SUSPECT: Final = 0.02  # [unverified] below this the locus is worth a second fit
TOWARDS: Final = (0.02, 0.05, 0.1, 0.2, 0.4)  # steps of the shares towards one person alone
AWAY: Final = (0.25, 0.5, 1.0)  # and away from one person
MAX_SHARE: Final = 0.2
MIN_LOCI: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class OutlyingLoci:
    """The fit without outlying loci; their rows in the full data, the most outlying first; the fit with all."""

    best: FitPoint
    data: LocusData
    rows: tuple[int, ...]
    full: FitPoint


def fit_without_outliers(data: LocusData) -> OutlyingLoci:
    """Fit all loci, then leave out those that contradict the rest."""
    full = best = best_fit(data)
    kept = list(range(data.seen.shape[0]))
    dropped: list[int] = []
    allowed = int(MAX_SHARE * len(kept))
    while len(dropped) < allowed and len(kept) > MIN_LOCI:
        found = _most_outlying(data, best)
        if found is None:
            break
        suspect, best = found
        dropped.append(kept.pop(suspect))
        data = data.without(suspect)
    return OutlyingLoci(best, data, tuple(dropped), full)


def _most_outlying(data: LocusData, best: FitPoint) -> tuple[int, FitPoint] | None:
    """Return the locus that contradicts the rest most and the fit of the rest, or None."""
    probability = locus_distances(data, best)
    suspects = {_most_pulling(data, best)}
    if probability.min() < SUSPECT:
        suspects.add(int(np.argmin(probability)))
    found: tuple[float, int, FitPoint] | None = None
    for suspect in sorted(suspects):
        rest = data.without(suspect)
        if not rest.seen.any():
            continue
        again = best_fit(rest, best)
        far = float(locus_distances(data, again)[suspect])
        if far < PROBABILITY and (found is None or far < found[0]):
            found = (far, suspect, again)
    return None if found is None else found[1:]


def _most_pulling(data: LocusData, best: FitPoint) -> int:
    """Return the locus without which the others' likelihood would gain most from other shares."""
    shares = best.shares
    vertices = np.eye(shares.size)
    moved = [(1.0 - part) * shares + part * vertex for part in TOWARDS for vertex in vertices]
    moved += [shares * (1.0 - part * vertex) + 1e-9 for part in AWAY for vertex in vertices]
    points = np.array([shares, *(point / point.sum() for point in moved)])
    nuisance = nuisance_of(np.tile(best.nuisance, (points.shape[0], 1)))
    terms = log_likelihood(data, points, nuisance)
    gain = terms - terms[:1]
    without = gain.sum(axis=1, keepdims=True) - gain
    return int(np.argmax(without.max(axis=0)))


def locus_distances(data: LocusData, point: FitPoint) -> FloatArray:
    """Return the probability (L,) of each locus' heights being as far from a fit as they are, or farther."""
    nuisance = nuisance_of(point.nuisance[None])
    dose = expected_dose(data, point.shares[None], nuisance)
    variance = log_variance(dose, nuisance)[0]
    level = point.nuisance[0] + np.log(dose.expected[0]) - 0.5 * variance + point.nuisance[1] * data.length
    weight = np.where(data.seen, 1.0 / variance, 0.0)
    error = np.where(data.seen, data.log_height - level, 0.0)
    prior = 1.0 / float(nuisance.locus_sd[0]) ** 2
    effect = (weight * error).sum(axis=1) / (weight.sum(axis=1) + prior)
    distance = (weight * (error - effect[:, None]) ** 2).sum(axis=1) + prior * effect**2
    gap = (data.log_limit - level - effect[:, None]) / np.sqrt(variance)
    distance = distance + np.where(data.missing, -2.0 * log_ndtr(gap), 0.0).sum(axis=1)
    freedom = data.seen.sum(axis=1) + 0.5 * data.missing.sum(axis=1)
    return np.asarray(gammaincc(np.maximum(freedom, 1.0) / 2.0, distance / 2.0))
