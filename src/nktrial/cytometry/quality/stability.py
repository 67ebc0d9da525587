"""Signal stability: bins whose density peaks have left their course.

Definition
    After PeacoQC: tracks of density peaks along overlapping bins; from 150 bins on, the largest leaf of an isolation
    tree is kept (gain limit 0.6); then each track is smoothed (spline, spar 0.5) and bins where any smoothed track is
    beyond median +- 6 MAD (x 1.4826) are bad; at last runs of fewer than 5 bins, good or bad, are bad. An event is bad
    where one of its bins is.

Not decided here
    Which events enter, and on which scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.quality.bins import Bins, runs
from nktrial.cytometry.quality.isolation import Split, largest_leaf
from nktrial.cytometry.quality.spline import FEWEST_POINTS, smoothing_matrix
from nktrial.model.method import Method

__all__ = ["METHOD", "Limits", "Stability", "unstable_bins"]

METHOD: Final = Method(
    name="cytometry.signal_stability",
    version=1,
    source="Emmaneel et al. 2022, PeacoQC, Cytometry A 101:325, doi 10.1002/cyto.a.24501",
)
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

SPAR: Final = 0.5
NORMAL_MAD: Final = 1.4826


@dataclass(frozen=True, slots=True)
class Limits:
    """What the method removes; the defaults are those of the published program.

    Parameters
    ----------
    tree_gain : float
        Relative gain in standard deviation above which the isolation tree splits, 0 to 1.
    tree_bins : int
        Fewest bins for the isolation tree.
    mads : float
        Distance from the median, in MAD, beyond which a smoothed track is bad, above 0.
    shortest_run : int
        Runs of fewer bins are bad, 1 or more.

    Raises
    ------
    MethodError
        NK-QCF-13 a limit is out of its range.
    """

    tree_gain: float = 0.6
    tree_bins: int = 150
    mads: float = 6.0
    shortest_run: int = 5

    def __post_init__(self) -> None:
        """Refuse limits that mean nothing."""
        if not (0.0 <= self.tree_gain < 1.0 and self.tree_bins >= 0 and self.mads > 0.0 and self.shortest_run >= 1):
            raise MethodError(
                "NK-QCF-13",
                f"the limits {self} are out of range: gain 0 to below 1, bins 0 or more, MAD above 0, run 1 or more.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """Bad bins and what made them bad.

    Parameters
    ----------
    bad : (n_bins,) bool
        All that are bad.
    by_tree, by_mad, by_run : (n_bins,) bool
        What each step found; no bin twice.
    channels : mapping
        Channel -> (n_bins,) bool, the bins that its tracks made bad by their MAD.
    splits : tuple of (str, Split)
        Channel and split of the tree.
    tree_used : bool
        Whether there were enough bins for the tree.
    """

    bad: BoolArray
    by_tree: BoolArray
    by_mad: BoolArray
    by_run: BoolArray
    channels: Mapping[str, BoolArray]
    splits: tuple[tuple[str, Split], ...]
    tree_used: bool


def unstable_bins(tracks: Mapping[str, FloatArray], bins: Bins, limits: Limits) -> Stability:
    """Find the bins whose signals are not those of the rest.

    Parameters
    ----------
    tracks : mapping
        Channel -> (n_bins, n_tracks) float, of ``peak_tracks``.
    bins : Bins
        The bins.
    limits : Limits
        How far a bin may be off.

    Returns
    -------
    Stability
        Nothing is bad where no channel has a track.
    """
    owners = [channel for channel, columns in tracks.items() for _ in range(columns.shape[1])]
    table = np.hstack([np.zeros((bins.count, 0)), *tracks.values()])
    good = np.ones(bins.count, dtype=np.bool_)
    tree_used = bins.count >= max(limits.tree_bins, 1) and bool(owners)
    splits: tuple[Split, ...] = ()
    if tree_used:
        good, splits = largest_leaf(table, limits.tree_gain)
    by_tree = ~good
    off = np.zeros((bins.count, len(owners)), dtype=np.bool_)
    if good.sum() >= FEWEST_POINTS and owners:
        off[good] = _beyond(table[good], limits.mads)
    by_mad: BoolArray = np.asarray(off.any(axis=1))
    steady = good & ~by_mad
    by_run = np.zeros(bins.count, dtype=np.bool_)
    for start, stop in runs(steady):
        by_run[start:stop] = stop - start < limits.shortest_run
    channels: dict[str, BoolArray] = {
        channel: np.asarray(off[:, [owner == channel for owner in owners]].any(axis=1))
        for channel in dict.fromkeys(owners)
    }
    named = tuple((owners[split.track], split) for split in splits)
    return Stability(~steady | by_run, by_tree, by_mad, by_run, channels, named, tree_used)


def _beyond(tracks: FloatArray, mads: float) -> BoolArray:
    """Return where smoothed tracks lie beyond their median by more than so many MAD."""
    smoothed = smoothing_matrix(tracks.shape[0], SPAR) @ tracks
    middle = np.median(smoothed, axis=0)
    distance = np.abs(smoothed - middle)
    return np.asarray(distance > mads * NORMAL_MAD * np.median(distance, axis=0))
