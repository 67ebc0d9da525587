"""Times to event of one patient: overall and event-free survival, and relapse against death without it.

Definition
    Calendar days from time zero. OS: death of any cause. EFS: relapse or death, whichever comes first. Competing: 1
    relapse, 2 death without relapse before. Whoever has no event is censored at the last follow-up. Relapse and death
    on one day are a relapse, and an event of both OS and EFS.

Not decided here
    Time zero: the first NK infusion for these, as the protocol says.
"""

from dataclasses import dataclass
from typing import Final, Literal

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "SurvivalTimes", "Timed", "survival_times"]

METHOD: Final = Method(
    name="endpoints.time_to_event",
    version=1,
    source="nktrial convention: calendar days from the first NK infusion; OS, EFS, competing risks as usually defined",
)


@dataclass(frozen=True, slots=True)
class Timed:
    """Days from time zero, and what ended them: 0 censored, 1 the event, 2 a competing event."""

    days: int
    code: Literal[0, 1, 2]


@dataclass(frozen=True, slots=True)
class SurvivalTimes:
    """OS, EFS, relapse with death competing, and death without relapse (NRM) with relapse competing."""

    os: Timed
    efs: Timed
    relapse: Timed
    nrm: Timed


def survival_times(zero: int, *, relapse: int | None, death: int | None, last: int | None) -> SurvivalTimes:
    """Return the times of one patient.

    Parameters
    ----------
    zero : int
        Day of time zero, on any calendar.
    relapse, death : int or None
        Day of each on that calendar; None where it has not happened.
    last : int or None
        Day of the last follow-up; may be None where the patient has died.

    Raises
    ------
    MethodError
        NK-TTE-01 something before time zero; NK-TTE-02 something after death, or after the last follow-up; NK-TTE-03
        neither death nor last follow-up is known.
    """
    named = {"relapse": relapse, "death": death, "the last follow-up": last}
    for name, day in named.items():
        if day is not None and day < zero:
            raise MethodError("NK-TTE-01", f"{name} lies {zero - day} days before time zero.", remedy="Correct a date.")
    end = death if death is not None else last
    if end is None:
        raise MethodError(
            "NK-TTE-03", "neither death nor the last follow-up is given.", remedy="Fill in one of the two."
        )
    for name, day in (("relapse", relapse), ("the last follow-up", last)):
        if death is not None and day is not None and day > death:
            raise MethodError("NK-TTE-02", f"{name} lies {day - death} days after death.", remedy="Correct a date.")
    if relapse is not None and relapse > end:
        raise MethodError(
            "NK-TTE-02", f"relapse lies {relapse - end} days after the last follow-up.", remedy="Correct a date."
        )
    died = death is not None
    first = end if relapse is None else relapse
    return SurvivalTimes(
        os=Timed(end - zero, 1 if died else 0),
        efs=Timed(first - zero, 1 if died or relapse is not None else 0),
        relapse=Timed(first - zero, 1 if relapse is not None else 2 if died else 0),
        nrm=Timed(first - zero, 2 if relapse is not None else 1 if died else 0),
    )


def _day(cells: Cells, name: str) -> int | None:
    value = cells.get(name)
    return value if isinstance(value, int) else None


def _assess(cells: Cells) -> Outcome:
    zero = _day(cells, "time_zero")
    if zero is None:
        return Outcome(dict.fromkeys(RESULTS), not_evaluable="time zero is not given")
    found = survival_times(
        zero,
        relapse=_day(cells, "relapse_date"),
        death=_day(cells, "death_date"),
        last=_day(cells, "last_followup_date"),
    )
    values: dict[str, float | int | str | None] = {
        "os_days": found.os.days,
        "os_event": found.os.code,
        "efs_days": found.efs.days,
        "efs_event": found.efs.code,
        "cr_days": found.relapse.days,
        "cr_code": found.relapse.code,
    }
    return Outcome(values, ("censored", "relapse", "death without relapse")[found.relapse.code])


RESULTS: Final = ("os_days", "os_event", "efs_days", "efs_event", "cr_days", "cr_code")
RULE: Final = Rule(
    name="time_to_event",
    title="OS, EFS and competing risks from dates",
    method=METHOD,
    columns=(
        Column("time_zero", "date", "first NK infusion"),
        Column("relapse_date", "date", "relapse or progression; empty: none"),
        Column("death_date", "date", "death; empty: alive"),
        Column("last_followup_date", "date", "last follow-up"),
    ),
    results=(
        Column("os_days", "whole", "overall survival [days]"),
        Column("os_event", "whole", "1 death, 0 censored"),
        Column("efs_days", "whole", "event-free survival [days]"),
        Column("efs_event", "whole", "1 relapse or death, 0 censored"),
        Column("cr_days", "whole", "time to the first of the competing events [days]"),
        Column("cr_code", "whole", "1 relapse, 2 death without relapse, 0 censored"),
    ),
    assess=_assess,
)
