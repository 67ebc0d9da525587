"""Course of an acquisition: event rate and channel medians along time.

Definition
    Time is the raw value times $TIMESTEP. Its $PnG is left out: BD's software repeats the time step there, and divided
    by it 100 s would read 10,000. Time is cut into equal stretches of at least 200 events on average and at most 200
    stretches, or as many as are asked for. Rate = events of a stretch / its length. Median: of the scale values of a
    channel, over the events of the stretch.

Not decided here
    Which stretches are bad: see time quality control.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.scale import TIME_NAME, EventBlock, time_step
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.pictures import BadTime, TimeCourse

__all__ = ["time_course"]

FloatArray: TypeAlias = NDArray[np.float64]

MOST_STRETCHES: Final = 200
EVENTS_A_STRETCH: Final = 200


def time_course(
    matrix: EventMatrix,
    name: str,
    *,
    channels: Sequence[str] = (),
    bad: Sequence[BadTime] = (),
    most: int = MOST_STRETCHES,
) -> TimeCourse:
    """Return the course of one file.

    Parameters
    ----------
    matrix : EventMatrix
        The events; one channel is named ``Time``.
    name : str
        Of the file.
    channels : sequence of str
        ``$PnN`` of the channels to follow; none: all but the time.
    bad : sequence of BadTime
        What quality control found.
    most : int
        Most stretches.

    Returns
    -------
    TimeCourse

    Raises
    ------
    MethodError
        NK-CYT-90 the file has no time channel, no events, or its time does not pass.
    """
    clock, times = _clock(matrix, name)
    block = EventBlock(matrix.values, matrix.channels, time_step(matrix))
    known = np.flatnonzero(np.isfinite(times))
    times = times[known]
    stretches = int(np.clip(times.size // EVENTS_A_STRETCH, 1, most))
    edges = np.linspace(times.min(), times.max(), stretches + 1)
    place = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, stretches - 1)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(stretches + 1))
    followed = [item for item in matrix.channels if item is not clock and (not channels or item.name in channels)]
    medians = np.full((stretches, len(followed)), np.nan)
    for column, channel in enumerate(followed):
        values = block.scale(channel.index)[known][order]
        for stretch in range(stretches):
            part = values[starts[stretch] : starts[stretch + 1]]
            if part.size:
                medians[stretch, column] = np.median(part)
    unit = "s" if matrix.keywords.get("$TIMESTEP", "").strip() else "ticks"
    rate = np.diff(starts) / np.diff(edges)
    return TimeCourse(name, edges, rate, tuple(map(_label, followed)), medians, tuple(bad), unit)


def _clock(matrix: EventMatrix, name: str) -> tuple[Channel, FloatArray]:
    """Return the time channel and every event's time."""
    clock = next((channel for channel in matrix.channels if channel.name.lower() == TIME_NAME), None)
    found = "no channel Time"
    if clock is not None:
        times = np.asarray(matrix.values[:, clock.index], dtype=np.float64) * time_step(matrix)
        finite = times[np.isfinite(times)]
        if finite.size and finite.min() < finite.max():
            return clock, times
        found = "no passing time" if finite.size else "no events"
    raise MethodError(
        "NK-CYT-90",
        f"the file has {found}, so that nothing can be shown along time.",
        where=name,
        remedy="Draw the gates without --time, or export the file with its time channel.",
    )


def _label(channel: Channel) -> str:
    """Return ``"CD56 (BV605-A)"``, the channel alone where it has no marker."""
    return f"{channel.marker} ({channel.name})" if channel.marker not in ("", channel.name) else channel.name
