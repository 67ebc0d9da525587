"""One laboratory test of one sample: the single value that its rows state, in its base unit.

Definition
    Counts in cells/uL, a differential share in percent. Rows of one test must agree (after conversion, to
    1 part in 10^9); a qualifier ``<`` or ``>`` makes a limit of a value. Units are those of ``core.units`` and are
    never guessed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.core.units import is_percent, per_ul
from nktrial.model.clinic import Count

__all__ = ["NotEvaluable", "Reading", "read_test"]

SAME: Final = 1e-9
LIMITS: Final = {"": "", "=": "", "<": "<", "<=": "<", "≤": "<", ">": ">", ">=": ">", "≥": ">"}


@dataclass(frozen=True, slots=True)
class NotEvaluable:
    """No absolute lymphocyte count, and why.

    Parameters
    ----------
    reason : str
        One sentence for the report.
    code : str
        ``NK-BLD-<NN>``.
    upper_per_ul : float or None
        Where the count was measured and lies below a limit: that limit [cells/uL].
    """

    reason: str
    code: str
    upper_per_ul: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of one test say: value in cells/uL or percent, its limit sign (``<``, ``>`` or none), the row."""

    value: float
    limit: str
    row: Count


def read_test(counts: Sequence[Count], test: str) -> Reading | NotEvaluable | None:
    """Return the one value of a test, why it has none, or None where no row names the test.

    Parameters
    ----------
    counts : sequence of Count
        Rows of one sample, any tests, any order.
    test : {"ALC", "WBC", "LYMPH_PCT"}
        Compared without regard to case.

    Returns
    -------
    Reading | NotEvaluable | None
        ``NotEvaluable``: NK-BLD-02 unit, NK-BLD-03 rows disagree, NK-BLD-06 impossible value.

    Raises
    ------
    MethodError
        NK-BLD-09 a qualifier that is none of ``<``, ``>`` or empty.
    """
    rows = [count for count in counts if count.test.strip().upper() == test]
    readings: list[Reading] = []
    for row in rows:
        reading = _read_row(row, test)
        if isinstance(reading, NotEvaluable):
            return reading
        readings.append(reading)
    if not readings:
        return None
    readings.sort(key=lambda reading: (reading.row.row.line, reading.value, reading.limit))
    first = readings[0]
    for other in readings[1:]:
        if other.limit != first.limit or not math.isclose(other.value, first.value, rel_tol=SAME):
            stated = "; ".join(f"{r.row.qualifier}{r.row.value:g} {r.row.unit}" for r in readings)
            return NotEvaluable(f"{test} is given {len(readings)} times with different values: {stated}.", "NK-BLD-03")
    return first


def _read_row(row: Count, test: str) -> Reading | NotEvaluable:
    """Convert one row, or say why it cannot be (NK-BLD-02, NK-BLD-06)."""
    limit = LIMITS.get(row.qualifier.strip())
    if limit is None:
        raise MethodError(
            "NK-BLD-09",
            f"qualifier {row.qualifier!r} of {test} is not one of '<', '>' or empty.",
            where=f"{row.row.table}, row {row.row.line} (qualifier)",
            remedy="Write the laboratory's limit with < or >, or leave the field empty.",
        )
    try:
        value = _percent(row) if test == "LYMPH_PCT" else per_ul(row.value, row.unit)
    except MethodError as error:
        return NotEvaluable(f"{test} of {row.sample_id}: {error.problem} {error.remedy}".strip(), "NK-BLD-02")
    top = 100.0 if test == "LYMPH_PCT" else math.inf
    if not 0.0 <= value <= top or not math.isfinite(value):
        return NotEvaluable(f"{test} of {row.sample_id} is {row.value:g} {row.unit}, which cannot be.", "NK-BLD-06")
    return Reading(value, limit, row)


def _percent(row: Count) -> float:
    """Return a share in percent; any other unit than percent is refused (NK-BLD-02)."""
    if not is_percent(row.unit):
        raise MethodError("NK-BLD-02", f"unit {row.unit!r} is not percent.", remedy="Write % in the unit column.")
    return row.value
