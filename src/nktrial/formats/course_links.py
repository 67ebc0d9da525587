"""What the clinical tables must say together: an end not before its beginning, nothing after death.

Definition
    An adverse event resolves, and a drug is stopped, on the day on which it began or later. A patient who has died
    has no later sample, transplant, infusion, drug, event, assessment or contact. Who is alive has no day of death.

Not decided here
    Grades, stages and units of single cells (``event_rows``); disease (``disease_links``), follow-up and fatal events
    (``life_links``), GVHD (``gvhd_links``), grades against laboratory values (``grade_values``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from nktrial.formats.disease_links import note_disease_doubts
from nktrial.formats.draft import Draft
from nktrial.formats.grade_values import note_grade_doubts
from nktrial.formats.gvhd_links import note_gvhd_doubts
from nktrial.formats.issues import IssueLog
from nktrial.formats.life_links import note_life_doubts
from nktrial.model.clinic import FollowUp, Row

__all__ = ["note_course_problems"]


@dataclass(frozen=True, slots=True)
class _Dated:
    """Something that happened to a patient on a day."""

    subject_id: str
    day: int
    column: str
    row: Row


def note_course_problems(draft: Draft, log: IssueLog) -> None:
    """Note NK-PLAN-47 to NK-PLAN-49 (order, death, life) and what tables contradict (NK-PLAN-60 to NK-PLAN-69)."""
    for event in draft.adverse_events or ():
        _note_order(event.row, "resolved", event.day_onset, event.day_resolved, "day_resolved", log)
        _note_order(event.row, "grade reached", event.day_onset, event.day_of_grade, "day_of_grade", log)
    for drug in draft.medications or ():
        _note_order(drug.row, "stopped", drug.day_start, drug.day_stop, "day_stop", log)
    deaths: dict[str, FollowUp] = {}
    for patient in draft.followup or ():
        _note_life(patient, log)
        if patient.day_death is not None:
            deaths[patient.subject_id] = patient
    if deaths:
        for thing in _dated(draft):
            _note_after_death(thing, deaths.get(thing.subject_id), log)
    note_life_doubts(draft, log)
    note_disease_doubts(draft, log)
    note_gvhd_doubts(draft, log)
    note_grade_doubts(draft, log)


def _note_order(row: Row, word: str, first: int | None, last: int | None, column: str, log: IssueLog) -> None:
    """Note an end before its beginning (NK-PLAN-47)."""
    if first is None or last is None or last >= first:
        return
    log.add(
        "NK-PLAN-47",
        row.table,
        f"{word} on day {last}, before it began on day {first}.",
        "Correct one of the two days.",
        row=row.line,
        column=column,
        value=str(last),
    )


def _note_life(patient: FollowUp, log: IssueLog) -> None:
    """Note a patient who is alive and has died, or has died on no day (NK-PLAN-49)."""
    if patient.alive == (patient.day_death is None):
        return
    severity: Literal["error", "warning"] = "error" if patient.alive else "warning"
    told = (
        f"{patient.subject_id} is alive and died on day {patient.day_death}."
        if patient.alive
        else f"{patient.subject_id} has died, and the day is not given."
    )
    hint = "Correct alive, or the day of death." if patient.alive else "Write the day into day_death."
    row = patient.row
    log.add("NK-PLAN-49", row.table, told, hint, row=row.line, column="alive", severity=severity)


def _note_after_death(thing: _Dated, death: FollowUp | None, log: IssueLog) -> None:
    """Note what is dated after the patient's death (NK-PLAN-48)."""
    if death is None or death.day_death is None or thing.day <= death.day_death:
        return
    log.add(
        "NK-PLAN-48",
        thing.row.table,
        f"day {thing.day} is after the death of {thing.subject_id} on day {death.day_death} "
        f"({death.row.table}, line {death.row.line}).",
        "Correct one of the two days, or the patient.",
        row=thing.row.line,
        column=thing.column,
        value=str(thing.day),
    )


def _dated(draft: Draft) -> Iterator[_Dated]:
    """Yield everything that happened on a day."""
    for table in (draft.samples, draft.transplants, draft.infusions, draft.gvhd or (), draft.assessments or ()):
        for item in table:
            yield _Dated(item.subject_id, item.day, "day", item.row)
    for event in draft.adverse_events or ():
        days = {"onset": event.day_onset, "resolved": event.day_resolved, "of_grade": event.day_of_grade}
        yield from _those_given(event.subject_id, days, event.row)
    for drug in draft.medications or ():
        if drug.day_start is not None:
            yield _Dated(drug.subject_id, drug.day_start, "day_start", drug.row)
    for patient in draft.followup or ():
        days = {"last_contact": patient.day_last_contact, "relapse": patient.day_relapse}
        yield from _those_given(patient.subject_id, days | {"next_therapy": patient.day_next_therapy}, patient.row)


def _those_given(subject_id: str, days: Mapping[str, int | None], row: Row) -> Iterator[_Dated]:
    """Yield the days of a row that are there, by the names of their columns without ``day_``."""
    for name, day in days.items():
        if day is not None:
            yield _Dated(subject_id, day, f"day_{name}", row)
