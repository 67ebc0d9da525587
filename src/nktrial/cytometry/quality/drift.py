"""Drift: a channel whose signal rises or falls throughout the measurement.

Definition
    Bins are those of ``bins`` with as many as 500 bins of 150 events or more. Their medians are smoothed by the mean
    over 25 bins to each side. The channel rises (falls) where the smoothed value equals its running maximum (minimum)
    in more than three quarters of the bins. Fewer than 100 bins are not judged.

Not decided here
    How much: a drift is reported with its size, and no event is removed for it.
"""

import math
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.quality.bins import FEWEST_EVENTS, MOST_BINS, Bins, overlapping_bins

__all__ = ["FEWEST_BINS", "drift", "drift_bins"]

FloatArray: TypeAlias = NDArray[np.float64]

# Emmaneel 2022: a box kernel of bandwidth 50 and the share of the published program.
REACH: Final = 25
SHARE: Final = 0.75
FEWEST_BINS: Final = 100  # [unverified] own choice: with fewer, the window of 51 bins covers half and more of them


def drift_bins(events: int) -> Bins:
    """Return the bins in which a drift is looked for: finer than those of stability in a short measurement."""
    return overlapping_bins(events, size=max(FEWEST_EVENTS, math.ceil(2 * events / MOST_BINS)))


def drift(medians: FloatArray) -> Literal["rising", "falling"] | None:
    """Tell whether a channel drifts.

    Parameters
    ----------
    medians : (n_bins,) float
        Median of each bin on the display scale.

    Returns
    -------
    "rising", "falling" or None
        None also where there are fewer than 100 bins or all medians are equal.
    """
    if medians.size < FEWEST_BINS or bool(np.all(medians == medians[0])):
        return None
    smoothed = np.array([medians[max(i - REACH, 0) : i + REACH + 1].mean() for i in range(medians.size)])
    if np.mean(np.maximum.accumulate(smoothed) == smoothed) > SHARE:
        return "rising"
    if np.mean(np.minimum.accumulate(smoothed) == smoothed) > SHARE:
        return "falling"
    return None
