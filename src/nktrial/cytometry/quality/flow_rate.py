"""Flow rate: intervals with far more or far fewer events than the rest of the measurement.

Definition
    Events are counted in intervals of 0.1 s, or the shortest multiple of it that holds 5 events on average; where the
    clock is coarser than 0.01 s, in the shortest multiple of its ticks that is 0.1 s or more and holds as many. Counts
    are made about normal with constant variance, 2 sqrt(count + 3/8) (Anscombe), and the outliers among them found
    by the generalised ESD test at alpha = 0.01, at most 49 % of the intervals. Events in an outlying interval are
    anomalous. The incomplete last interval is not tested.

Not decided here
    Slow changes of the rate, which are no outliers.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.quality.outliers import generalised_esd
from nktrial.model.method import Method

__all__ = ["INTERVAL_S", "METHOD", "FlowRate", "flow_rate"]

METHOD: Final = Method(
    name="cytometry.flow_rate",
    version=1,
    source="Monaco et al. 2016, flowAI, Bioinformatics 32:2473; Rosner 1983, Technometrics 25:165; Anscombe 1948",
)
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

INTERVAL_S: Final = 0.1
ALPHA: Final = 0.01
LARGEST_SHARE: Final = 0.49
EVENTS_PER_INTERVAL: Final = 5.0  # [unverified] own choice: below it the transformed counts are not nearly normal
TICKS: Final = 10  # with fewer ticks of the clock in an interval, intervals would hold unequal numbers of them
FEWEST_INTERVALS: Final = 20  # [unverified] own choice
MOST_INTERVALS: Final = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class FlowRate:
    """The rate along the measurement.

    Parameters
    ----------
    interval_s : float
        Length of an interval [s].
    counts : (m,) int
        Events in each whole interval, from the first event on; empty where there are fewer than 20, or fewer values
        of the clock than intervals (the times were written in blocks).
    outlying : (m,) bool
        Intervals that are outliers.
    anomalous : (n,) bool
        Events in an outlying interval.
    """

    interval_s: float
    counts: NDArray[np.intp]
    outlying: BoolArray
    anomalous: BoolArray


def flow_rate(time_s: FloatArray) -> FlowRate:
    """Find the intervals whose rate is an outlier.

    Parameters
    ----------
    time_s : (n,) float
        Time of each event [s], finite, in any order.
    """
    interval, whole = _intervals(time_s)
    if whole < FEWEST_INTERVALS:
        return FlowRate(interval, np.zeros(0, np.intp), np.zeros(0, np.bool_), np.zeros(time_s.size, np.bool_))
    place = np.floor((time_s - time_s.min()) / interval + 1e-9).astype(np.intp)
    counts = np.bincount(place, minlength=whole)[:whole]
    outlying = np.zeros(whole, dtype=np.bool_)
    outlying[generalised_esd(2.0 * np.sqrt(counts + 0.375), int(LARGEST_SHARE * whole), ALPHA)] = True
    return FlowRate(interval, counts, outlying, np.append(outlying, False)[np.minimum(place, whole)])


def _intervals(time_s: FloatArray) -> tuple[float, int]:
    """Return the length of an interval [s] and how many whole ones there are."""
    values = np.unique(time_s)
    if values.size < FEWEST_INTERVALS:
        return INTERVAL_S, 0
    span, tick = float(values[-1] - values[0]), float(np.diff(values).min())
    unit = INTERVAL_S if tick <= INTERVAL_S / TICKS else tick
    needed = max(EVENTS_PER_INTERVAL * span / time_s.size, span / MOST_INTERVALS, INTERVAL_S)
    interval = unit * max(math.ceil(needed / unit - 1e-6), 1)
    whole = math.floor(span / interval + 1e-9)
    return interval, whole if whole <= values.size else 0
