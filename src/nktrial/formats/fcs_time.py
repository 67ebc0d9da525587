"""Whether the time channel runs forward.

Definition
    The time channel ($PnN is TIME in any case) counts from the first event (FCS 3.0, section 3.2.20, $TIMESTEP), so
    that it never falls from one event to the next where events stand in the order of acquisition.

Not decided here
    What to do about it: counts do not depend on the order of events, checks of quality over time do.
"""

from typing import Final

import numpy as np

from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_stored import BLOCK_ROWS
from nktrial.model.events import Channel, EventValues

__all__ = ["note_time"]

TIME: Final = "time"


def note_time(values: EventValues, channels: tuple[Channel, ...], log: FcsLog) -> None:
    """Record how often the time channel falls (NK-FCS-81)."""
    clocks = [channel.index for channel in channels if channel.name.casefold() == TIME]
    if len(clocks) != 1:
        return
    falls = 0
    for start in range(0, values.shape[0] - 1, BLOCK_ROWS - 1):
        column = values[start : start + BLOCK_ROWS, clocks[0]]
        falls += int(np.count_nonzero(column[1:] < column[:-1]))
    if falls:
        log.note(
            "NK-FCS-81",
            f"the time channel falls {falls:,} times among {values.shape[0]:,} events, so they do not stand in the "
            "order of acquisition; quality over time cannot be judged.",
            evidence={"falls": falls},
        )
