"""Events at the limits of a detector: margin events.

Definition
    Of raw values (before compensation and display scale), an event is a margin event where its value is at or beyond a
    limit of the detector that is stated, however few events are there, or at the largest or smallest value seen, where
    values pile up there: at least 0.1 % of the events, and 5 times as many as are usual for one value.

Not decided here
    Whether margin events are left out of a gate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nktrial.cytometry.automatic.cut import demand
from nktrial.cytometry.automatic.pile_up import piled_up
from nktrial.cytometry.automatic.usable import LARGEST, display_values, usable_values
from nktrial.model.method import Method

__all__ = ["METHOD", "Margins", "margin_events"]

METHOD: Final = Method(
    name="cytometry.automatic_boundary",
    version=1,
    source="Emmaneel 2022, Cytometry A 101:325 (PeacoQC, RemoveMargins); Finak 2014 (boundary)",
)
SMALLEST_SHARE: Final = 0.001  # [unverified]


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Margin events of one channel.

    Parameters
    ----------
    low, high : float or None
        Values at or beyond which an event is a margin event; None where no event is at that end.
    at_low, at_high : (n,) bool
        Which events are margin events, in the order given.
    """

    low: float | None
    high: float | None
    at_low: NDArray[np.bool_]
    at_high: NDArray[np.bool_]

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Return the margin events of both ends."""
        return self.at_low | self.at_high


def margin_events(
    values: ArrayLike, *, top: float | None = None, bottom: float | None = None, share: float = SMALLEST_SHARE
) -> Margins:
    """Return the events at the limits of one channel.

    Parameters
    ----------
    values : (n,) float
        Raw values in any order; those that are not finite are no margin events.
    top, bottom : float or None
        The largest and smallest value that the detector gives, where known (the top is $PnR - 1 of most instruments).
    share : float
        Share of the events at the largest or smallest value from which it counts as a limit, above 0 to 1.

    Returns
    -------
    Margins
        The limits and the events.

    Raises
    ------
    MethodError
        NK-CYT-70 not one dimension of numbers; NK-CYT-72 share, or a bottom that is not below the top.
    """
    demand("share", share, kept=0.0 < share <= 1.0, expected="above 0 to 1")
    if top is not None and bottom is not None:
        demand("bottom", bottom, kept=bottom < top, expected="below the top")
    array = display_values(values)
    ordered = usable_values(array).values
    at_low, at_high = piled_up(ordered, share)
    low = _limit(float(ordered[0]) if at_low else None, bottom, max)
    high = _limit(float(ordered[-1]) if at_high else None, top, min)
    nothing = np.zeros(array.size, dtype=np.bool_)
    finite = np.abs(array) <= LARGEST
    below = nothing if low is None else (array <= low) & finite
    above = nothing if high is None else (array >= high) & finite
    return Margins(low if below.any() else None, high if above.any() else None, below, above)


def _limit(piled: float | None, stated: float | None, inner: Callable[[float, float], float]) -> float | None:
    """Return the limit nearer to the middle of the axis, of those that there are."""
    if piled is None or stated is None:
        return stated if piled is None else piled
    return inner(piled, stated)
