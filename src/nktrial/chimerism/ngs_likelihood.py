"""Likelihood of reads at markers with two alleles, for given shares of known persons.

Definition
    At marker m the persons' DNA holds the alternative allele with the proportion q = sum_k w_k g_km / 2 (g 0, 1 or 2
    copies). Amplification multiplies its odds by b_m: h = b q / (1 + (b - 1) q). A read is misread with probability
    eps: p = eps + (1 - 2 eps) h. The k of n reads with the allele are beta-binomial with mean p and intra-marker
    correlation r = rho + s_m^2 p (1 - p): rho is common to all markers (sampling of genomes, uneven amplification);
    s_m is the standard deviation of log b_m, which is known from heterozygous references only so far (delta method: the
    variance of p that it causes is s^2 p^2 (1 - p)^2). Weak log-normal priors hold rho and eps in place.

Not decided here
    The bias and its standard deviation (``ngs_bias``), and the search for the maximum (``ngs_fit``).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, gammaln

__all__ = [
    "EPSILON_PRIOR",
    "RHO_PRIOR",
    "MarkerData",
    "alt_proportion",
    "correlation",
    "log_probability",
    "loss_and_slope",
]

FloatArray = NDArray[np.float64]
RHO_PRIOR: Final = (np.log(3e-5), 1.5)  # [unverified] mean and sd of log rho
EPSILON_PRIOR: Final = (np.log(1e-4), 1.5)  # [unverified] mean and sd of log eps
MAX_CORRELATION: Final = 0.5


@dataclass(frozen=True, slots=True)
class MarkerData:
    """The markers of one sample that enter the fit.

    Parameters
    ----------
    markers : tuple of str
        M names.
    copies : (K, M) float
        Copies of the alternative allele of each person: 0, 1 or 2.
    alt, depth : (M,) float
        Reads with the alternative allele; reads with either.
    bias, bias_sd : (M,) float
        Factor on the odds of the alternative allele; standard deviation of its logarithm.
    """

    markers: tuple[str, ...]
    copies: FloatArray
    alt: FloatArray
    depth: FloatArray
    bias: FloatArray
    bias_sd: FloatArray

    def without(self, marker: int) -> "MarkerData":
        """Return the data without one marker."""
        keep = np.arange(self.alt.size) != marker
        return self.only(keep)

    def only(self, keep: NDArray[np.bool_]) -> "MarkerData":
        """Return some of the markers."""
        names = tuple(name for name, kept in zip(self.markers, keep, strict=True) if kept)
        return MarkerData(
            names, self.copies[:, keep], self.alt[keep], self.depth[keep], self.bias[keep], self.bias_sd[keep]
        )


def alt_proportion(data: MarkerData, shares: FloatArray, epsilon: float) -> FloatArray:
    """Return p, the expected proportion of reads with the alternative allele: (..., M) for shares (..., K)."""
    q = np.clip(shares @ data.copies / 2.0, 0.0, 1.0)
    h = data.bias * q / (1.0 + (data.bias - 1.0) * q)
    return np.asarray(epsilon + (1.0 - 2.0 * epsilon) * h)


def correlation(data: MarkerData, p: FloatArray, rho: float) -> FloatArray:
    """Return r, the intra-marker correlation at expected proportions p."""
    return np.asarray(np.minimum(rho + data.bias_sd**2 * p * (1.0 - p), MAX_CORRELATION))


def log_probability(alt: FloatArray, depth: FloatArray, p: FloatArray, r: FloatArray) -> FloatArray:
    """Return the logarithm of the beta-binomial probability of ``alt`` in ``depth``, mean p, correlation r."""
    c = 1.0 / r - 1.0
    a, b = p * c, (1.0 - p) * c
    ways = gammaln(depth + 1.0) - gammaln(alt + 1.0) - gammaln(depth - alt + 1.0)
    return np.asarray(ways + betaln(alt + a, depth - alt + b) - betaln(a, b))


def loss_and_slope(
    data: MarkerData, shares: FloatArray, log_rho: float, log_epsilon: float
) -> tuple[float, FloatArray, float, float]:
    """Return minus the penalised log-likelihood and its slopes in shares (K,), log rho and log eps."""
    rho, epsilon = float(np.exp(log_rho)), float(np.exp(log_epsilon))
    q = np.clip(shares @ data.copies / 2.0, 0.0, 1.0)
    turn = 1.0 + (data.bias - 1.0) * q
    h = data.bias * q / turn
    p = epsilon + (1.0 - 2.0 * epsilon) * h
    r = correlation(data, p, rho)
    c = 1.0 / r - 1.0
    a, b = p * c, (1.0 - p) * c
    miss = data.depth - data.alt
    terms = betaln(data.alt + a, miss + b) - betaln(a, b)
    both = digamma(a + b) - digamma(data.depth + a + b)
    in_a = digamma(data.alt + a) - digamma(a) + both
    in_b = digamma(miss + b) - digamma(b) + both
    free = r < MAX_CORRELATION
    in_r = -(p * in_a + (1.0 - p) * in_b) / r**2 * free
    in_p = c * (in_a - in_b) + in_r * data.bias_sd**2 * (1.0 - 2.0 * p)
    in_q = in_p * (1.0 - 2.0 * epsilon) * data.bias / turn**2
    (rho_mean, rho_sd), (epsilon_mean, epsilon_sd) = RHO_PRIOR, EPSILON_PRIOR
    rho_off, epsilon_off = (log_rho - rho_mean) / rho_sd, (log_epsilon - epsilon_mean) / epsilon_sd
    loss = -float(terms.sum()) + 0.5 * float(rho_off**2 + epsilon_off**2)
    slope_rho = -float(in_r.sum()) * rho + float(rho_off / rho_sd)
    slope_epsilon = -float((in_p * (1.0 - 2.0 * h)).sum()) * epsilon + float(epsilon_off / epsilon_sd)
    return loss, np.asarray(-(data.copies / 2.0) @ in_q), slope_rho, slope_epsilon
