"""Order of acquisition: whether the time only rises.

Definition
    A step back is an event whose time is below that of the event before it. Steps of at most a tenth of a second are
    jitter of the instrument's clock; larger ones say that files were joined, that the events are not in the order of
    acquisition, or that the clock was set back.

Not decided here
    What to do with such a file: no event is removed for it.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["JITTER_S", "TimeOrder", "time_order"]

FloatArray: TypeAlias = NDArray[np.float64]

JITTER_S: Final = 0.1  # [unverified] own choice: one interval of the flow rate


@dataclass(frozen=True, slots=True)
class TimeOrder:
    """How far the time runs backwards.

    Parameters
    ----------
    steps_back : int
        Events earlier than the one before.
    largest_s : float
        The largest step back [s], 0.0 where there is none.
    """

    steps_back: int
    largest_s: float

    @property
    def broken(self) -> bool:
        """Whether a step back is larger than jitter."""
        return self.largest_s > JITTER_S


def time_order(time_s: FloatArray) -> TimeOrder:
    """Look for times that run backwards.

    Parameters
    ----------
    time_s : (n,) float
        Time of each event in file order [s]; values that are not finite are passed over.
    """
    steps = np.diff(time_s[np.isfinite(time_s)])
    back = steps[steps < 0.0]
    return TimeOrder(int(back.size), float(-back.min()) if back.size else 0.0)
