"""Amplification bias of markers, learnt where the truth is one half: in heterozygotes.

Definition
    A heterozygous person's reads give log(alt/ref), an estimate of log b_m with variance 1/alt + 1/ref (half a read is
    added to each). Biases of a panel are normal about 0 with standard deviation tau; tau is the maximum of the marginal
    likelihood with a log-normal prior (0.1, sd of the logarithm 0.5). A marker's bias is the posterior mean, which lies
    between its own estimate and 0, and its standard deviation is the posterior's. A marker that no one shows as
    heterozygous has bias 1 and standard deviation tau.

Not decided here
    That the bias is the same for alternative and reference alleles of other length, and the same in every run.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["marker_bias"]

FloatArray = NDArray[np.float64]
TAU_PRIOR: Final = (float(np.log(0.1)), 0.5)  # [unverified] mean and sd of log tau
TAU_GRID: Final[FloatArray] = np.geomspace(0.005, 1.0, 120)


def marker_bias(alt: FloatArray, ref: FloatArray, heterozygous: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Return each marker's bias on the odds and the standard deviation of its logarithm.

    Parameters
    ----------
    alt, ref : (R, M) float
        Reads of R pure samples.
    heterozygous : (R, M) bool
        Where the sample is known to be heterozygous; other reads are not looked at.

    Returns
    -------
    bias, sd : (M,) float
    """
    observed = np.log(alt + 0.5) - np.log(ref + 0.5)
    precision = np.where(heterozygous, 1.0 / (1.0 / (alt + 0.5) + 1.0 / (ref + 0.5)), 0.0)
    total = precision.sum(axis=0)
    seen = total > 0.0
    mean = np.zeros(alt.shape[1])
    mean[seen] = (precision * np.where(heterozygous, observed, 0.0)).sum(axis=0)[seen] / total[seen]
    variance = TAU_GRID[:, None] ** 2 + 1.0 / total[seen]
    marginal = -0.5 * (np.log(variance) + mean[seen] ** 2 / variance).sum(axis=1)
    prior = -0.5 * ((np.log(TAU_GRID) - TAU_PRIOR[0]) / TAU_PRIOR[1]) ** 2
    tau = float(TAU_GRID[int(np.argmax(marginal + prior))])
    posterior = 1.0 / (total + tau**-2)
    return np.exp(mean * total * posterior), np.sqrt(posterior)
