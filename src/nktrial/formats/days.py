"""Days from calendar dates: one origin a patient, the first NK infusion.

Definition
    ``day = date - date of the patient's first NK infusion``. The calendar date as written counts; the time of day
    and its offset from UTC do not. Where a row gives both a day and a date, they must agree.

Not decided here
    Whether the first infusion is day 0 where the tables give days only (``links``).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nktrial.formats.cells import Stamp
from nktrial.formats.issues import IssueLog
from nktrial.model.clinic import Row

__all__ = ["Timed", "first_infusion_dates", "note_mixed_offsets", "resolved_day"]


@dataclass(frozen=True, slots=True)
class Timed:
    """A row's patient and one of its times as written; the names of its columns of dates and of days."""

    place: Row
    subject_id: str
    day: int | None
    stamp: Stamp | None
    column: str
    day_column: str = "day"


def first_infusion_dates(infusions: Sequence[Timed]) -> dict[str, dt.date]:
    """Return the date of day 0 of each patient whose infusions tell it.

    A row with day and date fixes it; without such a row it is the earliest date, provided that every infusion of the
    patient has a date.
    """
    by_subject: dict[str, list[Timed]] = defaultdict(list)
    for row in infusions:
        by_subject[row.subject_id].append(row)
    origin: dict[str, dt.date] = {}
    for subject, rows in by_subject.items():
        dated = [row.stamp.date for row in rows if row.stamp is not None]
        both = [(row.stamp.date, row.day) for row in rows if row.stamp is not None and row.day is not None]
        if both:
            date, day = both[0]
            origin[subject] = _shifted(date, -day)
        elif dated and len(dated) == len(rows):
            origin[subject] = min(dated)
    return origin


def resolved_day(row: Timed, origin: Mapping[str, dt.date], log: IssueLog) -> int | None:
    """Return a row's day, or None with an issue.

    Notes NK-PLAN-29 day and date disagree; NK-PLAN-30 neither is given; NK-PLAN-31 a date without an origin.
    """
    place = row.place
    if row.stamp is None:
        if row.day is None:
            log.add(
                "NK-PLAN-30",
                place.table,
                f"neither {row.day_column} nor {row.column} is given.",
                "Write the day after the first NK infusion, or the date as YYYY-MM-DD.",
                row=place.line,
                column=row.day_column,
            )
        return row.day
    start = origin.get(row.subject_id)
    if start is None:
        if row.day is None:
            log.add(
                "NK-PLAN-31",
                place.table,
                f"the date of the first NK infusion of {row.subject_id} is not known, so that a date gives no day.",
                "Give all NK infusions of this patient their dates in infusions.csv, or write days everywhere.",
                row=place.line,
                column=row.column,
                value=row.stamp.date.isoformat(),
            )
        return row.day
    counted = (row.stamp.date - start).days
    if row.day is not None and row.day != counted:
        log.add(
            "NK-PLAN-29",
            place.table,
            f"day {row.day} and {row.column} {row.stamp.date} disagree: the date is day {counted} after the first "
            f"NK infusion on {start}.",
            "Correct one of the two, or remove it.",
            row=place.line,
            column=row.column,
            value=row.stamp.date.isoformat(),
        )
        return None
    return counted


def note_mixed_offsets(rows: Sequence[Timed], log: IssueLog) -> None:
    """Note patients whose times carry different offsets from UTC (NK-PLAN-40): a day may be counted twice or lost."""
    seen: dict[str, str] = {}
    for row in rows:
        if row.stamp is None or not row.stamp.offset:
            continue
        first = seen.setdefault(row.subject_id, row.stamp.offset)
        if row.stamp.offset != first:
            log.add(
                "NK-PLAN-40",
                row.place.table,
                f"times of {row.subject_id} carry different offsets from UTC ({first}, {row.stamp.offset}); "
                "the calendar date as written is used.",
                "Write all times of a patient as the clock on the ward's wall shows them.",
                row=row.place.line,
                column=row.column,
                severity="warning",
            )


def _shifted(date: dt.date, days: int) -> dt.date:
    """Return the date so many days later; a date beyond the calendar stays at its end."""
    try:
        return date + dt.timedelta(days=days)
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min
