"""The likelihood of peak heights given the contributors' shares.

Definition
    The expected dose of an allele is what the persons who have it give, with the stutter of its neighbours:
    m = sum_k w_k n_k,a + t + b, t = sum_k w_k (xi n_k,a+1 + phi n_k,a-1), with copies n, shares w, back stutter xi and
    forward stutter phi (each relative to the parent's typical stutter, ``mixture_stutter``), and a background b that
    lets a stray peak be. log H is normal about log(A m) + a_l + beta x with variance
    log(1 + tau^2 + (kappa^2 q + (t/4)^2) / m^2), q = m with t counted at 0.1: a locus effect a_l ~ N(0, s^2) common to
    the locus' alleles, a slope beta over fragment length (degradation), a small variation tau of every peak, and one,
    kappa, that grows as the dose falls, because copies are drawn as molecules from the template (Gill P et al. 2005,
    Nucleic Acids Res 33:632). Stutter, made of many molecules of its parent, varies less than an allele of its height.
    A missing allele counts with P(H < limit). The locus effect is integrated out: exactly where all alleles are seen,
    else by Gauss-Hermite quadrature about that solution.

Not decided here
    Which shares fit best (``mixture_fit``), and which loci may be used (``mixture_loci``).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

__all__ = [
    "TYPICAL_STUTTER",
    "Dose",
    "LocusData",
    "Nuisance",
    "StutterPrior",
    "expected_dose",
    "log_likelihood",
    "log_variance",
]

FloatArray = NDArray[np.float64]
BACKGROUND_DOSE: Final = 0.001  # [unverified] stray signal as a share of one allele copy
STUTTER_SAMPLING: Final = 0.1  # [unverified] sampling variance of stutter against an allele's of the same dose
STUTTER_CV: Final = 0.25  # [unverified] of stutter about the regression on the allele, however tall
NODES, WEIGHTS = np.polynomial.hermite.hermgauss(7)
LOG_WEIGHTS: Final = np.log(WEIGHTS / np.sqrt(np.pi))
LOG_2PI: Final = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class StutterPrior:
    """What is known of a sample's stutter before it is fitted: log-normal about a centre.

    Parameters
    ----------
    back, forward : float
        Centres of xi and phi, as shares of the parent's height.
    back_sd, forward_sd : float
        Standard deviations of their natural logs.
    """

    back: float
    forward: float
    back_sd: float
    forward_sd: float


# Customary levels; the widths are [unverified].
TYPICAL_STUTTER: Final = StutterPrior(0.07, 0.008, 0.3, 0.4)


@dataclass(frozen=True, slots=True, eq=False)
class LocusData:
    """The alleles of L loci, padded to B alleles a locus, for K persons.

    Parameters
    ----------
    copies, back, forward : (K, L, B) float
        Copies of the allele itself, of the allele one repeat longer (whose back stutter falls here) and of the one
        that is one repeat shorter (forward stutter), weighted by the locus' relative stutter.
    log_height : (L, B) float
        Natural log of the height [log RFU]; 0 where not seen.
    seen, missing : (L, B) bool
        Height known; height only known to lie below ``log_limit``. Both False: padding.
    log_limit : (L, B) float
        Natural log of the limit of detection of a missing allele [log RFU].
    length : (L, B) float
        (fragment length - 200 bp) / 100 bp.
    stutter : StutterPrior
        Of the sample: typical, or learned from references (``reference_evidence``).
    """

    copies: FloatArray
    back: FloatArray
    forward: FloatArray
    log_height: FloatArray
    seen: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    log_limit: FloatArray
    length: FloatArray
    stutter: StutterPrior = TYPICAL_STUTTER

    def without(self, locus: int) -> "LocusData":
        """Return the data without one locus."""
        return self.only(np.flatnonzero(np.arange(self.seen.shape[0]) != locus))

    def only(self, loci: NDArray[np.intp]) -> "LocusData":
        """Return the data of some loci."""
        return replace(
            self,
            copies=self.copies[:, loci],
            back=self.back[:, loci],
            forward=self.forward[:, loci],
            log_height=self.log_height[loci],
            seen=self.seen[loci],
            missing=self.missing[loci],
            log_limit=self.log_limit[loci],
            length=self.length[loci],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Nuisance:
    """All that is not a share, for P parameter sets: each (P,) float.

    ``log_amplitude`` of one allele copy of the whole mixture [log RFU]; ``slope`` beta per 100 bp; ``tau``, ``kappa``,
    ``back`` (xi), ``forward`` (phi), ``locus_sd`` (s).
    """

    log_amplitude: FloatArray
    slope: FloatArray
    tau: FloatArray
    kappa: FloatArray
    back: FloatArray
    forward: FloatArray
    locus_sd: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Dose:
    """Of every allele the expected dose m, its sampled part q, its stutter t; each (P, L, B), in copies."""

    expected: FloatArray
    sampled: FloatArray
    stutter: FloatArray


def expected_dose(data: LocusData, shares: FloatArray, nuisance: Nuisance) -> Dose:
    """Return the expected dose of every allele; shares are (P, K)."""
    k = shares.shape[1]
    shape = (shares.shape[0], *data.seen.shape)
    own = shares @ data.copies.reshape(k, -1) + BACKGROUND_DOSE
    stutter = nuisance.back[:, None] * (shares @ data.back.reshape(k, -1))
    stutter += nuisance.forward[:, None] * (shares @ data.forward.reshape(k, -1))
    sampled = own + STUTTER_SAMPLING * stutter
    return Dose((own + stutter).reshape(shape), sampled.reshape(shape), stutter.reshape(shape))


def log_variance(dose: Dose, nuisance: Nuisance) -> FloatArray:
    """Return the variance of log H about its locus' level, (P, L, B)."""
    varied = nuisance.kappa[:, None, None] ** 2 * dose.sampled + (STUTTER_CV * dose.stutter) ** 2
    return np.asarray(np.log1p(nuisance.tau[:, None, None] ** 2 + varied / dose.expected**2))


def log_likelihood(data: LocusData, shares: FloatArray, nuisance: Nuisance) -> FloatArray:
    """Return the log-likelihood of each locus for each of P parameter sets.

    Parameters
    ----------
    data : LocusData
        L loci.
    shares : (P, K) float
        Shares of the persons, each row sums to 1.
    nuisance : Nuisance
        P sets.

    Returns
    -------
    (P, L) float
    """
    dose = expected_dose(data, shares, nuisance)
    variance = log_variance(dose, nuisance)
    level = nuisance.log_amplitude[:, None, None] + np.log(dose.expected) - 0.5 * variance
    level += nuisance.slope[:, None, None] * data.length
    weight = np.where(data.seen, 1.0 / variance, 0.0)
    error = np.where(data.seen, data.log_height - level, 0.0)
    prior = 1.0 / nuisance.locus_sd[:, None] ** 2
    precision = prior + weight.sum(axis=2)
    pulled = (weight * error).sum(axis=2)
    out = -0.5 * (
        np.where(data.seen, np.log(variance) + LOG_2PI, 0.0).sum(axis=2)
        + np.log(precision / prior)
        + (weight * error**2).sum(axis=2)
        - pulled**2 / precision
    )
    partial = np.flatnonzero(data.missing.any(axis=1))
    if partial.size:
        effect = (pulled / precision)[:, partial, None] + np.sqrt(2.0 / precision[:, partial, None]) * NODES
        gap = (data.log_limit[partial] - level[:, partial]) / np.sqrt(variance[:, partial])
        scale = 1.0 / np.sqrt(variance[:, partial])
        below = np.zeros(effect.shape)
        for allele in range(data.seen.shape[1]):
            at = data.missing[partial, allele]
            if at.any():
                distance = gap[:, at, allele, None] - effect[:, at] * scale[:, at, allele, None]
                below[:, at] += log_ndtr(distance)
        top = below.max(axis=2, keepdims=True)
        out[:, partial] += np.log((np.exp(below - top + LOG_WEIGHTS)).sum(axis=2)) + top[:, :, 0]
    return np.asarray(out)
