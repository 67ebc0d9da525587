"""Disease assessments against each other and against follow-up.

Definition
    A complete response is a statement about marrow: the investigator's needs a marrow assessment on its day or at
    most ``MARROW_DAYS`` before. A relapse has an assessment that shows disease within ``RELAPSE_DAYS`` of it:
    marrow blasts of 5 % or more, blasts in blood, extramedullary disease or a positive cell count of residual
    disease. Two assessments of one day, kind, method and site that differ leave open which counts. A measurement of
    residual disease has a unit, and no more events than its denominator.

Not decided here
    Response, relapse and their criteria. The two tolerances are [unverified].
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Final, Literal

from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog
from nktrial.model.clinic import Assessment, FollowUp
from nktrial.model.plan import StudyPlan

__all__ = ["note_disease_doubts", "note_without_criteria"]

MARROW_DAYS: Final = 7  # [unverified]
RELAPSE_DAYS: Final = 14  # [unverified]
BLASTS_IN_REMISSION: Final = 0.05  # below it: Cheson 2003 (AML), NCCN (ALL)
COMPLETE: Final = frozenset({"CR", "CRI", "CRH", "CRC", "CRM", "CRMRD-", "MCR"})
NOT_COMPARED: Final = frozenset({"row"})


def note_disease_doubts(draft: Draft, log: IssueLog) -> None:
    """Note NK-PLAN-60, NK-PLAN-62, NK-PLAN-64 to NK-PLAN-66."""
    of_patient: dict[str, list[Assessment]] = defaultdict(list)
    for item in draft.assessments or ():
        of_patient[item.subject_id].append(item)
        _note_residual(item, log)
    for items in of_patient.values():
        _note_without_marrow(items, log)
        _note_doubles(items, log)
    if draft.assessments is not None and "assessments.csv" in draft.complete:
        for patient in draft.followup or ():
            if patient.day_relapse is not None:
                _note_relapse(patient, patient.day_relapse, of_patient[patient.subject_id], log)


def note_without_criteria(draft: Draft, plan: StudyPlan | None, log: IssueLog) -> None:
    """Note patients whose response has no criteria though the protocol asks for it (NK-PLAN-75)."""
    if plan is None or plan.response is None:
        return
    for subject in draft.subjects:
        if subject.diagnosis not in plan.criteria:
            log.add(
                "NK-PLAN-75",
                subject.row.table,
                f"the protocol asks for response, but names no criteria for {subject.diagnosis}.",
                "Add the diagnosis to [criteria] in study.toml, or correct it here.",
                row=subject.row.line,
                column="diagnosis",
                value=subject.diagnosis,
                severity="warning",
            )


def _note_residual(item: Assessment, log: IssueLog) -> None:
    """Note a value without a unit (NK-PLAN-64), and more events than were measured (NK-PLAN-65)."""
    amounts = {"mrd_value": item.mrd_value, "mrd_lod": item.mrd_lod, "mrd_sensitivity": item.mrd_sensitivity}
    named = next((name for name, amount in amounts.items() if amount is not None), "")
    if named and not item.mrd_unit:
        message = f"{named} has no unit; a unit is never guessed."
        _add(log, "NK-PLAN-64", item, "mrd_unit", "", message, "Write the unit, e.g. %.", severity="error")
    if item.mrd_events is not None and item.mrd_denominator is not None and item.mrd_events > item.mrd_denominator:
        message = f"{item.mrd_events:,} events are more than the {item.mrd_denominator:,} cells that were measured."
        hint = "Exchange the two, or correct one."
        _add(log, "NK-PLAN-65", item, "mrd_events", str(item.mrd_events), message, hint, severity="error")


def _note_without_marrow(items: Sequence[Assessment], log: IssueLog) -> None:
    """Note an investigator's complete response without marrow (NK-PLAN-60)."""
    marrow = sorted(item.day for item in items if item.kind == "BM")
    for item in items:
        told = item.investigator_response.strip().upper().replace(" ", "")
        if told not in COMPLETE or any(item.day - MARROW_DAYS <= day <= item.day for day in marrow):
            continue
        _add(
            log,
            "NK-PLAN-60",
            item,
            "investigator_response",
            item.investigator_response,
            f"{item.investigator_response} on day {item.day} without a marrow assessment (kind BM) on that day or in "
            f"the {MARROW_DAYS} days before.",
            "Add the marrow assessment, or correct the day or the response.",
        )


def _note_doubles(items: Sequence[Assessment], log: IssueLog) -> None:
    """Note assessments of one day, kind, method and site that differ (NK-PLAN-66)."""
    first: dict[tuple[int, str, str, str], Assessment] = {}
    for item in items:
        earlier = first.setdefault((item.day, item.kind, item.mrd_method.casefold(), item.emd_site.casefold()), item)
        differing = [name for name in _compared() if getattr(earlier, name) != getattr(item, name)]
        if earlier is item or not differing:
            continue
        _add(
            log,
            "NK-PLAN-66",
            item,
            "day",
            str(item.day),
            f"line {earlier.row.line} is an assessment {item.kind} of the same day and differs "
            f"({', '.join(differing[:3])}).",
            "Remove the one that does not count, or correct its day.",
        )


def _compared() -> Iterable[str]:
    return (field.name for field in fields(Assessment) if field.name not in NOT_COMPARED)


def _note_relapse(patient: FollowUp, day: int, items: Sequence[Assessment], log: IssueLog) -> None:
    """Note a relapse without an assessment, or against all of them (NK-PLAN-62)."""
    near = [item for item in items if abs(item.day - day) <= RELAPSE_DAYS]
    if any(_shows_disease(item) for item in near):
        return
    judged = [item for item in near if _shows_none(item)]
    if near and not judged:
        return
    told = (
        f"assessments.csv, line {judged[0].row.line} (day {judged[0].day}), shows no disease"
        if judged
        else f"assessments.csv has none of {patient.subject_id} within {RELAPSE_DAYS} days"
    )
    log.add(
        "NK-PLAN-62",
        patient.row.table,
        f"relapse on day {day}, but {told}.",
        "Add the assessment that showed the relapse, or correct the day of relapse.",
        row=patient.row.line,
        column="day_relapse",
        value=str(day),
        severity="warning",
    )


def _shows_disease(item: Assessment) -> bool:
    blasts = item.blasts is not None and (item.blasts >= BLASTS_IN_REMISSION or (item.kind != "BM" and item.blasts > 0))
    return blasts or "yes" in {item.emd, item.blood_blasts} or bool(item.mrd_value) or bool(item.mrd_events)


def _shows_none(item: Assessment) -> bool:
    """Tell whether an assessment says that there was no disease; one that says nothing of it does not."""
    told = item.blasts is not None or "no" in {item.emd, item.blood_blasts} or item.mrd_value is not None
    return told and not _shows_disease(item)


def _add(
    log: IssueLog,
    code: str,
    item: Assessment,
    column: str,
    value: str,
    message: str,
    hint: str,
    *,
    severity: Literal["error", "warning"] = "warning",
) -> None:
    log.add(code, item.row.table, message, hint, row=item.row.line, column=column, value=value, severity=severity)
