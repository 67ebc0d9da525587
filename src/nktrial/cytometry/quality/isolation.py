"""Isolation tree: the largest group of bins that no clear split divides.

Definition
    A node's bins are split at the value of one track at which the relative gain (sd - (sd_left + sd_right) / 2) / sd is
    largest; sd of a single bin is 0. The split is made where the gain exceeds the limit, the node has more than 3 bins
    and its depth is below ceil(log2 n). Every split raises the limit to its own gain. Nodes are taken in the order in
    which they arose. The largest leaf is kept (the first of equals).

Not decided here
    What the tracks are.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Split", "largest_leaf"]

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

SMALLEST_NODE: Final = 4


@dataclass(frozen=True, slots=True)
class Split:
    """One split: the track's column, the largest value that goes left, the gain."""

    track: int
    value: float
    gain: float


def largest_leaf(tracks: FloatArray, limit: float) -> tuple[BoolArray, tuple[Split, ...]]:
    """Return the bins of the largest leaf.

    Parameters
    ----------
    tracks : (n_bins, n_tracks) float
        Value of every track in every bin.
    limit : float
        Gain that the first split must exceed, 0 to 1.

    Returns
    -------
    kept : (n_bins,) bool
        Bins of the largest leaf.
    splits : tuple of Split
        In the order in which they were made.
    """
    bins = tracks.shape[0]
    deepest = math.ceil(math.log2(bins)) if bins > 1 else 0
    waiting: list[tuple[BoolArray, int]] = [(np.ones(bins, dtype=np.bool_), 0)]
    kept = np.zeros(bins, dtype=np.bool_)
    splits: list[Split] = []
    for node, depth in waiting:
        split = None
        if node.sum() >= SMALLEST_NODE and depth < deepest:
            split = _best_split(tracks[node], limit)
        left = node if split is None else node & (tracks[:, split.track] <= split.value)
        if split is None or not 0 < left.sum() < node.sum():
            kept = node if node.sum() > kept.sum() else kept
            continue
        splits.append(split)
        limit = split.gain
        waiting += [(left, depth + 1), (node & ~left, depth + 1)]
    return kept, tuple(splits)


def _best_split(tracks: FloatArray, limit: float) -> Split | None:
    """Return the split with the largest gain above the limit, the first track of equals."""
    best = None
    for track in range(tracks.shape[1]):
        found = _best_in_track(np.sort(tracks[:, track]))
        if found is not None and found[0] > limit:
            limit = found[0]
            best = Split(track, found[1], found[0])
    return best


def _best_in_track(ordered: FloatArray) -> tuple[float, float] | None:
    """Return the largest gain and its value; the last of equal gains; None where all values are equal."""
    whole = float(np.std(ordered, ddof=1))
    if whole == 0.0:
        return None
    gain = (whole - (_growing_sd(ordered)[:-1] + _growing_sd(ordered[::-1])[-2::-1]) / 2.0) / whole
    best = gain.size - 1 - int(np.argmax(gain[::-1]))
    return float(gain[best]), float(ordered[best])


def _growing_sd(values: FloatArray) -> FloatArray:
    """Return the standard deviation of the first 1, 2, ... n values; that of one is 0."""
    # Centred first, so that the sums of squares do not cancel.
    centred = values - values.mean()
    count = np.arange(1.0, values.size + 1.0)
    squares = np.cumsum(centred**2) - np.cumsum(centred) ** 2 / count
    return np.asarray(np.sqrt(np.maximum(squares, 0.0) / np.maximum(count - 1.0, 1.0)))
