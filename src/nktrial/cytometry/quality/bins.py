"""Bins along a measurement: consecutive events, each bin half over the next.

Definition
    Bins hold ``size`` events and start every size - ceil(size / 2) events, so that every event but those of the first
    half bin is in two of them; the last bins are cut off at the end. The size is the smallest multiple of 500 above
    2 n / 500, so that there are at most 500 bins; it is never below 150.

Not decided here
    Which bins are bad.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError

__all__ = ["FEWEST_EVENTS", "MOST_BINS", "Bins", "bin_medians", "events_in", "overlapping_bins", "runs"]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]

# Emmaneel 2022; min_cells, max_bins and step of the published program.
FEWEST_EVENTS: Final = 150
MOST_BINS: Final = 500
SIZE_STEP: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Where the bins lie.

    Parameters
    ----------
    starts, stops : (n_bins,) int
        Half-open ranges of events.
    size : int
        Events in a whole bin.
    events : int
        Events of the measurement.
    """

    starts: IntArray
    stops: IntArray
    size: int
    events: int

    @property
    def count(self) -> int:
        """Number of bins."""
        return int(self.starts.size)


def overlapping_bins(events: int, *, size: int | None = None) -> Bins:
    """Cut a measurement into bins.

    Parameters
    ----------
    events : int
        Events in the order of acquisition, 0 or more.
    size : int or None
        Events in a bin, 2 or more; None for the rule above.

    Returns
    -------
    Bins
        None where there are no events.

    Raises
    ------
    MethodError
        NK-QCF-13 the size is below 2.
    """
    if size is None:
        needed = math.ceil(events / MOST_BINS * 2)
        size = max(FEWEST_EVENTS, needed // SIZE_STEP * SIZE_STEP + SIZE_STEP)
    if size < 2:
        raise MethodError("NK-QCF-13", f"a bin has {size} events, expected 2 or more.")
    starts = np.arange(0, events, size - math.ceil(size / 2), dtype=np.intp)
    return Bins(starts, np.minimum(starts + size, events), size, events)


def bin_medians(values: FloatArray, bins: Bins) -> FloatArray:
    """Return the median of each bin, (n_bins,) float."""
    return np.array([np.median(values[start:stop]) for start, stop in zip(bins.starts, bins.stops, strict=True)])


def events_in(bins: Bins, chosen: BoolArray) -> BoolArray:
    """Return which events are in any of the chosen bins, (n_events,) bool."""
    edges = np.zeros(bins.events + 1, dtype=np.intp)
    np.add.at(edges, bins.starts[chosen], 1)
    np.add.at(edges, bins.stops[chosen], -1)
    return np.asarray(np.cumsum(edges[:-1]) > 0)


def runs(flags: BoolArray) -> tuple[tuple[int, int], ...]:
    """Return the half-open ranges in which a flag is set, from left to right."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return tuple((int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True))
