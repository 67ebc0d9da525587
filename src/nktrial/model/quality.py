"""Quality of a file of events: what each step of quality control found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nktrial.model.origin import Finding

__all__ = ["BadRange", "BinCourse", "FlowQuality", "QualityStep"]


@dataclass(frozen=True, slots=True)
class QualityStep:
    """One step and what it takes out.

    Parameters
    ----------
    name : str
        ``finite``, ``margins``, ``time_order``, ``flow_rate``, ``signal_stability``, ``doublets``, ``dead_cells``.
    reached : int
        Events that no step before has taken out.
    removed : int
        Of these, events that this step takes out.
    channels : mapping
        Channel -> events that it alone or with others takes out; empty for a step without channels.
    details : mapping
        Named numbers of the step.
    skipped : str
        Why the step was not done; empty where it was.
    """

    name: str
    reached: int
    removed: int
    channels: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, float] = field(default_factory=dict)
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class BadRange:
    """Consecutive events that a step takes out; half-open, in file order.

    Parameters
    ----------
    step : str
        Name of the step.
    start, stop : int
        First event, and the one after the last.
    start_s, stop_s : float or None
        Time of the first and of the last event [s]; None without a time channel.
    """

    step: str
    start: int
    stop: int
    start_s: float | None
    stop_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class BinCourse:
    """The course of the medians, for a plot against time.

    Parameters
    ----------
    starts, stops : (n_bins,) int
        Half-open ranges of events in file order; the bins hold the events that reached the step of signal stability.
    time_s : (n_bins,) float or None
        Median time of each bin [s].
    medians : mapping
        Channel -> (n_bins,) float, medians on the display scale.
    """

    starts: NDArray[np.intp]
    stops: NDArray[np.intp]
    time_s: NDArray[np.float64] | None
    medians: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class FlowQuality:
    """The quality of one file.

    Parameters
    ----------
    taken_by : (n,) int
        Position among the steps of the one that takes an event out, -1 for an event that is kept; in file order.
        Nothing is taken out of any result by this alone.
    steps : tuple of QualityStep
        In the order in which they were done.
    bad_ranges : tuple of BadRange
        Of the steps that act on stretches of time.
    course : BinCourse
        Medians of the bins.
    flags : tuple of str
        ``removed_above_70_percent``, ``time_backwards``, ``drift``, ``few_events``, ``many_margins``.
    findings : tuple of Finding
        What was noticed.
    """

    taken_by: NDArray[np.int8]
    steps: tuple[QualityStep, ...]
    bad_ranges: tuple[BadRange, ...]
    course: BinCourse
    flags: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Events that no step takes out, (n,) bool in file order."""
        return self.taken_by < 0

    @property
    def removed_share(self) -> float | None:
        """Share of the file's events that is taken out, None for a file without events."""
        return float(1.0 - self.kept.mean()) if self.kept.size else None
