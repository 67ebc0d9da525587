"""Steps of quality control that judge stretches of time: order, flow rate, signal stability, drift.

Definition
    See ``time_order``, ``flow_rate``, ``tracks``, ``stability`` and ``drift``. The rate needs a time channel with
    $TIMESTEP and times in order; stability needs the events' order alone.

Not decided here
    The order of the steps.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.quality.bins import Bins, bin_medians, events_in, overlapping_bins, runs
from nktrial.cytometry.quality.channels import Scales, time_channel
from nktrial.cytometry.quality.drift import drift, drift_bins
from nktrial.cytometry.quality.event_steps import StepOutcome
from nktrial.cytometry.quality.flow_rate import flow_rate
from nktrial.cytometry.quality.stability import Limits, Stability, unstable_bins
from nktrial.cytometry.quality.time_order import TimeOrder, time_order
from nktrial.cytometry.quality.tracks import peak_tracks
from nktrial.cytometry.scale import time_step
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.origin import Finding
from nktrial.model.quality import BadRange, BinCourse, QualityStep

__all__ = ["bad_ranges", "event_times", "order_step", "rate_step", "stability_step", "unjudged_stability"]

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

FEWEST_BINS: Final = 20  # [unverified] own choice: of fewer, runs below 5 bins are most of the measurement


def event_times(matrix: EventMatrix) -> FloatArray | None:
    """Return the time of each event [s; ticks without $TIMESTEP; NaN where not finite], None without a time channel.

    Raises
    ------
    MethodError
        NK-CYT-03 $TIMESTEP is not a number.
    """
    channel = time_channel(matrix.channels)
    if channel is None:
        return None
    # FCS 3.1: the time is the raw value times $TIMESTEP; some instruments write the same factor as $PnG once more.
    raw = matrix.values[:, channel.index].astype(np.float64)
    return np.where(np.isfinite(raw), raw, np.nan) * (time_step(matrix) if _has_step(matrix) else 1.0)


def order_step(times: FloatArray | None, reached: BoolArray, subject: str) -> tuple[StepOutcome, TimeOrder | None]:
    """Look for times that run backwards; nothing is taken out."""
    nothing = np.zeros(reached.size, dtype=np.bool_)
    if times is None:
        step = QualityStep("time_order", int(reached.sum()), 0, {}, {}, "no time channel")
        finding = Finding(
            "NK-QCF-06",
            "warning",
            subject,
            "The file has no time channel: its events are taken to stand in the order of acquisition, and the flow "
            "rate cannot be judged.",
        )
        return StepOutcome(nothing, step, (), (finding,)), None
    order = time_order(times)
    details = {"steps_back": float(order.steps_back), "largest_s": order.largest_s}
    step = QualityStep("time_order", int(reached.sum()), 0, {}, details)
    if not order.steps_back:
        return StepOutcome(nothing, step), order
    finding = Finding(
        "NK-QCF-05",
        "warning" if order.broken else "info",
        subject,
        f"The time runs backwards {order.steps_back} times, at most by {order.largest_s:g} s: files were joined, "
        "events sorted, or the clock was set back. Stretches of time are judged in the order of the file.",
        details,
    )
    return StepOutcome(nothing, step, ("time_backwards",) if order.broken else (), (finding,)), order


def rate_step(
    matrix: EventMatrix, times: FloatArray | None, order: TimeOrder | None, reached: BoolArray, subject: str
) -> StepOutcome:
    """Take out events of intervals with an outlying flow rate."""
    nothing = np.zeros(reached.size, dtype=np.bool_)
    reason = _no_rate(matrix, times, order)
    findings: tuple[Finding, ...] = ()
    if times is None or order is None or reason:
        if reason.startswith("no $TIMESTEP"):
            findings = (
                Finding(
                    "NK-QCF-07", "info", subject, "The file has no $TIMESTEP above 0: the flow rate was not judged."
                ),
            )
        return StepOutcome(nothing, QualityStep("flow_rate", int(reached.sum()), 0, {}, {}, reason), (), findings)
    # All events, those at margins too: the rate is that of the instrument.
    usable = np.isfinite(times)
    rate = flow_rate(times[usable])
    if not rate.counts.size:
        step = QualityStep(
            "flow_rate", int(reached.sum()), 0, {}, {}, "too few intervals, or too few values of the clock"
        )
        return StepOutcome(nothing, step)
    taken = nothing.copy()
    taken[usable] = rate.anomalous
    taken &= reached
    details = {
        "interval_s": rate.interval_s,
        "intervals": float(rate.counts.size),
        "outlying": float(rate.outlying.sum()),
        "median_events": float(np.median(rate.counts)),
    }
    return StepOutcome(taken, QualityStep("flow_rate", int(reached.sum()), int(taken.sum()), {}, details))


def stability_step(
    scales: Scales,
    channels: Sequence[Channel],
    times: FloatArray | None,
    reached: BoolArray,
    options: tuple[Limits, int | None],
    subject: str,
) -> tuple[StepOutcome, BinCourse]:
    """Take out events of unstable bins; report drift.

    Parameters
    ----------
    scales : Scales
        Display values of the file.
    channels : sequence of Channel
        The channels looked at.
    times : (n,) float or None
        Time of each event [s].
    reached : (n,) bool
        Events that no step before has taken out.
    options : (Limits, int or None)
        Limits, and events a bin.
    subject : str
        The file, for findings.
    """
    limits, size = options
    place = np.flatnonzero(reached)
    bins = overlapping_bins(place.size, size=size)
    tracks: dict[str, FloatArray] = {}
    medians: dict[str, FloatArray] = {}
    findings: list[Finding] = []
    for channel in channels:
        values = scales.display_values(channel)[place]
        medians[channel.name] = bin_medians(values, bins)
        tracks[channel.name] = peak_tracks(values, bins)
        findings.extend(_drift_findings(channel, values, subject))
    middle = None if times is None else bin_medians(times[place], bins)
    ends = np.concatenate((place, [place[-1] + 1])) if place.size else np.zeros(1, dtype=np.intp)
    course = BinCourse(ends[bins.starts], ends[bins.stops - 1] + 1, middle, medians)
    flags = ("drift",) if findings else ()
    taken = np.zeros(reached.size, dtype=np.bool_)
    if bins.count < FEWEST_BINS:
        step = QualityStep(
            "signal_stability", place.size, 0, {}, {"bins": float(bins.count)}, f"fewer than {FEWEST_BINS} bins"
        )
        return StepOutcome(taken, step, flags, tuple(findings)), course
    stability = unstable_bins(tracks, bins, limits)
    taken[place] = events_in(bins, stability.bad)
    if not stability.tree_used:
        findings.append(_no_tree(bins, limits, subject))
    return StepOutcome(taken, _stability_report(stability, bins, taken), flags, tuple(findings)), course


def unjudged_stability(reached: BoolArray) -> tuple[StepOutcome, BinCourse]:
    """Return the step of signal stability for events that were shuffled: it takes out none, and has no bins."""
    step = QualityStep("signal_stability", int(reached.sum()), 0, {}, {}, "the events are not in order of time")
    nowhere = np.zeros(0, dtype=np.intp)
    return StepOutcome(np.zeros(reached.size, dtype=np.bool_), step), BinCourse(nowhere, nowhere, None, {})


def bad_ranges(name: str, taken: BoolArray, reached: BoolArray, times: FloatArray | None) -> tuple[BadRange, ...]:
    """Return the stretches of events that a step takes out; events taken out before do not interrupt one."""
    place = np.flatnonzero(reached)
    found = []
    for start, stop in runs(taken[place]):
        first, last = int(place[start]), int(place[stop - 1])
        found.append(BadRange(name, first, last + 1, _second(times, first), _second(times, last)))
    return tuple(found)


def _second(times: FloatArray | None, event: int) -> float | None:
    """Return an event's time, None where it has none."""
    return None if times is None or not np.isfinite(times[event]) else float(times[event])


def _has_step(matrix: EventMatrix) -> bool:
    """Tell whether the file states how long a tick of its clock is."""
    return bool(matrix.keywords.get("$TIMESTEP", "").strip()) and time_step(matrix) > 0.0


def _no_rate(matrix: EventMatrix, times: FloatArray | None, order: TimeOrder | None) -> str:
    """Say why the flow rate cannot be judged, or nothing."""
    if times is None or order is None:
        return "no time channel"
    if not _has_step(matrix):
        return "no $TIMESTEP"
    return "the time runs backwards" if order.broken else ""


def _stability_report(stability: Stability, bins: Bins, taken: BoolArray) -> QualityStep:
    """Return what each part of the method took out."""
    split = {channel for channel, _ in stability.splits}
    counts = {}
    for channel, bad in stability.channels.items():
        events = int(events_in(bins, bad).sum())
        if events or channel in split:
            counts[channel] = events
    details = {
        "bins": float(bins.count),
        "events_per_bin": float(bins.size),
        "bad_bins": float(stability.bad.sum()),
        "tree_events": float(events_in(bins, stability.by_tree).sum()),
        "mad_events": float(events_in(bins, stability.by_mad).sum()),
        "short_run_events": float(events_in(bins, stability.by_run).sum()),
    }
    return QualityStep("signal_stability", bins.events, int(taken.sum()), counts, details)


def _drift_findings(channel: Channel, values: FloatArray, subject: str) -> tuple[Finding, ...]:
    """Report a channel that rises or falls throughout."""
    medians = bin_medians(values, drift_bins(values.size))
    direction = drift(medians)
    if direction is None:
        return ()
    tenth = max(medians.size // 10, 1)
    change = float(np.median(medians[-tenth:]) - np.median(medians[:tenth]))
    return (
        Finding(
            "NK-QCF-08",
            "warning",
            subject,
            f"Channel {channel.name} is {direction} throughout the measurement, by {abs(change):.3g} on the display "
            "scale from the first to the last tenth.",
            {"channel": channel.name, "direction": direction, "change": change},
        ),
    )


def _no_tree(bins: Bins, limits: Limits, subject: str) -> Finding:
    return Finding(
        "NK-QCF-10",
        "info",
        subject,
        f"The measurement has {bins.count} bins, fewer than {limits.tree_bins}: no isolation tree, as in PeacoQC.",
        {"bins": bins.count},
    )
