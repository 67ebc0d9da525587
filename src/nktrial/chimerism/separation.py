"""Whether the dyes of a lane are separated, and how much of each dye's light is left in the others.

Definition
    The size standard's fragments stand in one dye. Where the dyes are not separated, each of them shines in another
    dye too; the lane is refused when in some dye the lower quartile, over the fragments, of its signal at the
    fragment's apex is 0.1 of the fragment's own or more. The leakage of dye a into dye b is the lower quartile of
    signal b over signal a at the apexes of a's unsaturated peaks of 500 RFU or more between the first and the last
    fragment, where there are five or more. A quartile, as peaks of b that stand there by chance raise the median.

Not decided here
    Which single peak is pull-up (``artefacts``).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.peaks import FoundPeaks
from nktrial.model.method import Method

__all__ = ["LEAST_BLEED", "METHOD", "bleed_of_standard", "leakage"]

METHOD: Final = Method(name="chimerism.separation", version=1, source="nktrial; leakage as a matrix: Goor 2011")
LEAST_BLEED: Final = 0.1  # [unverified] separated lanes have at most 0.03, unseparated dyes overlap by 0.2 and more
QUARTILE: Final = 0.25
LEAST_RFU: Final = 500.0  # [unverified] noise is below 0.01 of it
FEWEST_PEAKS: Final = 5


def bleed_of_standard(signal: NDArray[np.float64], fragment_scans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of the size standard shows in each other dye.

    Parameters
    ----------
    signal : (n_scans, n_dyes) float
        Above the baseline [RFU]; the size standard's dye is the last.
    fragment_scans : (m,) float
        Apexes of the fragments found [scan].

    Returns
    -------
    (n_dyes - 1,) float
        Lower quartile of the ratio over the fragments.
    """
    at = signal[np.rint(fragment_scans).astype(np.intp)]
    return np.asarray(np.quantile(at[:, :-1] / np.maximum(at[:, -1:], 1.0), QUARTILE, axis=0))


def leakage(
    signal: NDArray[np.float64],
    peaks: Sequence[FoundPeaks],
    saturated: Sequence[NDArray[np.bool_]],
    *,
    first_scan: float,
    last_scan: float,
) -> NDArray[np.float64]:
    """Estimate the share of each dye's light that is left in each other dye.

    Parameters
    ----------
    signal : (n_scans, n_dyes) float
        Above the baseline [RFU].
    peaks : sequence of FoundPeaks
        One a dye.
    saturated : sequence of (n,) bool
        Which are saturated, one array a dye.
    first_scan, last_scan : float
        Where the size standard begins and ends.

    Returns
    -------
    (n_dyes, n_dyes) float
        Row: the dye that shines, column: the dye in which it shows; 0 on the diagonal, NaN where a dye has fewer than
        five peaks. Negative where the separation took too much away.
    """
    count = signal.shape[1]
    matrix = np.full((count, count), np.nan)
    np.fill_diagonal(matrix, 0.0)
    for dye, found in enumerate(peaks):
        inside = (found.apex >= first_scan) & (found.apex <= last_scan)
        usable = inside & (found.height_rfu >= LEAST_RFU) & ~saturated[dye]
        at = signal[np.rint(found.apex[usable]).astype(np.intp)]
        if at.shape[0] < FEWEST_PEAKS:
            continue
        matrix[dye] = np.quantile(at / np.maximum(at[:, [dye]], 1.0), QUARTILE, axis=0)
        matrix[dye, dye] = 0.0
    return matrix
