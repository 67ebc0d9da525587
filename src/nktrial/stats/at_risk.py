"""Who is at risk, and what happens, at each distinct time.

Definition
    At time t a patient is at risk who entered before t and whose own time is t or later: an event at t comes before a
    censoring at t. Ties are kept as they are.

Not decided here
    Time zero, and what is an event.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nktrial.core.errors import MethodError

__all__ = [
    "AtRisk",
    "FloatArray",
    "IntArray",
    "at_risk",
    "checked_causes",
    "checked_entry",
    "checked_groups",
    "checked_times",
    "risk_by_group",
    "step_at",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Counts at the distinct times.

    Parameters
    ----------
    time : (k,) float
        Distinct times, increasing.
    place : (n,) int
        Index of each patient's time in ``time``.
    n_risk : (k,) int
        Patients at risk.
    """

    time: FloatArray
    place: IntArray
    n_risk: IntArray

    def counted(self, chosen: NDArray[np.bool_]) -> IntArray:
        """Return how many of the chosen (n,) patients have each distinct time."""
        return np.bincount(self.place[chosen], minlength=self.time.size).astype(np.int64)


def at_risk(time: FloatArray, entry: FloatArray | None = None) -> AtRisk:
    """Return the distinct times with the numbers at risk.

    Parameters
    ----------
    time : (n,) float
        Follow-up time of each patient.
    entry : (n,) float or None
        Time at which each came under observation (left truncation); None: all at the beginning.
    """
    distinct, place = np.unique(time, return_inverse=True)
    here = np.bincount(place, minlength=distinct.size)
    risk = here[::-1].cumsum()[::-1]
    if entry is not None:
        risk = risk - (entry.size - np.searchsorted(np.sort(entry), distinct, side="left"))
    return AtRisk(distinct, place.astype(np.int64), risk.astype(np.int64))


def checked_times(time: ArrayLike) -> FloatArray:
    """Return times as floats.

    Raises
    ------
    MethodError
        NK-STA-03 no patient, or not one dimension; NK-STA-04 a missing, infinite or negative time.
    """
    times = np.asarray(time, dtype=np.float64)
    if times.ndim != 1 or times.size == 0:
        raise MethodError(
            "NK-STA-03", f"times have the shape {times.shape}, expected one time a patient, at least one."
        )
    bad = np.flatnonzero(~(np.isfinite(times) & (times >= 0.0)))
    if bad.size:
        raise MethodError(
            "NK-STA-04",
            f"{bad.size} times are missing, infinite or negative, the first ({times[bad[0]]}) at index {int(bad[0])}.",
            remedy="Leave such patients out, and say so.",
        )
    return times


def checked_causes(event: ArrayLike, size: int) -> IntArray:
    """Return event codes as whole numbers: 0 censored, 1 and above a cause.

    Raises
    ------
    MethodError
        NK-STA-05 another number of codes than of times; NK-STA-06 a code that is no whole number from 0.
    """
    given = np.asarray(event)
    if given.shape != (size,):
        raise MethodError("NK-STA-05", f"event has the shape {given.shape}, time has {size} values.")
    codes = np.asarray(given, dtype=np.float64)
    bad = np.flatnonzero(~(np.isfinite(codes) & (codes >= 0) & (codes == np.floor(codes))))
    if bad.size:
        raise MethodError(
            "NK-STA-06",
            f"the event code {given[bad[0]]!r} at index {int(bad[0])} is no whole number from 0.",
            remedy="Write 0 for censored, 1 for the first cause, and so on.",
        )
    return codes.astype(np.int64)


def checked_entry(entry: ArrayLike | None, time: FloatArray) -> FloatArray | None:
    """Return entry times, None where nobody enters late.

    Raises
    ------
    MethodError
        NK-STA-05 another number of entries than of times; NK-STA-07 an entry that is missing, or not before its time.
    """
    if entry is None:
        return None
    entries = np.asarray(entry, dtype=np.float64)
    if entries.shape != time.shape:
        raise MethodError("NK-STA-05", f"entry has the shape {entries.shape}, time has {time.size} values.")
    bad = np.flatnonzero(~(np.isfinite(entries) & (entries < time)))
    if bad.size:
        first = int(bad[0])
        raise MethodError(
            "NK-STA-07",
            f"entry {entries[first]} at index {first} is not before the time {time[first]}.",
            remedy="Leave out patients who were never under observation.",
        )
    return entries


def checked_groups(group: ArrayLike, size: int, name: str) -> tuple[tuple[object, ...], IntArray]:
    """Return the distinct groups in order, and each patient's place among them.

    Raises
    ------
    MethodError
        NK-STA-05 another number of groups than of times; NK-STA-10 a missing group.
    """
    given = np.asarray(group)
    if given.shape != (size,):
        raise MethodError("NK-STA-05", f"{name} has the shape {given.shape}, time has {size} values.")
    missing = (given == "") if given.dtype.kind in "US" else (given != given)  # noqa: PLR0124 - NaN is not itself
    if given.dtype.kind == "O":
        missing = np.array([item is None or item == "" or item != item for item in given], dtype=bool)  # noqa: PLR0124
    bad = np.flatnonzero(missing)
    if bad.size:
        raise MethodError(
            "NK-STA-10",
            f"{name} is missing for {bad.size} patients, the first at index {int(bad[0])}.",
            remedy="Leave such patients out, and say so.",
        )
    distinct, place = np.unique(given, return_inverse=True)
    return tuple(distinct.tolist()), place.astype(np.int64)


def risk_by_group(time: FloatArray, member: IntArray, groups: int, at: FloatArray) -> FloatArray:
    """Return how many of each group have a time of ``at`` or later: (k, groups)."""
    ordered = [np.sort(time[member == each]) for each in range(groups)]
    return np.stack([each.size - np.searchsorted(each, at, side="left") for each in ordered], axis=1).astype(np.float64)


def step_at(time: FloatArray, value: FloatArray, before: float, asked: ArrayLike) -> FloatArray:
    """Return a right-continuous step function at the asked times; ``before`` holds before the first step."""
    place = np.searchsorted(time, np.asarray(asked, dtype=np.float64), side="right")
    return np.concatenate(([before], value))[place]
