"""Tracks: how the density peaks of a channel run along the bins.

Definition
    The peaks of a bin are the maxima of its Gaussian density (bandwidth nrd0) above a third of the highest. The number
    of tracks is the largest number of peaks that more than 10 % of the bins have; a track's position is the median of
    its peaks over the bins with exactly that number. Each peak joins the nearest track; of several in one bin the
    nearest stays. A track with peaks in fewer than half of the bins is dropped. A bin without a peak of a track gets
    the median of the track.

Not decided here
    Which bins are bad.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.automatic.density_estimate import DensityEstimate, local_maxima, refined
from nktrial.cytometry.automatic.smoothing import bin_linearly, nrd0, smooth
from nktrial.cytometry.quality.bins import Bins

__all__ = ["peak_tracks"]

FloatArray: TypeAlias = NDArray[np.float64]

# Emmaneel 2022: peak_removal, min_nr_bins_peakdetection of the published program.
LOWEST_PEAK: Final = 1 / 3
SHARE_OF_BINS: Final = 0.10
FEWEST_EVENTS: Final = 3
POINTS: Final = 1024  # R's density() bins on twice its 512 points
CUT_BANDWIDTHS: Final = 3.0


def peak_tracks(values: FloatArray, bins: Bins) -> FloatArray:
    """Return the tracks of one channel.

    Parameters
    ----------
    values : (n,) float
        Display values in the order of acquisition, finite.
    bins : Bins
        Of n events.

    Returns
    -------
    (n_bins, n_tracks) float
        No column where the channel has no peak in any bin.
    """
    peaks = [_peaks(values[start:stop]) for start, stop in zip(bins.starts, bins.stops, strict=True)]
    with_peaks = [found for found in peaks if found.size]
    if not with_peaks:
        return np.zeros((bins.count, 0))
    middles = _middles(with_peaks)
    tracks = np.full((bins.count, middles.size), np.nan)
    for row, found in enumerate(peaks):
        nearest = np.argmin(np.abs(found[:, None] - middles), axis=1) if found.size else np.zeros(0, dtype=np.intp)
        for track in np.unique(nearest):
            own = found[nearest == track]
            tracks[row, track] = own[np.argmin(np.abs(own - middles[track]))]
    # The published program counts the bins up to the last one that has a peak.
    reached = max(row for row, found in enumerate(peaks) if found.size) + 1
    tracks = tracks[:, np.isfinite(tracks).sum(axis=0) >= reached / 2.0]
    return np.where(np.isfinite(tracks), tracks, np.nanmedian(tracks, axis=0) if tracks.size else 0.0)


def _peaks(values: FloatArray) -> FloatArray:
    """Return the positions of a bin's peaks, ascending; none where there are too few events."""
    if values.size < FEWEST_EVENTS:
        return np.zeros(0)
    density = _density(values)
    height, lowest = density.height, LOWEST_PEAK * density.height.max()
    return np.array([refined(density, point) for point in local_maxima(height) if height[point] > lowest])


def _density(values: FloatArray) -> DensityEstimate:
    """Return the density on a grid of one size, however far single events lie off: a file has thousands of bins."""
    ordered = np.sort(values)
    bandwidth = nrd0(ordered)
    ends = float(ordered[0] - CUT_BANDWIDTHS * bandwidth), float(ordered[-1] + CUT_BANDWIDTHS * bandwidth)
    binned = bin_linearly(ordered, None, ends=ends, closed=(False, False), points=POINTS)
    height = np.maximum(smooth(binned, bandwidth), 0.0)
    grid: FloatArray = binned.start + binned.step * np.arange(POINTS, dtype=np.float64)
    return DensityEstimate(grid, height, bandwidth, values.size, 0)


def _middles(peaks: list[FloatArray]) -> FloatArray:
    """Return the tracks' positions, ascending."""
    numbers = np.array([found.size for found in peaks])
    counted = np.bincount(numbers)
    tracks = int(np.flatnonzero(counted > SHARE_OF_BINS * numbers.size)[-1])
    return np.asarray(np.median(np.array([found for found in peaks if found.size == tracks]), axis=0))
