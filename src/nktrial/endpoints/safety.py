"""Safety of one patient: which events began in a window from an infusion, how bad, and what else was going on.

Definition
    An adverse event is treatment-emergent where it begins from the day of an infusion to ``window_days`` after it, the
    last day included; it belongs to the latest infusion on or before its onset. An event that begins on the day of the
    infusion counts, as the table does not say the hour. Worst grade: the highest CTCAE grade among the emergent events
    of a term, and of a class. Other causes are listed, never used to take an event out.

    A laboratory value's own grade is compared with the events reported for its term on that day.

Not decided here
    Grades (``criteria``), dose-limiting toxicity (``criteria``), and whether an event was caused by the cells.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.model.clinic import AdverseEvent, Gvhd, Transplant
from nktrial.model.method import Method
from nktrial.model.patient_results import Agreement, WorstGrade

__all__ = [
    "METHOD",
    "REPORTED_AS",
    "Emergence",
    "agreement",
    "emergence",
    "goes_on",
    "other_causes",
    "reported_event",
    "worst_grades",
]

METHOD: Final = Method(
    name="endpoints.safety",
    version=1,
    source="CTCAE (NCI) grades as reported; ICH E9, treatment-emergent; the protocol's window",
)
GVHD_BEFORE_DAYS: Final = 7  # [unverified] an assessment this long before or after onset speaks of the same time
CONDITIONING_DAYS: Final = 30  # [unverified] toxicity of conditioning is looked for this long after transplantation
MUST_BE_REPORTED: Final = 3  # grade from which a laboratory value that nobody reported is a difference [unverified]

# CTCAE term of a laboratory value -> words under which sites report it (CTCAE and MedDRA preferred terms).
REPORTED_AS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "Neutrophil count decreased": frozenset({"neutrophil count decreased", "neutropenia"}),
        "Platelet count decreased": frozenset({"platelet count decreased", "thrombocytopenia"}),
        "Thrombocytopenia": frozenset({"platelet count decreased", "thrombocytopenia"}),
        "Anemia": frozenset({"anemia", "anaemia", "haemoglobin decreased", "hemoglobin decreased"}),
        "White blood cell decreased": frozenset(
            {"white blood cell decreased", "white blood cell count decreased", "leukopenia", "leucopenia"}
        ),
        "Lymphocyte count decreased": frozenset({"lymphocyte count decreased", "lymphopenia"}),
        "Lymphocyte count increased": frozenset({"lymphocyte count increased", "lymphocytosis"}),
        "Leukocytosis": frozenset({"leukocytosis", "leucocytosis", "white blood cell count increased"}),
        "CD4 lymphocytes decreased": frozenset({"cd4 lymphocytes decreased"}),
        "Alanine aminotransferase increased": frozenset({"alanine aminotransferase increased", "alt increased"}),
        "Aspartate aminotransferase increased": frozenset({"aspartate aminotransferase increased", "ast increased"}),
        "Blood bilirubin increased": frozenset(
            {"blood bilirubin increased", "bilirubin increased", "hyperbilirubinemia", "hyperbilirubinaemia"}
        ),
        "Creatinine increased": frozenset({"creatinine increased", "blood creatinine increased"}),
        "Alkaline phosphatase increased": frozenset({"alkaline phosphatase increased", "alp increased"}),
        "GGT increased": frozenset({"ggt increased", "gamma-glutamyltransferase increased"}),
    }
)


@dataclass(frozen=True, slots=True)
class Emergence:
    """The infusion from which an event began: its place among the infusions, and the days since."""

    infusion: int
    days_after: int


def emergence(onset: int, infusion_days: Sequence[int], window_days: int) -> Emergence | None:
    """Return the infusion in whose window an event began, None where it is not treatment-emergent.

    Parameters
    ----------
    onset : int
        Day on which the event began.
    infusion_days : (n,) sequence of int
        Days of the patient's infusions, in any order.
    window_days : int
        Last day after an infusion that still counts.

    Raises
    ------
    MethodError
        NK-SAF-01 a negative window.
    """
    if window_days < 0:
        raise MethodError("NK-SAF-01", f"the window is {window_days} days, expected 0 or more.")
    before = [(day, place) for place, day in enumerate(infusion_days) if day <= onset]
    if not before:
        return None
    day, place = max(before)
    return Emergence(place, onset - day) if onset - day <= window_days else None


def worst_grades(events: Iterable[AdverseEvent]) -> tuple[WorstGrade, ...]:
    """Return the worst grade by term, and by class where classes are given; the worst first, then by name.

    Terms are compared without regard to case; the first spelling is shown.
    """
    found: dict[tuple[str, str], tuple[str, int, int]] = {}
    for event in events:
        for level, name in (("term", event.term), ("class", event.meddra_soc)):
            if not name:
                continue
            key = (level, name.casefold())
            shown, grade, number = found.get(key, (name, 0, 0))
            found[key] = (shown, max(grade, event.grade), number + 1)
    worst = [
        WorstGrade("term" if level == "term" else "class", shown, grade, number)
        for (level, _), (shown, grade, number) in found.items()
    ]
    return tuple(sorted(worst, key=lambda item: (item.level != "term", -item.grade, item.name.casefold())))


def other_causes(
    event: AdverseEvent, gvhd: Iterable[Gvhd], transplants: Iterable[Transplant], day_relapse: int | None
) -> tuple[str, ...]:
    """Return what else was going on when an event began, in words.

    GVHD with a stage or severity assessed within 7 days [unverified] of onset; transplantation with conditioning in the
    30 days [unverified] before; relapse on or before that day.
    """
    causes = []
    near = [row for row in gvhd if abs(row.day - event.day_onset) <= GVHD_BEFORE_DAYS and _has_gvhd(row)]
    causes += [f"{row.type} GVHD assessed on day {row.day}" for row in sorted(near, key=lambda row: row.day)]
    causes += [
        f"transplantation on day {row.day}{', ' if row.conditioning else ''}{row.conditioning}"
        for row in transplants
        if 0 <= event.day_onset - row.day <= CONDITIONING_DAYS
    ]
    if day_relapse is not None and day_relapse <= event.day_onset:
        causes.append(f"relapse on day {day_relapse}")
    return tuple(causes)


def reported_event(term: str, day: int, events: Iterable[AdverseEvent]) -> AdverseEvent | None:
    """Return the event of the highest grade reported for a laboratory term that was going on on a day.

    An event goes on from its onset to its resolution, both included; without a resolution it goes on.
    """
    words = REPORTED_AS.get(term, frozenset({term.casefold()}))
    going_on = [
        event for event in events if {event.term.casefold(), event.meddra_pt.casefold()} & words and goes_on(event, day)
    ]
    return max(going_on, key=lambda event: event.grade, default=None)


def goes_on(event: AdverseEvent, day: int) -> bool:
    """Tell whether an event was going on on a day."""
    return event.day_onset <= day and (event.day_resolved is None or day <= event.day_resolved)


def agreement(grade: int | None, reported: int | None, worst: int | None) -> Agreement:
    """Compare a value's own grade with the reported one.

    A report gives the worst grade of an event: a lower own grade agrees where another value of that event, whose own
    grade is ``worst``, reaches it. Grade 0 and no report agree. A grade of 1 or 2 that was not reported is told apart
    from a higher one, as many protocols ask for reports from grade 3 only.
    """
    if grade is None:
        return "not_gradable"
    if reported is None:
        if grade == 0:
            return "agrees"
        return "not_reported" if grade >= MUST_BE_REPORTED else "below_grade_3_not_reported"
    return "agrees" if max(grade, worst or 0) == reported else "differs"


def _has_gvhd(row: Gvhd) -> bool:
    stages = (row.skin_stage, row.liver_stage, row.upper_gut_stage, row.lower_gut_stage)
    return any(stages) or row.nih_severity in {"mild", "moderate", "severe"}
