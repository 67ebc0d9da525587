"""Scale values: what the raw numbers of an FCS file stand for.

Definition
    Linear channel: raw / gain ($PnG). Logarithmic channel ($PnE = decades, offset): offset x 10^(decades x raw / top)
    ($PnR), then / gain. Time: raw x $TIMESTEP, whatever its gain: instruments state the time step there once more, and
    FlowIO reads it so. An offset of 0 with decades above 0 means 1 (FCS 3.1, $PnE); a gain of 0 means none.

Not decided here
    Compensation and display scales, which act on scale values.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.model.events import Channel, EventMatrix, EventValues

__all__ = ["TIME_NAME", "EventBlock", "time_step"]

FloatArray: TypeAlias = NDArray[np.float64]
IndexArray: TypeAlias = NDArray[np.intp]

TIME_NAME: Final = "time"


def time_step(matrix: EventMatrix) -> float:
    """Return the seconds of one time tick, 1.0 where the file gives none.

    Raises
    ------
    MethodError
        NK-CYT-03 $TIMESTEP is not a number.
    """
    text = matrix.keywords.get("$TIMESTEP", "").strip()
    if not text:
        return 1.0
    try:
        step = float(text)
    except ValueError:
        step = float("nan")
    if not np.isfinite(step):
        raise MethodError(
            "NK-CYT-03",
            f"keyword $TIMESTEP is {text[:40]!r}, expected a number of seconds.",
            remedy="Correct the keyword or export the file again.",
        )
    return step


class EventBlock:
    """Consecutive events: their scale values, a column at a time and only where asked for.

    Parameters
    ----------
    values : (n, n_channels)
        Raw values.
    channels : sequence of Channel
        In column order.
    step : float
        Seconds of one time tick.
    """

    __slots__ = ("_channels", "_columns", "_step", "_values", "size")

    def __init__(self, values: EventValues, channels: Sequence[Channel], step: float) -> None:
        self._values = values
        self._channels = channels
        self._step = step
        self._columns: dict[int, FloatArray] = {}
        self.size = values.shape[0]

    def is_whole(self, channel: int) -> bool:
        """Tell whether a channel is linear and of integers, which are finite."""
        return self._values.dtype.kind in "iu" and self._channels[channel].decades <= 0

    def scale(self, channel: int) -> FloatArray:
        """Return the scale values of one channel, (n,) float."""
        column = self._columns.get(channel)
        if column is None:
            column = _scale_values(self._values[:, channel], self._channels[channel], self._step)
            self._columns[channel] = column
        return column


def _scale_values(raw: NDArray[np.generic], channel: Channel, step: float) -> FloatArray:
    """Convert one channel's raw values."""
    values: FloatArray = np.array(raw, dtype=np.float64, order="C")
    if channel.name.lower() == TIME_NAME:
        return values if step == 1.0 else values * step
    if channel.decades > 0:
        with np.errstate(over="ignore"):
            values = np.power(10.0, channel.decades * values / channel.top) * (channel.offset or 1.0)
    if channel.gain not in (0.0, 1.0):
        values /= channel.gain
    return values
