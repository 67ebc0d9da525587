"""Follow-up against the other tables: the last contact, fatal events, a second transplantation.

Definition
    A patient is known at least until the last sample, infusion, transplantation, assessment or relapse, so the last
    contact is not before it. A fatal event (outcome ``fatal`` or grade 5) ends with the patient's life: the patient
    has died, at most ``TOLERATED_DAYS`` from the day on which the event ended or reached grade 5. A second
    transplantation is a second row of transplants.csv.

Not decided here
    What is dated after death (``course_links``). All are warnings.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog
from nktrial.model.clinic import AdverseEvent, FollowUp, Row

__all__ = ["note_life_doubts"]

TOLERATED_DAYS: Final = 1  # [unverified] a death at night may be written with either date
FATAL_GRADE: Final = 5
SURVIVED: Final = frozenset({"recovered", "recovering", "recovered_with_sequelae", "not_recovered"})


def note_life_doubts(draft: Draft, log: IssueLog) -> None:
    """Note NK-PLAN-67 a last contact before other rows, NK-PLAN-68 fatal events, NK-PLAN-69 transplantations."""
    last = _last_seen(draft)
    life = {patient.subject_id: patient for patient in draft.followup or ()}
    transplants = Counter(transplant.subject_id for transplant in draft.transplants)
    for patient in life.values():
        _note_early_contact(patient, last.get(patient.subject_id, {}), log)
        if patient.second_transplant == "yes" and transplants[patient.subject_id] < 2:
            _note_second_transplant(patient, transplants[patient.subject_id], log)
    for event in draft.adverse_events or ():
        if event.grade == FATAL_GRADE or event.outcome == "fatal":
            _note_fatal(event, life.get(event.subject_id), log)


def _last_seen(draft: Draft) -> dict[str, dict[int, Row]]:
    """Return each patient's days on which something was done at the bedside, with one row a day."""
    seen: dict[str, dict[int, Row]] = defaultdict(dict)
    for table in (draft.samples, draft.transplants, draft.infusions, draft.assessments or (), draft.gvhd or ()):
        for item in table:
            seen[item.subject_id].setdefault(item.day, item.row)
    return seen


def _note_early_contact(patient: FollowUp, seen: dict[int, Row], log: IssueLog) -> None:
    """Note a last contact before the patient was last seen (NK-PLAN-67)."""
    last, row = max(seen.items(), key=lambda found: found[0], default=(patient.day_last_contact, patient.row))
    told = f"{row.table}, line {row.line}, is of day {last}"
    if patient.day_relapse is not None and patient.day_relapse > last:
        last, told = patient.day_relapse, f"the relapse is of day {patient.day_relapse}"
    if last > patient.day_last_contact:
        _warn(
            log,
            "NK-PLAN-67",
            patient.row,
            "day_last_contact",
            str(patient.day_last_contact),
            f"the last contact with {patient.subject_id} is on day {patient.day_last_contact}, but {told}.",
            "Write the last day on which the patient is known to be alive; times to event end there.",
        )


def _note_second_transplant(patient: FollowUp, rows: int, log: IssueLog) -> None:
    """Note a second transplantation without its day (NK-PLAN-69)."""
    message = f"{patient.subject_id} had a second transplantation, but transplants.csv has {rows} of this patient."
    hint = "Add the transplantation to transplants.csv, as its day is needed, or write no."
    _warn(log, "NK-PLAN-69", patient.row, "second_transplant", "yes", message, hint)


def _note_fatal(event: AdverseEvent, life: FollowUp | None, log: IssueLog) -> None:
    """Note a fatal event that something else contradicts (NK-PLAN-68)."""
    for column, value, message in _fatal_doubts(event, life):
        _warn(log, "NK-PLAN-68", event.row, column, value, message, "Correct the event, or the follow-up.")


def _fatal_doubts(event: AdverseEvent, life: FollowUp | None) -> Iterator[tuple[str, str, str]]:
    """Yield column, value and what contradicts a fatal event."""
    if event.outcome in SURVIVED:
        yield "outcome", event.outcome, f"grade 5 is death, but the outcome is {event.outcome}."
    if event.outcome == "fatal" and event.grade != FATAL_GRADE:
        yield "grade", str(event.grade), f"the outcome is fatal, but the grade is {event.grade}; death is grade 5."
    if life is None:
        return
    place = f"{life.row.table}, line {life.row.line}"
    if life.alive:
        yield "outcome", event.outcome, f"the event was fatal, but {event.subject_id} is alive ({place})."
        return
    ended = event.day_resolved if event.day_resolved is not None else event.day_of_grade
    if ended is None or life.day_death is None or abs(ended - life.day_death) <= TOLERATED_DAYS:
        return
    column = "day_resolved" if event.day_resolved is not None else "day_of_grade"
    yield column, str(ended), f"the event was fatal on day {ended}, but death was on day {life.day_death} ({place})."


def _warn(log: IssueLog, code: str, row: Row, column: str, value: str, message: str, hint: str) -> None:
    log.add(code, row.table, message, hint, row=row.line, column=column, value=value, severity="warning")
