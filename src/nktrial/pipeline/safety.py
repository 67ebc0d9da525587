"""Derive: the safety of one patient from the tables of events, GVHD, transplants, infusions and counts, as a record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

from nktrial.core.digest import Json
from nktrial.criteria.dlt import DltClause, DltDefinition, DltEvent, dose_limiting
from nktrial.criteria.grade import Graded, NotGraded
from nktrial.endpoints.safety import METHOD, Emergence, emergence, other_causes, worst_grades
from nktrial.formats.issues import suggestion
from nktrial.model.clinic import AdverseEvent, Gvhd, Infusion, Transplant
from nktrial.model.origin import Finding
from nktrial.model.patient_results import Exposure, SafetyEvent, SafetyResult, WorstGrade
from nktrial.model.plan import DltClause as PlannedClause
from nktrial.model.plan import SafetyRule, Study
from nktrial.pipeline.lab_grades import grade_version, lab_grades
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.rows import TableRow, row_step

__all__ = ["known_until", "safety_result"]

NO_TABLE: Final = "the study has no table adverse_events.csv, and no event cannot be told from none recorded"
NO_INFUSION: Final = "the patient has no infusion in infusions.csv"
# Terms of a definition -> words that mean the same and that no spelling leads to.
ABBREVIATIONS: Final = {
    "cytokine release syndrome": frozenset({"crs", "cytokine storm"}),
    "immune effector cell-associated neurotoxicity syndrome": frozenset({"icans", "neurotoxicity"}),
    "acute graft versus host disease": frozenset({"gvhd", "agvhd", "acute gvhd"}),
    "acute gvhd": frozenset({"gvhd", "agvhd", "graft versus host disease", "acute graft versus host disease"}),
    "infusion related reaction": frozenset({"irr", "infusion reaction"}),
}
NO_DLT: Final = "the protocol defines no dose-limiting toxicity"
Dlt: TypeAlias = Literal["yes", "no", "not_evaluable"]


@dataclass(frozen=True, slots=True)
class _Patient:
    """What the tables say of one patient."""

    subject_id: str
    events: tuple[AdverseEvent, ...]
    infusions: tuple[Infusion, ...]
    gvhd: tuple[Gvhd, ...]
    transplants: tuple[Transplant, ...]
    day_relapse: int | None
    known_until: int


def known_until(study: Study, subject_id: str) -> int:
    """Return the last day on which anything is known of a patient."""
    days = [0]
    days += [row.day for row in study.samples if row.subject_id == subject_id]
    days += [row.day for row in study.assessments or () if row.subject_id == subject_id]
    days += [row.day for row in study.gvhd or () if row.subject_id == subject_id]
    for row in study.followup or ():
        if row.subject_id == subject_id:
            days += [row.day_last_contact, *([] if row.day_death is None else [row.day_death])]
    return max(days)


def safety_result(study: Study, subject_id: str, ledger: Ledger) -> SafetyResult | None:
    """Return the safety of one patient; None where study.toml does not ask for it."""
    rule = study.plan.safety
    if rule is None:
        return None
    patient = _patient(study, subject_id)
    infusions = _records(study, patient.infusions, ledger)
    events = _records(study, patient.events, ledger)
    others = _records(study, (*patient.gvhd, *patient.transplants), ledger)
    followed = _records(study, [row for row in study.followup or () if row.subject_id == subject_id], ledger)
    reason = NO_TABLE if study.adverse_events is None else "" if patient.infusions else NO_INFUSION
    version = grade_version(study)
    parameters: dict[str, Json] = {
        "subject_id": subject_id,
        "rule": _rule_value(rule),
        "grade_version": version,
        "reason": reason,
        "known_until": patient.known_until,
    }
    parents = (*infusions, *events, *others, *followed, study.sources["study.toml"].sha256)
    empty = study.adverse_events is not None and not study.adverse_events
    parameters["table_empty"] = empty
    arguments = (patient, rule, version, reason, empty)
    step = Step("safety", METHOD, parameters, parents, measure_safety, arguments, subject_id)
    record = ledger.take(step)
    value: Any = record.value
    last_day = max((row.day for row in patient.infusions), default=0) + rule.window_days
    return SafetyResult(
        status="not_evaluable" if reason else "evaluable",
        reason=reason,
        window_days=rule.window_days,
        grade_version=version,
        exposures=tuple(
            Exposure(
                row.infusion_id,
                row.day,
                row.donor_id,
                row.nk_cells_per_kg,
                row.viability,
                row.cd3_cells_per_kg,
                record_id,
            )
            for row, record_id in zip(patient.infusions, infusions, strict=True)
        ),
        events=tuple(
            _event(row, found, record_id)
            for row, found, record_id in zip(patient.events, value["events"], events, strict=True)
        ),
        worst=tuple(WorstGrade(**item) for item in value["worst"]),
        laboratory=lab_grades(study, subject_id, last_day, ledger),
        dlt=value["dlt"],
        dlt_reason=value["dlt_reason"],
        dlt_definition=_definition_in_words(rule),
        findings=record.findings,
        record=record.id,
    )


def measure_safety(
    patient: _Patient,
    rule: SafetyRule,
    version: str,
    reason: str,
    empty: bool,  # noqa: FBT001 - a step's argument
) -> Measured:
    """Place and judge one patient's events."""
    days = tuple(row.day for row in patient.infusions)
    placed = [emergence(event.day_onset, days, rule.window_days) for event in patient.events]
    judged = [_dose_limiting(event, days, rule, version) for event in patient.events]
    rows: list[Json] = [
        {
            "emergent": place is not None,
            "infusion_id": "" if place is None else patient.infusions[place.infusion].infusion_id,
            "days_after": None if place is None else place.days_after,
            "dlt": answer,
            "dlt_reason": why,
            "other_causes": list(other_causes(event, patient.gvhd, patient.transplants, patient.day_relapse)),
        }
        for event, place, (answer, why) in zip(patient.events, placed, judged, strict=True)
    ]
    emergent = [event for event, place in zip(patient.events, placed, strict=True) if place is not None]
    limiting, why = _patient_dlt(patient, rule, judged, days, reason)
    worst: list[Json] = [asdict(item) for item in worst_grades(emergent)]
    value: dict[str, Json] = {"events": rows, "worst": worst, "dlt": limiting, "dlt_reason": why}
    notes = () if reason else _notes(patient, rule, placed, judged, days)
    return Measured(value, (*_no_row(patient.subject_id), *notes) if empty and not reason else notes)


def _no_row(subject_id: str) -> tuple[Finding, ...]:
    """Note that the table holds no event of any patient (NK-SAF-04)."""
    message = "adverse_events.csv has a header and no row: it is read as no event in any patient."
    return (Finding("NK-SAF-04", "warning", subject_id, message, {}),)


def _patient(study: Study, subject_id: str) -> _Patient:
    relapses = [row.day_relapse for row in study.followup or () if row.subject_id == subject_id]
    return _Patient(
        subject_id,
        tuple(row for row in study.adverse_events or () if row.subject_id == subject_id),
        tuple(sorted((row for row in study.infusions if row.subject_id == subject_id), key=lambda row: row.day)),
        tuple(row for row in study.gvhd or () if row.subject_id == subject_id),
        tuple(row for row in study.transplants if row.subject_id == subject_id),
        next((day for day in relapses if day is not None), None),
        known_until(study, subject_id),
    )


def _records(study: Study, rows: Sequence[TableRow], ledger: Ledger) -> tuple[str, ...]:
    return tuple(record.id for record in ledger.take_all("", [row_step(study, row) for row in rows]))


def _rule_value(rule: SafetyRule) -> dict[str, Json]:
    clauses: list[Json] = [
        {"class": item.organ_class, "term": item.term, "min_grade": item.min_grade, "related": list(item.related)}
        for item in rule.dlt
    ]
    return {"window_days": rule.window_days, "dlt_window_days": rule.dlt_window_days, "dlt": clauses}


def _clause_in_words(clause: PlannedClause) -> str:
    what = clause.term or ("any event" if clause.organ_class.casefold() == "any" else f"class {clause.organ_class}")
    related = f", {' or '.join(clause.related)}" if clause.related else ""
    return f"{what} of grade {clause.min_grade} or higher{related}"


def _definition_in_words(rule: SafetyRule) -> str:
    if rule.dlt_window_days is None:
        return ""
    clauses = "; ".join(_clause_in_words(clause) for clause in rule.dlt)
    return f"Begun up to {rule.dlt_window_days} days after an infusion: {clauses}"


def _dose_limiting(event: AdverseEvent, days: tuple[int, ...], rule: SafetyRule, version: str) -> tuple[Dlt, str]:
    """Judge one event by each clause of the protocol."""
    if rule.dlt_window_days is None:
        return "not_evaluable", NO_DLT
    unknown: list[str] = []
    for clause in rule.dlt:
        name = _clause_in_words(clause)
        every = clause.organ_class.casefold() == "any"
        definition = DltDefinition(
            rule.dlt_window_days,
            (),
            (
                DltClause(
                    name,
                    clause.min_grade,
                    terms=(clause.term,) if clause.term else (),
                    classes=() if every or not clause.organ_class else (clause.organ_class,),
                    related_only=bool(clause.related),
                ),
            ),
        )
        related = None if not event.relatedness else event.relatedness in clause.related
        term = event.meddra_pt if event.meddra_pt.casefold() == clause.term.casefold() else event.term
        given = DltEvent(term, event.meddra_soc, event.grade, event.day_onset, related, "", None, graded_by=version)
        found = dose_limiting(given, days, definition)
        if isinstance(found, Graded) and found.grade == "Y":
            return "yes", name
        if isinstance(found, NotGraded):
            unknown.append(f"{name}: {found.reason}")
        elif clause.term and _may_be(event, clause, days, rule.dlt_window_days):
            unknown.append(f"{event.term!r} may be {clause.term!r} written otherwise; write it as study.toml does")
    return ("not_evaluable", "; ".join(unknown)) if unknown else ("no", "no clause of the protocol holds")


def _may_be(event: AdverseEvent, clause: PlannedClause, days: tuple[int, ...], window_days: int) -> bool:
    """Tell whether an event that no clause names is perhaps the clause's, misspelt or abbreviated."""
    named = {event.term.casefold(), event.meddra_pt.casefold()}
    if event.grade < clause.min_grade or emergence(event.day_onset, days, window_days) is None:
        return False
    if clause.term.casefold() in named:
        return False
    initials = "".join(word[:1] for word in clause.term.split()).casefold()
    known = ABBREVIATIONS.get(clause.term.casefold(), frozenset())
    return bool(suggestion(event.term, [clause.term])) or bool(named & ({initials} | known) - {""})


def _patient_dlt(
    patient: _Patient,
    rule: SafetyRule,
    judged: Sequence[tuple[Dlt, str]],
    days: tuple[int, ...],
    reason: str,
) -> tuple[bool | None, str]:
    """Tell whether the patient had a dose-limiting toxicity; without one, only who was seen long enough had none."""
    if reason or rule.dlt_window_days is None:
        return None, reason or NO_DLT
    limiting = [why for answer, why in judged if answer == "yes"]
    if limiting:
        return True, "; ".join(dict.fromkeys(limiting))
    unknown = [why for answer, why in judged if answer == "not_evaluable"]
    if unknown:
        return None, "; ".join(dict.fromkeys(unknown))
    end = max(days) + rule.dlt_window_days
    if patient.known_until < end:
        return None, f"known up to day {patient.known_until} only; the window ends on day {end}"
    return False, "no event in the window fulfils a clause of the protocol"


def _notes(
    patient: _Patient,
    rule: SafetyRule,
    placed: Sequence[Emergence | None],
    judged: Sequence[tuple[Dlt, str]],
    days: tuple[int, ...],
) -> tuple[Finding, ...]:
    """Note a patient who was not seen to the end of the window (NK-SAF-02), and other words on a DLT (NK-SAF-03)."""
    notes: list[Finding] = []
    end = max(days) + rule.window_days
    if patient.known_until < end:
        message = (
            f"{patient.subject_id} is known up to day {patient.known_until}; the window of treatment-emergent events "
            f"ends on day {end}: later events are not known."
        )
        evidence: Mapping[str, Json] = {"known_until": patient.known_until, "window_ends": end}
        notes.append(Finding("NK-SAF-02", "warning", patient.subject_id, message, evidence))
    for event, place, (answer, why) in zip(patient.events, placed, judged, strict=True):
        if event.dlt and answer in {"yes", "no"} and event.dlt != answer:
            message = (
                f"{event.term} on day {event.day_onset} is reported as dose-limiting: {event.dlt}; by the protocol's "
                f"definition: {answer} ({why}{'' if place else '; not treatment-emergent'})."
            )
            notes.append(Finding("NK-SAF-03", "warning", patient.subject_id, message, {"day": event.day_onset}))
    return tuple(notes)


def _event(row: AdverseEvent, found: Any, record: str) -> SafetyEvent:
    return SafetyEvent(
        term=row.term,
        preferred_term=row.meddra_pt,
        organ_class=row.meddra_soc,
        grade=row.grade,
        day_onset=row.day_onset,
        day_resolved=row.day_resolved,
        serious=row.serious,
        relatedness=row.relatedness,
        emergent=found["emergent"],
        infusion_id=found["infusion_id"],
        days_after=found["days_after"],
        dlt=found["dlt"],
        dlt_reason=found["dlt_reason"],
        reported_dlt=row.dlt,
        other_causes=tuple(found["other_causes"]),
        record=record,
    )
