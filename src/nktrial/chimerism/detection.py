"""Limits of blank and of detection of each contributor in one sample.

Definition
    For a person's share x, the others keeping their ratio, the expected gain in log-likelihood of x over 0 is the
    Kullback-Leibler divergence D(x) of the peak heights that the fitted model expects: normal heights above the limit
    of detection, and the chance of being missing below it. The signed root sqrt(2 D) counts standard deviations. The
    limit of blank is the share with root 1.645 (a blank stays below in 95 of 100), the limit of detection the share
    with root 3.29 (found in 95 of 100): the definition of CLSI EP17 with the model's standard deviations.

Not decided here
    Whether a share below the limit is zero: it is reported as below the limit.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from nktrial.chimerism.likelihood import LocusData, expected_dose, log_variance
from nktrial.chimerism.mixture_fit import FitPoint, nuisance_of

__all__ = ["detection_limits"]

FloatArray = NDArray[np.float64]
Z95: Final = 1.6448536269514722
SHARES: Final[FloatArray] = np.concatenate([np.geomspace(1e-4, 0.3, 60), np.linspace(0.31, 0.99, 35)])
TINY: Final = 1e-300


def detection_limits(data: LocusData, best: FitPoint, *, dispersion: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Return the limit of blank and the limit of detection of each person, each (K,) as shares; 1 where beyond 0.99."""
    shares = best.shares
    blank, detection = np.ones(shares.size), np.ones(shares.size)
    for person in range(shares.size if shares.size > 1 else 0):
        roots = np.sqrt(2.0 * _divergence(data, best, person) / dispersion)
        roots = np.maximum.accumulate(roots)
        for limits, root in ((blank, Z95), (detection, 2.0 * Z95)):
            if roots[-1] >= root:
                limits[person] = float(np.interp(root, roots, SHARES))
    return blank, detection


def _divergence(data: LocusData, best: FitPoint, person: int) -> FloatArray:
    """Return D(x) for every x of ``SHARES``."""
    shares = best.shares
    others = shares.copy()
    others[person] = 0.0
    if others.sum() < 1e-9:
        others[:] = 1.0
        others[person] = 0.0
    others /= others.sum()
    grid = np.concatenate([[0.0], SHARES])
    mixed = grid[:, None] * np.eye(shares.size)[person] + (1.0 - grid[:, None]) * others
    nuisance = nuisance_of(np.tile(best.nuisance, (grid.size, 1)))
    dose = expected_dose(data, mixed, nuisance)
    variance = log_variance(dose, nuisance)
    level = best.nuisance[0] + np.log(dose.expected) - 0.5 * variance + best.nuisance[1] * data.length
    used = data.seen | data.missing
    gain = _truncated_divergence(level[1:], variance[1:], level[:1], variance[:1], data.log_limit)
    return np.asarray(np.where(used, gain, 0.0).sum(axis=(1, 2)))


def _truncated_divergence(
    mean: FloatArray, variance: FloatArray, mean0: FloatArray, variance0: FloatArray, limit: FloatArray
) -> FloatArray:
    """Return KL(p, p0) of normal log heights that are only seen above a limit."""
    sd, sd0 = np.sqrt(variance), np.sqrt(variance0)
    t, t0 = (limit - mean) / sd, (limit - mean0) / sd0
    below = ndtr(t)
    above = ndtr(-t)
    density = np.exp(-0.5 * t**2) / np.sqrt(2.0 * np.pi)
    # moments of z = (log H - mean) / sd over the part above the limit: E[z; z>t] = pdf(t), E[z^2; z>t] = t pdf(t) + P
    first, second = density, t * density + above
    shift = (mean - mean0) / sd0
    ratio = sd / sd0
    quadratic = shift**2 * above + 2.0 * shift * ratio * first + ratio**2 * second
    seen = above * np.log(sd0 / sd) - 0.5 * second + 0.5 * quadratic
    missing = below * (np.log(np.maximum(below, TINY)) - log_ndtr(t0))
    return np.asarray(np.maximum(seen + missing, 0.0))
