"""Margins: events of a channel that the detector could not measure.

Definition
    Events at or beyond $PnR - 1, or at a pile-up at the smallest or largest value, of raw values: see
    ``automatic.boundary``. A lower pile of more than 10 % of the events is background rather than a margin (mass
    cytometry writes 0 for no signal): it is reported and left in.

Not decided here
    Which channels are looked at, and what happens to the events.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.automatic.boundary import margin_events
from nktrial.model.events import Channel

__all__ = ["ChannelMargins", "channel_margins"]

BoolArray: TypeAlias = NDArray[np.bool_]

BACKGROUND_SHARE: Final = 0.10  # [unverified] own choice; PeacoQC warns of a file above 10 % margins


@dataclass(frozen=True, slots=True, eq=False)
class ChannelMargins:
    """Events of one channel at its ends.

    Parameters
    ----------
    lower, upper : (n,) bool
        At the lower end, at or beyond the upper end.
    background : int
        Events of a lower pile that is too large to be a margin; they are not in ``lower``.
    """

    lower: BoolArray
    upper: BoolArray
    background: int


def channel_margins(raw: NDArray[np.generic], channel: Channel) -> ChannelMargins:
    """Find the events of one channel that lie at its ends.

    Parameters
    ----------
    raw : (n,) integer or float
        Raw values, before gain, logarithm and compensation.
    channel : Channel
        Its range.

    Returns
    -------
    ChannelMargins
        Values that are not finite are in neither.
    """
    values = np.asarray(raw, dtype=np.float64)
    nothing = np.zeros(values.size, dtype=np.bool_)
    if not np.isfinite(values).any():
        return ChannelMargins(nothing, nothing, 0)
    found = margin_events(values, top=channel.top - 1.0 if channel.top > 1.0 else None)
    lower = int(found.at_low.sum())
    if lower > BACKGROUND_SHARE * values.size:
        return ChannelMargins(nothing, found.at_high, lower)
    return ChannelMargins(found.at_low, found.at_high, 0)
