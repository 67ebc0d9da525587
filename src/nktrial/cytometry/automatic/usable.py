"""The values that an automatic method may use.

Definition
    Values that are not finite (and those beyond 1e100 in absolute value, which no display scale has) are left out and
    counted, as gating leaves such events out of every population. Values outside ``low .. high`` are left out and
    counted too. What remains is sorted, so that nothing depends on the order of the events.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nktrial.core.errors import MethodError

__all__ = ["LARGEST", "Usable", "display_values", "usable_values"]

FloatArray: TypeAlias = NDArray[np.float64]
LARGEST: Final = 1e100


@dataclass(frozen=True, slots=True, eq=False)
class Usable:
    """Sorted values and what was left out.

    Parameters
    ----------
    values : (n,) float
        Ascending.
    not_finite, outside : int
        Values left out because they are no numbers, or lie outside the range.
    """

    values: FloatArray
    not_finite: int
    outside: int

    @property
    def evidence(self) -> dict[str, float]:
        """Return the counts by name."""
        return {
            "events": float(self.values.size),
            "not_finite": float(self.not_finite),
            "outside": float(self.outside),
        }


def display_values(values: ArrayLike) -> FloatArray:
    """Return values as one dimension of numbers.

    Raises
    ------
    MethodError
        NK-CYT-70 they are not one dimension of numbers.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.zeros((0, 0))
    if array.ndim != 1:
        raise MethodError(
            "NK-CYT-70",
            "the values are not one dimension of numbers.",
            where="automatic gating",
            remedy="Give one channel of the events.",
        )
    return array


def usable_values(values: ArrayLike, low: float | None = None, high: float | None = None) -> Usable:
    """Return the finite values inside a range, sorted.

    Parameters
    ----------
    values : (n,) float
        Display values.
    low, high : float or None
        Ends of the range, inclusive; None for open.

    Returns
    -------
    Usable
        The values, and how many were left out.

    Raises
    ------
    MethodError
        NK-CYT-70 not one dimension of numbers; NK-CYT-71 the range is empty or its ends are not finite.
    """
    array = display_values(values)
    bottom = -LARGEST if low is None else low
    top = LARGEST if high is None else high
    if not -LARGEST <= bottom < top <= LARGEST:
        raise MethodError(
            "NK-CYT-71",
            f"the range {low} to {high} is empty or not finite.",
            where="automatic gating",
            remedy="Give a low end below the high end.",
        )
    finite = array[np.abs(array) <= LARGEST]
    inside = finite[(finite >= bottom) & (finite <= top)]
    return Usable(np.sort(inside + 0.0), array.size - finite.size, finite.size - inside.size)
