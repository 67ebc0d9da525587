"""Peaks of a density that more than chance has made.

Definition
    A local maximum is a true peak where it rises above its saddle by three standard errors of the density,
    sqrt(f R / (n h)) at the peak and at the saddle, R = 1 / (2 sqrt(pi)) the integral of the squared kernel, and by a
    twentieth of its own height.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.automatic.cut import ALL_EQUAL, NO_EVENTS, TOO_FEW
from nktrial.cytometry.automatic.density_estimate import (
    CUT_BANDWIDTHS,
    DensityEstimate,
    binned_for,
    local_maxima,
    prominence,
)
from nktrial.cytometry.automatic.smoothing import Binned, smooth

__all__ = ["fine_estimate", "too_little", "true_peaks"]

FloatArray: TypeAlias = NDArray[np.float64]

FEWEST_EVENTS: Final = 20  # [unverified]
STANDARD_ERRORS: Final = 3.0  # [unverified] 7 events at one place are a peak, 6 are not
SMALLEST_RISE: Final = 0.05  # [unverified] of the peak's height
ROUGHNESS: Final = 0.5 / math.sqrt(math.pi)
POINTS: Final = 512


def fine_estimate(
    values: FloatArray, ends: tuple[float | None, float | None], bandwidth: float
) -> tuple[Binned, DensityEstimate]:
    """Return sorted values on a fine grid, and their density at every point of it.

    Parameters
    ----------
    values : (n,) float
        Ascending, n >= 1.
    ends : (float or None, float or None)
        Closed ends, where they are near the values.
    bandwidth : float
        Standard deviation of the kernel.

    Returns
    -------
    Binned, DensityEstimate
        On the same grid of at least 16 points a bandwidth.
    """
    reach = CUT_BANDWIDTHS * bandwidth  # an end farther away reflects nothing: the grid need not go there
    low = None if ends[0] is None or ends[0] < values[0] - reach else ends[0]
    high = None if ends[1] is None or ends[1] > values[-1] + reach else ends[1]
    binned = binned_for(values, None, bandwidth, (low, high), POINTS)[0]
    height = np.maximum(smooth(binned, bandwidth), 0.0)
    grid: FloatArray = binned.start + binned.step * np.arange(height.size, dtype=np.float64)
    return binned, DensityEstimate(grid, height, bandwidth, values.size, 0)


def too_little(values: FloatArray) -> str:
    """Return why sorted values cannot have populations, or nothing."""
    if not values.size:
        return NO_EVENTS
    if values[0] == values[-1]:
        return ALL_EQUAL
    return TOO_FEW if values.size < FEWEST_EVENTS else ""


def true_peaks(estimate: DensityEstimate) -> list[int]:
    """Return the points of the true peaks, from left to right."""
    height = estimate.height
    unit = ROUGHNESS / (estimate.events * estimate.bandwidth)
    found = []
    for peak in local_maxima(height):
        top, rise = float(height[peak]), prominence(height, peak)
        error = math.sqrt(unit * (top + top - rise))
        if rise >= max(STANDARD_ERRORS * error, SMALLEST_RISE * top):
            found.append(peak)
    return found
