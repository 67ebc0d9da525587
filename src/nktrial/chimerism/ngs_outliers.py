"""Markers that contradict all others.

Definition
    The two markers with the largest standardised residuals, where these exceed 2.5, are left out in turn and the
    others fitted again. A marker whose reads then have a two-sided beta-binomial probability below 0.00001 is outlying;
    the least probable is left out, and the search begins anew. At most a fifth of the markers, and five stay.

Not decided here
    Why: a swapped genotype, a lost allele (relapse with loss of heterozygosity), another person's DNA.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from nktrial.chimerism.ngs_fit import CountFit, fit_counts
from nktrial.chimerism.ngs_likelihood import MarkerData, alt_proportion, correlation, log_probability

__all__ = ["OutlyingMarkers", "fit_without_outlying", "two_sided_probability"]

FloatArray = NDArray[np.float64]
SUSPECT: Final = 2.5
LEAST_PROBABILITY: Final = 1e-5  # [unverified]
LARGEST_PART: Final = 0.2
STAY: Final = 5
SUMMED_UP_TO: Final = 200_000


@dataclass(frozen=True, slots=True)
class OutlyingMarkers:
    """The markers kept, their fit, and the markers left out with their probability."""

    data: MarkerData
    fit: CountFit
    outlying: dict[str, float]


def fit_without_outlying(data: MarkerData) -> OutlyingMarkers:
    """Fit all markers, then without those that contradict all others."""
    fit = fit_counts(data)
    outlying: dict[str, float] = {}
    most = min(int(LARGEST_PART * data.alt.size), data.alt.size - STAY)
    while len(outlying) < most:
        found: list[tuple[float, str, MarkerData, CountFit]] = []
        residuals = _residuals(data, fit)
        for marker in np.argsort(-residuals)[:2]:
            if residuals[marker] < SUSPECT:
                continue
            rest = data.without(int(marker))
            again = fit_counts(rest)
            found.append((_probability(data, int(marker), again), data.markers[marker], rest, again))
        if not found:
            break
        probability, name, rest, again = min(found, key=lambda item: item[0])
        if probability >= LEAST_PROBABILITY:
            break
        outlying[name] = probability
        data, fit = rest, again
    return OutlyingMarkers(data, fit, outlying)


def two_sided_probability(alt: int, depth: int, p: float, r: float) -> float:
    """Return twice the smaller beta-binomial tail; beyond 200,000 reads by the beta distribution of like variance."""
    if depth <= SUMMED_UP_TO:
        every = np.arange(depth + 1, dtype=np.float64)
        mass = np.exp(log_probability(every, *(np.full(1, value) for value in (float(depth), p, r))))
        return float(min(1.0, 2.0 * min(mass[: alt + 1].sum(), mass[alt:].sum())))
    c = 1.0 / (r + (1.0 - r) / depth) - 1.0
    below = float(betainc(p * c, (1.0 - p) * c, alt / depth))
    return min(1.0, 2.0 * min(below, 1.0 - below))


def _residuals(data: MarkerData, fit: CountFit) -> FloatArray:
    """Return absolute standardised residuals, (M,)."""
    p = alt_proportion(data, fit.shares, fit.epsilon)
    r = correlation(data, p, fit.rho)
    sd = np.sqrt(data.depth * p * (1.0 - p) * (1.0 + (data.depth - 1.0) * r))
    return np.asarray(np.abs(data.alt - data.depth * p) / sd)


def _probability(data: MarkerData, marker: int, fit: CountFit) -> float:
    """Return the probability of one marker's reads under a fit without it."""
    p = alt_proportion(data, fit.shares, fit.epsilon)
    r = correlation(data, p, fit.rho)
    return two_sided_probability(int(data.alt[marker]), int(data.depth[marker]), float(p[marker]), float(r[marker]))
