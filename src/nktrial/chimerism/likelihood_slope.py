"""The likelihood of one parameter set with its derivatives: what the search needs, in one pass.

Definition
    The same function as ``likelihood.log_likelihood``, summed over loci, with its exact derivatives by the chain rule
    through level and variance of each log height and through the locus effect's mean and precision.

Not decided here
    Anything: this is the fast twin, tested against differences of the plain one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from nktrial.chimerism.likelihood import (
    BACKGROUND_DOSE,
    LOG_2PI,
    LOG_WEIGHTS,
    NODES,
    STUTTER_CV,
    STUTTER_SAMPLING,
    LocusData,
)

__all__ = ["Prepared", "Slope", "prepare", "with_slope"]

FloatArray = NDArray[np.float64]
SQRT_2: Final = float(np.sqrt(2.0))


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Locus data with what does not change during a search: loci with a missing allele, seen as numbers."""

    data: LocusData
    seen: FloatArray
    partial: NDArray[np.int64]
    missing: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """Log-likelihood and its derivatives by the shares (K,) and by the seven nuisance parameters (7,).

    The nuisance parameters are log amplitude, slope, log tau, log kappa, log xi, log phi, log s.
    """

    value: float
    by_share: FloatArray
    by_nuisance: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Derivatives:
    """Derivatives by each allele's level and variance (L, B), and by each locus' prior precision (L,)."""

    value: float
    level: FloatArray
    variance: FloatArray
    prior: FloatArray


def prepare(data: LocusData) -> Prepared:
    """Prepare locus data for a search."""
    partial = np.flatnonzero(data.missing.any(axis=1))
    return Prepared(data, data.seen.astype(np.float64), partial, data.missing[partial])


def with_slope(prepared: Prepared, shares: FloatArray, nuisance: FloatArray) -> Slope:
    """Return the log-likelihood of one parameter set and its derivatives.

    Parameters
    ----------
    prepared : Prepared
        L loci.
    shares : (K,) float
        Shares of the persons.
    nuisance : (7,) float
        In the order of `Slope`.
    """
    data = prepared.data
    tau, kappa, back, forward, locus_sd = np.exp(nuisance[2:])
    each = back * data.back + forward * data.forward
    stutter = np.einsum("k,klb->lb", shares, each)
    own = np.einsum("k,klb->lb", shares, data.copies) + BACKGROUND_DOSE
    dose, sampled = own + stutter, own + STUTTER_SAMPLING * stutter
    varied = kappa**2 * sampled + (STUTTER_CV * stutter) ** 2
    spread = tau**2 + varied / dose**2
    variance = np.log1p(spread)
    level = nuisance[0] + np.log(dose) - 0.5 * variance + nuisance[1] * data.length
    found = _derivatives(prepared, level, variance, 1.0 / locus_sd**2)
    by_spread = (found.variance - 0.5 * found.level) / (1.0 + spread)
    by_varied = by_spread / dose**2
    by_dose = (found.level - 2.0 * by_varied * varied) / dose
    by_own = by_dose + by_varied * kappa**2
    by_stutter = by_dose + by_varied * (STUTTER_SAMPLING * kappa**2 + 2.0 * STUTTER_CV**2 * stutter)
    by_nuisance = np.array(
        [
            found.level.sum(),
            (found.level * data.length).sum(),
            2.0 * tau**2 * by_spread.sum(),
            2.0 * kappa**2 * (by_varied * sampled).sum(),
            back * (by_stutter * np.einsum("k,klb->lb", shares, data.back)).sum(),
            forward * (by_stutter * np.einsum("k,klb->lb", shares, data.forward)).sum(),
            -2.0 / locus_sd**2 * found.prior.sum(),
        ]
    )
    by_share = np.einsum("klb,lb->k", data.copies, by_own) + np.einsum("klb,lb->k", each, by_stutter)
    return Slope(found.value, by_share, by_nuisance)


def _derivatives(prepared: Prepared, level: FloatArray, variance: FloatArray, prior: float) -> _Derivatives:
    """Differentiate the seen heights' part, then add the missing alleles' part."""
    seen = prepared.seen
    weight = seen / variance
    error = seen * (prepared.data.log_height - level)
    precision = prior + weight.sum(axis=1)
    pulled = (weight * error).sum(axis=1)
    effect = pulled / precision
    value = -0.5 * float(
        (seen * (np.log(variance) + LOG_2PI)).sum()
        + np.log(precision / prior).sum()
        + (weight * error**2).sum()
        - (pulled * effect).sum()
    )
    rest = seen * (error - effect[:, None])
    by_level = weight * rest
    by_weight = 0.5 * seen * (variance - 1.0 / precision[:, None] - rest**2)
    by_prior = 0.5 * (1.0 / prior - 1.0 / precision - effect**2)
    at = prepared.partial
    by_variance = np.zeros_like(variance)
    if at.size:
        gained, by_effect, by_scale, own_level, own_variance = _missing_part(
            prepared, level[at], variance[at], effect[at], precision[at]
        )
        value += gained
        by_precision = -by_effect * effect[at] / precision[at] - 0.5 * SQRT_2 * by_scale * precision[at] ** -1.5
        along = (by_effect / precision[at])[:, None]
        by_level[at] += own_level - weight[at] * along
        by_weight[at] += seen[at] * (error[at] * along + by_precision[:, None])
        by_prior[at] += by_precision
        by_variance[at] += own_variance
    return _Derivatives(value, by_level, by_variance - by_weight * weight / variance, by_prior)


def _missing_part(
    prepared: Prepared, level: FloatArray, variance: FloatArray, effect: FloatArray, precision: FloatArray
) -> tuple[float, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the missing alleles' log-probability and its derivatives by effect, its scale, levels and variances."""
    missing = prepared.missing
    deviation = np.sqrt(variance)
    nodes = effect[:, None] + SQRT_2 / np.sqrt(precision)[:, None] * NODES
    gap = (prepared.data.log_limit[prepared.partial] - level)[:, :, None] - nodes[:, None, :]
    gap /= deviation[:, :, None]
    log_below = np.where(missing[:, :, None], log_ndtr(gap), 0.0)
    terms = log_below.sum(axis=1) + LOG_WEIGHTS
    top = terms.max(axis=1, keepdims=True)
    likely = np.exp(terms - top)
    total = likely.sum(axis=1, keepdims=True)
    likely /= total
    mills = np.exp(np.minimum(-0.5 * gap**2 - 0.5 * LOG_2PI - log_below, 50.0)) * missing[:, :, None]
    pull = mills / deviation[:, :, None] * likely[:, None, :]
    by_node = -pull.sum(axis=1)
    own_variance = -0.5 * (mills * gap * likely[:, None, :]).sum(axis=2) / variance
    value = float((np.log(total) + top).sum())
    return value, by_node.sum(axis=1), (by_node * NODES).sum(axis=1), -pull.sum(axis=2), own_variance
