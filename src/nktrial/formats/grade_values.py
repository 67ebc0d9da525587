"""Reported grades against laboratory values: gross contradictions only.

Definition
    For the laboratory terms of CTCAE v5.0 listed here, the grade that a value has by its limits is compared with the
    grade reported. The reported grade is the worst of the event, so two contradictions are plain:

    - too high: on the day of the grade (``day_of_grade``, else the day of onset) there is a value, and neither it nor
      any later value until the event resolved comes within one grade of the one reported;
    - too low: a value during the event is two grades or more worse than the one reported.

    A value equal to a limit belongs to the milder grade. Below the limit of grade 2 a value is of grade 1 at most. A
    term that compares with the upper limit of normal (uln) is judged only where the row has it, and only for too
    high: with an abnormal baseline the multiples are of the baseline. Grade 5 is death and not compared; grade 4 of
    anaemia has no value. Creatinine is left out, as its grades also rest on the baseline.

Not decided here
    The grade: ``criteria`` grades laboratory values in full.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.core.units import folded, per_ul
from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog
from nktrial.formats.plausible import HGB_UNITS
from nktrial.model.clinic import AdverseEvent, Count

__all__ = ["note_grade_doubts"]

GROSS: Final = 2  # grades apart


@dataclass(frozen=True, slots=True)
class _Term:
    """A test, whether low or high values are graded, and the limits of grades 2, 3 and (where it has one) 4."""

    test: str
    limits: tuple[float, ...]
    high: bool = False


# CTCAE v5.0 (NCI 2017). Cells per microlitre; HGB in g/L; high values in multiples of the upper limit of normal.
TERMS: Final[Mapping[str, _Term]] = MappingProxyType(
    {
        "neutrophil count decreased": _Term("ANC", (1500.0, 1000.0, 500.0)),
        "platelet count decreased": _Term("PLT", (75_000.0, 50_000.0, 25_000.0)),
        "white blood cell decreased": _Term("WBC", (3000.0, 2000.0, 1000.0)),
        "lymphocyte count decreased": _Term("ALC", (800.0, 500.0, 200.0)),
        "cd4 lymphocytes decreased": _Term("CD4", (500.0, 200.0, 50.0)),
        "anemia": _Term("HGB", (100.0, 80.0)),
        "anaemia": _Term("HGB", (100.0, 80.0)),
        "alanine aminotransferase increased": _Term("ALT", (3.0, 5.0, 20.0), high=True),
        "aspartate aminotransferase increased": _Term("AST", (3.0, 5.0, 20.0), high=True),
        "alkaline phosphatase increased": _Term("ALP", (2.5, 5.0, 20.0), high=True),
        "ggt increased": _Term("GGT", (2.5, 5.0, 20.0), high=True),
        "blood bilirubin increased": _Term("BILI", (1.5, 3.0, 10.0), high=True),
    }
)


@dataclass(frozen=True, slots=True)
class _Graded:
    """A value with its day and the highest grade that it can have."""

    day: int
    grade: int
    count: Count


def note_grade_doubts(draft: Draft, log: IssueLog) -> None:
    """Note grades that the laboratory plainly contradicts (NK-PLAN-61)."""
    if not draft.adverse_events:
        return
    day_of = {sample.sample_id: (sample.subject_id, sample.day) for sample in draft.samples}
    values: dict[tuple[str, str], list[tuple[int, Count]]] = defaultdict(list)
    for count in draft.counts:
        if count.sample_id in day_of and not count.qualifier:
            subject, day = day_of[count.sample_id]
            values[subject, count.test].append((day, count))
    for event in draft.adverse_events:
        term = TERMS.get(event.term.casefold()) or TERMS.get(event.meddra_pt.casefold())
        if term is not None and event.grade <= 4:
            graded = [
                _Graded(day, grade, count)
                for day, count in values[event.subject_id, term.test]
                if (grade := _grade(term, count)) is not None
            ]
            _compare(event, term, graded, log)


def _compare(event: AdverseEvent, term: _Term, graded: list[_Graded], log: IssueLog) -> None:
    during = [
        value
        for value in graded
        if event.day_onset <= value.day and (event.day_resolved is None or value.day <= event.day_resolved)
    ]
    day = event.day_onset if event.day_of_grade is None else event.day_of_grade
    then = [value for value in during if value.day == day]
    after = then if event.day_of_grade is not None else during
    worst = max(during, key=lambda value: value.grade, default=None)
    if then and all(event.grade - value.grade >= GROSS for value in after):
        _note(event, term, max(then, key=lambda value: value.grade), "at most grade", log)
    elif not term.high and worst is not None and worst.grade - event.grade >= GROSS:
        _note(event, term, worst, "grade", log)


def _grade(term: _Term, count: Count) -> int | None:
    """Return the highest grade that a value can have by its limits, None where it cannot be compared."""
    if term.high:
        if not count.uln:
            return None
        multiple = count.value / count.uln
        return 1 + sum(multiple > limit for limit in term.limits) if multiple > 1 else 0
    convert: Callable[[float, str], float] = _g_per_l if term.test == "HGB" else per_ul
    value = convert(count.value, count.unit)
    if count.lln is not None and value >= max(convert(count.lln, count.unit), term.limits[0]):
        return 0
    return 1 + sum(value < limit for limit in term.limits)


def _g_per_l(value: float, unit: str) -> float:
    return value * HGB_UNITS[folded(unit)]


def _note(event: AdverseEvent, term: _Term, value: _Graded, is_grade: str, log: IssueLog) -> None:
    count = value.count
    limit = f" (upper limit {count.uln:g})" if term.high and count.uln else ""
    log.add(
        "NK-PLAN-61",
        event.row.table,
        f"{event.term} is reported as grade {event.grade}, but {term.test} of day {value.day} is {count.value:g} "
        f"{count.unit}{limit}, {is_grade} {value.grade} by CTCAE v5.0 (counts.csv, line {count.row.line}).",
        "Compare grade and days with the laboratory's report; where the grade was reached on another day, write "
        "it into day_of_grade.",
        row=event.row.line,
        column="grade",
        value=str(event.grade),
        severity="warning",
    )
