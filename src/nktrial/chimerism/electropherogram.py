"""Electropherogram for drawing: heights on a regular axis of length.

Definition
    Each dye above its baseline on columns of 0.25 bp from 60 to 500 bp, or as far as the size standard reaches.
    A column shows the highest scan that falls into it, so that no peak loses height; a column between two scans
    is interpolated.

Not decided here
    Calls: no number is read back from a picture.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.lane import SizedLane
from nktrial.chimerism.sizing import local_southern

__all__ = ["STEP_BP", "Electropherogram", "electropherogram"]

STEP_BP: Final = 0.25
FIRST_BP: Final = 60.0
LAST_BP: Final = 500.0


@dataclass(frozen=True, slots=True, eq=False)
class Electropherogram:
    """Heights of the dyes on a regular axis.

    Parameters
    ----------
    size_bp : (n,) float
        Centre of each column [bp].
    heights : (n_dyes - 1, n) int16
        Highest signal in each column [RFU]; without the size standard.
    """

    size_bp: NDArray[np.float64]
    heights: NDArray[np.int16]


def electropherogram(lane: SizedLane) -> Electropherogram:
    """Put a sized lane on a regular axis of length.

    Parameters
    ----------
    lane : SizedLane
        Baselined and sized.

    Returns
    -------
    Electropherogram
        Columns inside the size standard only.
    """
    standard = lane.standard
    first = int(np.ceil(standard.scan[0]))
    scans = np.arange(first, int(np.floor(standard.scan[-1])) + 1)
    sizes = local_southern(scans.astype(np.float64), standard.scan, standard.size_bp)
    low = np.ceil(max(FIRST_BP, float(standard.size_bp[0])) / STEP_BP) * STEP_BP
    axis = np.arange(low, min(LAST_BP, float(standard.size_bp[-1])) + STEP_BP / 2.0, STEP_BP)
    column = np.rint((sizes - axis[0]) / STEP_BP).astype(np.intp)
    inside = (column >= 0) & (column < axis.size)
    signal = lane.base.signal[scans, :-1].T
    heights = np.stack([np.interp(axis, sizes, row) for row in signal])
    for row, values in zip(heights, signal, strict=True):
        np.maximum.at(row, column[inside], values[inside])
    limits = np.iinfo(np.int16)
    return Electropherogram(axis, np.clip(np.rint(heights), limits.min, limits.max).astype(np.int16))
