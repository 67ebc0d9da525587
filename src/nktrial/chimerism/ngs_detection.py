"""Limits of blank and of detection of a person's share in one sample, by simulation.

Definition
    The share x of a person, the others keeping their ratio, is estimated by weighted least squares of the proportions
    on x, with the variances of a blank. From the fitted rho, eps, bias and depth 2,000 blanks are drawn (x = 0; bias
    drawn anew from its uncertainty; fewer for more than 200 markers). The limit of blank is the 95 % quantile of
    their estimates, the limit of detection the smallest share of which 95 % of the simulated samples lie above the
    limit of blank (CLSI EP17). Generator and seed are fixed: the same sample has the same limits.

Not decided here
    Blanks that the laboratory measured: references that hold another person's reads raise the limits (``ngs``).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.ngs_fit import CountFit
from nktrial.chimerism.ngs_likelihood import MarkerData

__all__ = ["count_limits"]

FloatArray = NDArray[np.float64]
MOST_SIMULATED: Final = 2000
LEAST_SIMULATED: Final = 400
DRAWN: Final = 400_000  # values a draw: for large panels fewer samples are simulated, as each tells more
SEED: Final = 20180917
LEAST_EPSILON: Final = 1e-5  # [unverified] a sample without any misread does not prove that there are none
HALVINGS: Final = 14
FOUND: Final = 0.95


def count_limits(data: MarkerData, fit: CountFit, person: int) -> tuple[float, float]:
    """Return the limit of blank and the limit of detection of one person's share; (1, 1) for a single person."""
    persons = fit.shares.size
    if persons == 1:
        return 1.0, 1.0
    others = fit.shares.copy()
    others[person] = 0.0
    others = others / others.sum() if others.sum() > 1e-9 else (np.arange(persons) != person) / (persons - 1.0)
    own = np.eye(persons)[person]
    centre, variance = _moments(data, others, fit)
    slope = (_moments(data, 0.99 * others + 0.01 * own, fit)[0] - centre) / 0.01
    weight = slope / variance
    weight = weight / float(weight @ slope)

    def estimates(share: float) -> FloatArray:
        drawn = _drawn(data, (1.0 - share) * others + share * own, fit)
        return np.asarray(np.maximum(0.0, (drawn - centre) @ weight))

    blank = float(np.quantile(estimates(0.0), 0.95))
    low, high = blank, 1.0
    for _ in range(HALVINGS):
        middle = np.sqrt(max(low, 1e-7) * high)
        if float(np.mean(estimates(float(middle)) > blank)) >= FOUND:
            high = float(middle)
        else:
            low = float(middle)
    return blank, high


def _moments(data: MarkerData, shares: FloatArray, fit: CountFit) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of each marker's proportion."""
    epsilon = max(fit.epsilon, LEAST_EPSILON)
    q = np.clip(shares @ data.copies / 2.0, 0.0, 1.0)
    h = data.bias * q / (1.0 + (data.bias - 1.0) * q)
    p = epsilon + (1.0 - 2.0 * epsilon) * h
    r = fit.rho + data.bias_sd**2 * p * (1.0 - p)
    return p, p * (1.0 - p) * (1.0 / data.depth + r)


def _drawn(data: MarkerData, shares: FloatArray, fit: CountFit) -> FloatArray:
    """Draw proportions of simulated samples, (S, M)."""
    rng = np.random.default_rng(SEED)
    epsilon = max(fit.epsilon, LEAST_EPSILON)
    samples = int(np.clip(DRAWN // data.depth.size, LEAST_SIMULATED, MOST_SIMULATED))
    bias = data.bias * np.exp(data.bias_sd * rng.standard_normal((samples, data.depth.size)))
    q = np.clip(shares @ data.copies / 2.0, 0.0, 1.0)
    p = epsilon + (1.0 - 2.0 * epsilon) * bias * q / (1.0 + (bias - 1.0) * q)
    c = 1.0 / fit.rho - 1.0
    level = rng.beta(p * c, (1.0 - p) * c)
    return np.asarray(rng.binomial(data.depth.astype(np.int64), level) / data.depth)
