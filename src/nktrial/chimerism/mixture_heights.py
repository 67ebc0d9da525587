"""Expected peak heights of a fit, for the eye: each locus' alleles with the locus' own level.

Definition
    exp(log A + a_l + beta x) m for every allele, with a_l the most probable locus effect given the heights seen. A
    locus that was left out of the fit is shown with the level that suits it best, so that its contradiction is seen.

Not decided here
    Anything about the shares.
"""

from dataclasses import replace

import numpy as np

from nktrial.chimerism.likelihood import expected_dose, log_variance
from nktrial.chimerism.mixture_fit import nuisance_of
from nktrial.chimerism.mixture_loci import Loci, locus_data
from nktrial.chimerism.mixture_outliers import OutlyingLoci

__all__ = ["expected_heights_rfu"]


def expected_heights_rfu(loci: Loci, fitted: OutlyingLoci) -> dict[str, tuple[float, ...]]:
    """Return, for each locus with genotypes, the expected heights of the contributors' alleles [RFU] by locus key."""
    shown = tuple(replace(locus, reason="") for locus in loci.loci if locus.pairs)
    data = locus_data(replace(loci, loci=shown))
    best = fitted.best
    nuisance = nuisance_of(best.nuisance[None])
    dose = expected_dose(data, best.shares[None], nuisance)
    variance = log_variance(dose, nuisance)[0]
    level = best.nuisance[0] + np.log(dose.expected[0]) + best.nuisance[1] * data.length
    weight = np.where(data.seen, 1.0 / variance, 0.0)
    error = np.where(data.seen, data.log_height - (level - 0.5 * variance), 0.0)
    effect = (weight * error).sum(axis=1) / (weight.sum(axis=1) + 1.0 / float(nuisance.locus_sd[0]) ** 2)
    heights = np.exp(level + effect[:, None])
    return {locus.key: tuple(float(x) for x in heights[row, : len(locus.alleles)]) for row, locus in enumerate(shown)}
