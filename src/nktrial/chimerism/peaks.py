"""Peaks of one dye.

Definition
    A peak is a local maximum of the baselined trace that stands out of the valleys around it by at least 5 % of
    its height and by the detection threshold's half. Its position and height are those of the parabola through
    the highest scan and its neighbours, its width is taken at half height, its area is the sum of the signal
    between the feet: the valleys beside it, or where the signal falls to 2 % of the height.

Not decided here
    Size, allele, and whether the peak is an artefact.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.model.method import Method

__all__ = ["METHOD", "FoundPeaks", "find_peaks"]

METHOD: Final = Method(name="chimerism.peaks", version=1, source="nktrial; apex by quadratic interpolation")
PROMINENCE_SHARE: Final = 0.05  # [unverified] tells a shoulder from ripple on a saturated peak
FOOT_SHARE: Final = 0.02
FLANK_SCANS: Final = 80  # longer than any flank; the trace is about 10 scans wide at half height


@dataclass(frozen=True, slots=True, eq=False)
class FoundPeaks:
    """Peaks in order of time.

    Parameters
    ----------
    apex : (n,) float
        Position [scan], between scans.
    height_rfu : (n,) float
        Height of the parabola [RFU].
    width : (n,) float
        Width at half height [scans].
    area : (n,) float
        Area between the feet [RFU x scans].
    """

    apex: NDArray[np.float64]
    height_rfu: NDArray[np.float64]
    width: NDArray[np.float64]
    area: NDArray[np.float64]


def find_peaks(trace: NDArray[np.float64], threshold_rfu: float) -> FoundPeaks:
    """Find the peaks of one dye that reach a threshold.

    Parameters
    ----------
    trace : (n_scans,) float
        Baselined trace [RFU].
    threshold_rfu : float
        Least height [RFU].

    Returns
    -------
    FoundPeaks
        Possibly none.
    """
    tops = _prominent(trace, _maxima(trace, threshold_rfu), threshold_rfu)
    apex, height = _parabola(trace, tops)
    valleys = _valleys(trace, tops)
    level = trace[tops]
    before, after = tops - valleys[:-1], valleys[1:] - tops
    width = _flank(trace, tops, -1, before, level / 2.0) + _flank(trace, tops, 1, after, level / 2.0)
    begin = tops - np.floor(_flank(trace, tops, -1, before, level * FOOT_SHARE)).astype(np.intp)
    end = tops + np.floor(_flank(trace, tops, 1, after, level * FOOT_SHARE)).astype(np.intp)
    running = np.concatenate([[0.0], np.cumsum(np.maximum(trace, 0.0))])
    return FoundPeaks(apex, height, width, running[end + 1] - running[begin])


def _maxima(trace: NDArray[np.float64], threshold_rfu: float) -> NDArray[np.intp]:
    """Return the local maxima at or above the threshold, the first scan of a plateau."""
    middle = trace[1:-1]
    return np.flatnonzero((middle > trace[:-2]) & (middle >= trace[2:]) & (middle >= threshold_rfu)) + 1


def _valleys(trace: NDArray[np.float64], tops: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the lowest scan before, between and after the tops."""
    edges = np.concatenate([[0], tops, [trace.size - 1]])
    return np.array([a + int(np.argmin(trace[a : b + 1])) for a, b in pairwise(edges)])


def _prominent(trace: NDArray[np.float64], tops: NDArray[np.intp], threshold_rfu: float) -> NDArray[np.intp]:
    """Drop the tops that hardly stand out, of neighbours the lower first, until all do."""
    while tops.size:
        floors = np.minimum.reduceat(trace, np.concatenate([[0], tops]))
        height = trace[tops]
        rise = height - np.maximum(floors[:-1], floors[1:])
        weak = rise < np.maximum(PROMINENCE_SHARE * height, threshold_rfu / 2.0)
        if not weak.any():
            break
        lowest = np.where(weak, height, np.inf)
        beside = np.minimum(np.append(lowest[1:], np.inf), np.append(np.inf, lowest[:-1]))
        tops = tops[~(weak & (height <= beside))]
    return tops


def _parabola(trace: NDArray[np.float64], tops: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return position and height of the parabola through each top and its neighbours."""
    before, here, after = trace[tops - 1], trace[tops], trace[tops + 1]
    curve = before - 2.0 * here + after
    shift = np.where(curve < 0, 0.5 * (before - after) / np.where(curve < 0, curve, -1.0), 0.0)
    return np.asarray(tops + shift, dtype=np.float64), np.asarray(here - 0.25 * (before - after) * shift)


def _flank(
    trace: NDArray[np.float64],
    tops: NDArray[np.intp],
    step: int,
    reach: NDArray[np.intp],
    level: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how far from each top the trace falls below a level, the valley's distance where it does not [scans]."""
    offset = np.arange(FLANK_SCANS + 1)
    limit = np.minimum(reach, FLANK_SCANS)
    flank = trace[np.clip(tops[:, None] + step * offset, 0, trace.size - 1)]
    stop = (flank < level[:, None]) | (offset >= limit[:, None])
    place = np.argmax(stop, axis=1)
    row = np.arange(tops.size)
    under, above = flank[row, place], flank[row, np.maximum(place - 1, 0)]
    falls = (under < level) & (place > 0)
    part = np.divide(above - level, above - under, out=np.ones(tops.size), where=falls & (above > under))
    return np.asarray(np.where(falls, place - 1 + part, place), dtype=np.float64)
