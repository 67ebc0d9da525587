"""Baseline and noise of a lane.

Definition
    Each dye is smoothed (Savitzky-Golay, 11 scans, order 2); its baseline is the morphological opening (rolling
    minimum, then rolling maximum, 251 scans) of the smoothed trace, itself averaged over 251 scans. The noise
    is 1.4826 x the median absolute deviation of the scans that no peak covers; their median is subtracted, so
    that the quiet trace lies at 0. The analytical threshold is max(50 RFU, 10 sd); peaks are looked for from
    max(20 RFU, 5 sd) on.

Not decided here
    Which peaks are alleles.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.model.method import Method

__all__ = ["METHOD", "Baselined", "analytical_threshold_rfu", "baselined", "detection_threshold_rfu"]

METHOD: Final = Method(
    name="chimerism.baseline", version=1, source="Savitzky & Golay 1964; opening: Serra 1982; limits: Currie 1968"
)
SMOOTHING_SCANS: Final = 11
OPENING_SCANS: Final = 251
QUIET_SDS: Final = 4.0
ANALYTICAL_RFU: Final = 50.0  # [unverified] customary on a 3100/3130; laboratories validate their own
ANALYTICAL_SDS: Final = 10.0  # limit of quantitation, mean + 10 sd of the blank (Currie 1968)
DETECTION_RFU: Final = 20.0  # [unverified]
DETECTION_SDS: Final = 5.0  # [unverified]
LEAST_SD_RFU: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Baselined:
    """A lane above its baseline.

    Parameters
    ----------
    signal : (n_scans, n_dyes) float
        Smoothed fluorescence above the baseline [RFU].
    noise_sd_rfu : (n_dyes,) float
        Standard deviation of the quiet trace [RFU].
    """

    signal: NDArray[np.float64]
    noise_sd_rfu: NDArray[np.float64]


def baselined(scans: NDArray[np.int32]) -> Baselined:
    """Smooth a lane and take its baseline away.

    Parameters
    ----------
    scans : (n_scans, n_dyes) int32
        Raw fluorescence [RFU].

    Returns
    -------
    Baselined
        Of the same shape.
    """
    raw = np.ascontiguousarray(scans.T, dtype=np.float64)
    smooth = _convolved(raw, _savitzky_golay(SMOOTHING_SCANS))
    opened = -_rolling_minimum(-_rolling_minimum(smooth, OPENING_SCANS), OPENING_SCANS)
    signal = smooth - _convolved(opened, np.full(OPENING_SCANS, 1.0 / OPENING_SCANS))
    sds = np.empty(signal.shape[0])
    for dye in range(signal.shape[0]):
        centre, sds[dye] = _quiet(signal[dye])
        signal[dye] -= centre
    return Baselined(np.ascontiguousarray(signal.T), sds)


def analytical_threshold_rfu(noise_sd_rfu: float) -> float:
    """Return the height from which a peak is called [RFU]."""
    return max(ANALYTICAL_RFU, ANALYTICAL_SDS * noise_sd_rfu)


def detection_threshold_rfu(noise_sd_rfu: float) -> float:
    """Return the height from which a peak is listed at all [RFU]."""
    return max(DETECTION_RFU, DETECTION_SDS * noise_sd_rfu)


def _savitzky_golay(width: int) -> NDArray[np.float64]:
    """Return the smoothing weights of a quadratic fitted to ``width`` scans."""
    place = np.arange(width) - width // 2
    design = np.vander(place, 3, increasing=True).astype(np.float64)
    return np.asarray(np.linalg.pinv(design)[0])


def _convolved(rows: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convolve each row with symmetric weights, its ends repeated."""
    half = weights.size // 2
    padded = np.pad(rows, ((0, 0), (half, half)), mode="edge")
    if np.ptp(weights) == 0:
        running = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1)
        return np.asarray((running[:, weights.size :] - running[:, : -weights.size]) * weights[0])
    return np.stack([np.convolve(row, weights, mode="valid") for row in padded])


def _rolling_minimum(rows: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the minimum over ``width`` centred scans of each row (van Herk 1992: two running minima by blocks)."""
    half, n_scans = width // 2, rows.shape[1]
    spare = -(n_scans + 2 * half) % width
    padded = np.pad(rows, ((0, 0), (half, half + spare)), constant_values=np.inf)
    blocks = padded.reshape(rows.shape[0], -1, width)
    ahead = np.minimum.accumulate(blocks, axis=2).reshape(padded.shape)
    behind = np.minimum.accumulate(blocks[:, :, ::-1], axis=2)[:, :, ::-1].reshape(padded.shape)
    return np.asarray(np.minimum(behind[:, :n_scans], ahead[:, width - 1 : width - 1 + n_scans]))


def _quiet(trace: NDArray[np.float64]) -> tuple[float, float]:
    """Return median and robust standard deviation of the scans without peaks."""
    quiet = trace
    centre, sd = float(np.median(trace)), LEAST_SD_RFU
    for _ in range(4):
        centre = float(np.median(quiet))
        sd = max(LEAST_SD_RFU, 1.4826 * float(np.median(np.abs(quiet - centre))))
        quiet = trace[np.abs(trace - centre) < QUIET_SDS * sd]
    return centre, sd
