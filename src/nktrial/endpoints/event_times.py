"""The times to event that a protocol names, for one patient, each with its time zero and its competing causes.

Definition
    OS, EFS, relapse and NRM run from the first NK infusion (day 0), as ``time_to_event`` has them. Acute GVHD II-IV and
    III-IV, chronic GVHD and GRFS run from the last transplantation before it (Holtan 2015); the patient comes under
    observation at the infusion, so that entry is late (left truncation): whoever had the event before is not evaluable.
    Death and relapse compete with GVHD. GRFS: acute GVHD III-IV, chronic GVHD that needs systemic therapy, relapse or
    death, whichever comes first.

Not decided here
    Grades and severities of single assessments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nktrial.endpoints.time_to_event import survival_times
from nktrial.model.method import Method

__all__ = ["METHOD", "Course", "GvhdSeen", "OutcomeTime", "derive_times"]

METHOD: Final = Method(
    name="endpoints.event_times",
    version=1,
    source="Holtan 2015, Blood 125:1333 (GRFS); OS, EFS, relapse, NRM as usually defined; late entry stated",
)
GRADES: Final = ("0", "I", "II", "III", "IV")
Code: TypeAlias = Literal[0, 1, 2]
INFUSION: Final = "first NK infusion"
TRANSPLANT: Final = "transplantation"


@dataclass(frozen=True, slots=True)
class GvhdSeen:
    """One assessment of GVHD.

    Parameters
    ----------
    day : int
        After the first infusion.
    acute_grade : str
        Overall grade ``0`` to ``IV``; empty for chronic GVHD, or where it is not evaluable.
    chronic : bool
        Chronic GVHD of any severity.
    systemic : bool or None
        Chronic GVHD needs systemic therapy; None where it is not said.
    """

    day: int
    acute_grade: str
    chronic: bool
    systemic: bool | None


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of one patient, in days after the first infusion; None where it has not happened.

    ``gvhd`` is None where the study has no table of it.
    """

    transplant: int | None
    relapse: int | None
    death: int | None
    last: int | None
    death_cause: str
    gvhd: tuple[GvhdSeen, ...] | None


@dataclass(frozen=True, slots=True)
class OutcomeTime:
    """One outcome: days from its time zero and what ended them; None with ``reason`` where it is not evaluable."""

    name: str
    time_zero: str
    zero_day: int
    days: int | None
    code: Code | None
    cause: str
    entry_days: int
    reason: str


def derive_times(names: Sequence[str], course: Course) -> tuple[OutcomeTime, ...]:
    """Return the outcomes in the order of the names.

    Parameters
    ----------
    names : sequence of str
        ``OS``, ``EFS``, ``relapse``, ``NRM``, ``aGVHD II-IV``, ``aGVHD III-IV``, ``cGVHD``, ``GRFS``.
    course : Course
        Of one patient.

    Raises
    ------
    MethodError
        NK-TTE-01 to NK-TTE-03: the dates contradict each other.
    """
    times = survival_times(0, relapse=course.relapse, death=course.death, last=course.last)
    from_infusion = {"OS": times.os, "EFS": times.efs, "relapse": times.relapse, "NRM": times.nrm}
    found = []
    for name in names:
        if name in from_infusion:
            timed = from_infusion[name]
            cause = _cause(name, timed.code, course)
            found.append(OutcomeTime(name, INFUSION, 0, timed.days, timed.code, cause, 0, ""))
        else:
            found.append(_after_transplant(name, course))
    return tuple(found)


def _cause(name: str, code: Code, course: Course) -> str:
    """Say what ended a time."""
    died = f"death ({course.death_cause})" if course.death_cause else "death"
    if code == 0:
        return "alive when last known" if name == "OS" else "none when last known"
    if name == "OS":
        return died
    return "relapse" if course.relapse is not None else died


def _after_transplant(name: str, course: Course) -> OutcomeTime:
    """Return an outcome of GVHD, from transplantation, with entry at the infusion."""
    zero = course.transplant

    def without(reason: str) -> OutcomeTime:
        return OutcomeTime(name, TRANSPLANT, zero or 0, None, None, "", -(zero or 0), reason)

    if zero is None:
        return without("no transplantation before the first infusion is in transplants.csv")
    if course.gvhd is None:
        return without("the study has no table gvhd.csv")
    events, doubt = _gvhd_events(name, course.gvhd)
    if any(day < 0 for day, _ in events):
        return without(f"{events[0][1]} before the first infusion: the patient came under observation after it")
    ends: list[tuple[int, int, Code, str]] = [(day, 0, 1, words) for day, words in events]
    decisive: Code = 1 if name == "GRFS" else 2
    if course.relapse is not None:
        ends.append((course.relapse, 1, decisive, "relapse"))
    if course.death is not None:
        ends.append((course.death, 2, decisive, "death"))
    last = course.death if course.death is not None else course.last
    if last is not None:
        ends.append((last, 3, 0, "none when last known"))
    day, _, code, words = min(ends)
    if code != 1 and doubt is not None and doubt[0] <= day:
        return without(doubt[1])
    return OutcomeTime(name, TRANSPLANT, zero, day - zero, code, words, -zero, "")


def _gvhd_events(name: str, seen: Sequence[GvhdSeen]) -> tuple[list[tuple[int, str]], tuple[int, str] | None]:
    """Return the days of the outcome's GVHD events in order, and the first assessment that leaves it open."""
    from_grade = GRADES.index("II" if name == "aGVHD II-IV" else "III")
    events: list[tuple[int, str]] = []
    doubts: list[tuple[int, str]] = []
    for item in sorted(seen, key=lambda one: one.day):
        if item.chronic and name == "cGVHD":
            events.append((item.day, "chronic GVHD"))
        elif item.chronic and name == "GRFS":
            if item.systemic:
                events.append((item.day, "chronic GVHD with systemic therapy"))
            elif item.systemic is None:
                doubts.append((item.day, f"whether chronic GVHD of day {item.day} needs systemic therapy is not given"))
        elif not item.chronic and name != "cGVHD":
            if not item.acute_grade:
                doubts.append((item.day, f"acute GVHD of day {item.day} has no overall grade"))
            elif GRADES.index(item.acute_grade) >= from_grade:
                events.append((item.day, f"acute GVHD grade {item.acute_grade}"))
    return events, min(doubts, default=None)
