"""Neutrophil and platelet engraftment after a transplant, from daily counts.

Definition
    Neutrophils: the first of 3 successive days at or above 500/uL after the nadir, the lowest count. Platelets: the
    first of 3 consecutive days at or above 20,000/uL without platelet transfusion on these days or the 6 days before;
    a transfusion 7 days earlier is clear.

    A day without a count ends a run. CIBMTR also counts three laboratory values in a row at or above the limit, on
    days that do not follow each other: where only such values reach it, nothing can be said, and where they come
    before the run, the outcome names their first day. A gap in the record is not taken for failure.

Not decided here
    Graft failure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from nktrial.core.compare import at_least
from nktrial.criteria.cells import word
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "Engrafted", "NotEngrafted", "Undecided", "neutrophil_engraftment", "platelet_engraftment"]

METHOD: Final = Method(
    name="criteria.engraftment",
    version=2,
    source="Kharfan-Dabaja 2021, ASTCT consensus on engraftment and graft failure",
)
NEUTROPHILS_FROM_PER_UL: Final = 500.0
PLATELETS_FROM_PER_UL: Final = 20_000.0
RUN_DAYS: Final = 3
CLEAR_DAYS: Final = 7

Series: TypeAlias = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Engrafted:
    """The first day of the run, and that of earlier values at or above the limit on days that do not follow."""

    day: int
    earlier_with_gaps: int | None = None


@dataclass(frozen=True, slots=True)
class NotEngrafted:
    """Not reached by the last day with a count."""

    last_day: int


@dataclass(frozen=True, slots=True)
class Undecided:
    """Why the counts cannot answer."""

    reason: str


def neutrophil_engraftment(series: Series) -> Engrafted | NotEngrafted | Undecided:
    """Return the day of neutrophil engraftment.

    Parameters
    ----------
    series : sequence of (int, float)
        Day after the transplant and neutrophils [cells/uL], by day, each day once.
    """
    if not series:
        return Undecided("no count is given")
    nadir_day = min(series, key=lambda point: point[1])[0]
    low_days = [day for day, count in series if not at_least(count, NEUTROPHILS_FROM_PER_UL)]
    if not low_days:
        return Undecided("neutrophils never stood below 500/uL: no nadir to recover from")
    starts = _starts(series, NEUTROPHILS_FROM_PER_UL)
    after_fall = [day for day in starts if day > low_days[0]]
    after_nadir = [day for day in starts if day > nadir_day]
    if after_fall != after_nadir and after_fall[:1] != after_nadir[:1]:
        return Undecided(f"a run from day {after_fall[0]} precedes the lowest count of day {nadir_day}")
    with_gaps = [first for first, _ in _gapped(series, NEUTROPHILS_FROM_PER_UL) if first > low_days[0]]
    return _found(after_nadir, with_gaps, series)


def platelet_engraftment(series: Series, transfusion_days: Sequence[int]) -> Engrafted | NotEngrafted | Undecided:
    """Return the day of platelet engraftment.

    Parameters
    ----------
    series : sequence of (int, float)
        Day after the transplant and platelets [cells/uL], by day, each day once.
    transfusion_days : sequence of int
        Days with a platelet transfusion; empty where there was none.
    """
    if not series:
        return Undecided("no count is given")

    def clear(first: int, last: int) -> bool:
        # CIBMTR manual, form 2100, platelet recovery: last transfusion on day 0, recovery may be reported from day 7.
        return not any(first - CLEAR_DAYS < given <= last for given in transfusion_days)

    runs = [day for day in _starts(series, PLATELETS_FROM_PER_UL) if clear(day, day + RUN_DAYS - 1)]
    low_days = [day for day, count in series if not at_least(count, PLATELETS_FROM_PER_UL)]
    if runs and low_days and runs[0] < low_days[0]:
        return Undecided(
            f"the run from day {runs[0]} stands before platelets first fell below 20,000/uL on day {low_days[0]}: "
            "before the nadir, or in a record that begins late"
        )
    with_gaps = [first for first, last in _gapped(series, PLATELETS_FROM_PER_UL) if clear(first, last)]
    return _found(runs, with_gaps, series)


def _starts(series: Series, limit: float) -> list[int]:
    """Return each day that begins 3 successive days at or above the limit."""
    reached = {day for day, count in series if at_least(count, limit)}
    return sorted(day for day in reached if all(day + later in reached for later in range(RUN_DAYS)))


def _gapped(series: Series, limit: float) -> list[tuple[int, int]]:
    """Return the first and last day of each 3 values in a row at or above the limit with a day missing between."""
    rows = [series[first : first + RUN_DAYS] for first in range(len(series) - RUN_DAYS + 1)]
    return [
        (row[0][0], row[-1][0])
        for row in rows
        if row[-1][0] - row[0][0] >= RUN_DAYS and all(at_least(count, limit) for _, count in row)
    ]


def _found(runs: Sequence[int], with_gaps: Sequence[int], series: Series) -> Engrafted | NotEngrafted | Undecided:
    """Return the first run; where there is none, whether values with gaps could have been one."""
    if runs:
        return Engrafted(runs[0], next((day for day in with_gaps if day < runs[0]), None))
    if with_gaps:
        return Undecided(
            f"3 values in a row at or above the limit from day {with_gaps[0]}, with gaps between their days: "
            "CIBMTR counts such values after the nadir; 3 successive days are not shown"
        )
    return NotEngrafted(series[-1][0])


def _assess(cells: Cells) -> Outcome:
    measure = word(cells, "measure")
    given, days = cells.get("daily_series_day_value"), cells.get("transfusion_days")
    series = [point for point in given if isinstance(point, tuple)] if isinstance(given, tuple) else []
    transfused = [day for day in days if isinstance(day, int)] if isinstance(days, tuple) else []
    if not measure:
        return Outcome({"day": None}, not_evaluable="the measure is not given")
    found = neutrophil_engraftment(series) if measure == "ANC" else platelet_engraftment(series, transfused)
    match found:
        case Engrafted(day, None):
            return Outcome({"day": day}, "first of 3 successive days")
        case Engrafted(day, earlier):
            gaps = f"3 values in a row with gaps between their days begin on day {earlier}"
            said = f"first of 3 successive days; {gaps}: CIBMTR counts such values after the nadir"
            return Outcome({"day": day}, said)
        case NotEngrafted(last_day):
            return Outcome({"day": None}, f"not reached by day {last_day}")
        case Undecided(reason):
            return Outcome({"day": None}, not_evaluable=reason)


RULE: Final = Rule(
    name="engraftment",
    title="Engraftment: day of neutrophils or platelets",
    method=METHOD,
    columns=(
        Column("measure", "choice", "which count the series holds", choices=("ANC", "PLT")),
        Column("daily_series_day_value", "series", "day after the transplant and count [cells/uL]", low=0.0),
        Column("transfusion_days", "days", "days with a platelet transfusion; empty where none", needed=False),
    ),
    results=(Column("day", "whole", "first day of the run; empty where not reached"),),
    assess=_assess,
)
