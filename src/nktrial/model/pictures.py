"""What is drawn of flow cytometry files beside the gates of a study: overlays of two samples, and courses in time."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["BadTime", "OverlayGate", "OverlayView", "TimeCourse"]

Range: TypeAlias = tuple[float, float]
Ticks: TypeAlias = tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class OverlayGate:
    """One gate over two samples: its outline on the display scale, and in each the events inside and of the parent."""

    path: str
    outline: tuple[tuple[float, float], ...]
    counts: tuple[int, int]
    parent_counts: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class OverlayView:
    """Two samples on the same axes, with the gates of one parent.

    Parameters
    ----------
    names : (str, str)
        The sample and what it is laid over: another sample or a control.
    parent_path : str
        The population shown (empty: all events).
    x_label, y_label : str
        As in `nktrial.model.results.GateView`; so are the ranges and ticks.
    counts : two (rows y, columns x) arrays
        Events of each sample on the display scale, row 0 lowest y.
    gates : tuple of OverlayGate
        In gate order.
    histogram : bool
        All gates have one dimension: the samples are compared along x.
    """

    names: tuple[str, str]
    parent_path: str
    x_label: str
    y_label: str
    x_range: Range
    y_range: Range
    x_ticks: Ticks
    y_ticks: Ticks
    counts: tuple[NDArray[np.uint32], NDArray[np.uint32]]
    gates: tuple[OverlayGate, ...]
    histogram: bool


@dataclass(frozen=True, slots=True)
class BadTime:
    """A stretch of time that quality control would leave out, in the unit of its course, and why."""

    start: float
    stop: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class TimeCourse:
    """One file's acquisition in time.

    Parameters
    ----------
    file : str
        Name of the file.
    edges : (n + 1,) float
        Bounds of the stretches of time, increasing.
    rate : (n,) float
        Events a second (or tick).
    labels : tuple of str
        One a channel: ``"CD56 (BV605-A)"``.
    medians : (n, n_channels) float
        Median of each channel's scale values; NaN where the stretch has no event.
    bad : tuple of BadTime
        What quality control found; empty where it was not asked.
    unit : str
        ``"s"``, or ``"ticks"`` where the file does not say how long a tick is; then rate is events a tick.
    """

    file: str
    edges: NDArray[np.float64]
    rate: NDArray[np.float64]
    labels: tuple[str, ...]
    medians: NDArray[np.float64]
    bad: tuple[BadTime, ...] = ()
    unit: str = "s"
