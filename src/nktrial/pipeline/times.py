"""Derive: the times to event that the protocol names, one record a patient."""

from typing import Any, Final

from nktrial.core.digest import Json
from nktrial.core.errors import MethodError
from nktrial.criteria.grade import Graded
from nktrial.criteria.magic_overall_grade import overall_grade
from nktrial.endpoints.event_times import METHOD, Course, GvhdSeen, derive_times
from nktrial.model.clinic import FollowUp, Gvhd, Subject
from nktrial.model.origin import Finding
from nktrial.model.patient_results import EventTime, TimesResult
from nktrial.model.plan import Study
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.rows import TableRow, row_step

__all__ = ["acute_grade", "times_result"]

NO_TABLE: Final = "the study has no table followup.csv"
NO_ROW: Final = "the patient is not in followup.csv"
NO_DAY: Final = "the patient has died, and the day is not given"


def acute_grade(row: Gvhd) -> str:
    """Return MAGIC's overall grade of one assessment, empty where it is not evaluable."""
    found = overall_grade(
        skin=row.skin_stage, liver=row.liver_stage, upper_gi=row.upper_gut_stage, lower_gi=row.lower_gut_stage
    )
    return str(found.grade) if isinstance(found, Graded) else ""


def times_result(study: Study, subject: Subject, ledger: Ledger) -> TimesResult | None:
    """Return the times of one patient; None where study.toml does not ask for them."""
    rule = study.plan.times
    if rule is None:
        return None
    own = subject.subject_id
    followed = next((row for row in study.followup or () if row.subject_id == own), None)
    gvhd = None if study.gvhd is None else tuple(row for row in study.gvhd if row.subject_id == own)
    transplants = [row for row in study.transplants if row.subject_id == own and row.day <= 0]
    rows: list[TableRow] = [*transplants, *(gvhd or ()), *([followed] if followed is not None else [])]
    parents = tuple(record.id for record in ledger.take_all("", [row_step(study, row) for row in rows]))
    reason = NO_TABLE if study.followup is None else NO_ROW if followed is None else ""
    if followed is not None and not followed.alive and followed.day_death is None:
        reason = NO_DAY
    parameters: dict[str, Json] = {
        "subject_id": own,
        "names": list(rule.names),
        "reason": reason,
        "gvhd_table": gvhd is not None,  # no table and no row are two answers, and neither has a parent
    }
    zero = max((row.day for row in transplants), default=None)
    arguments = (rule.names, reason, zero, followed, gvhd)
    step = Step(
        "times", METHOD, parameters, (*parents, study.sources["study.toml"].sha256), measure_times, arguments, own
    )
    record = ledger.take(step)
    value: Any = record.value
    outcomes = tuple(EventTime(**item, record=record.id) for item in value["outcomes"])
    return TimesResult("not_evaluable" if value["reason"] else "evaluable", value["reason"], outcomes, record.findings)


def measure_times(
    names: tuple[str, ...],
    reason: str,
    zero: int | None,
    followed: FollowUp | None,
    gvhd: tuple[Gvhd, ...] | None,
) -> Measured:
    """Return the outcomes of one patient, or why there are none."""
    if reason or followed is None:
        return Measured({"reason": reason, "outcomes": []})
    seen = None if gvhd is None else tuple(_seen(row) for row in gvhd)
    course = Course(
        zero, followed.day_relapse, followed.day_death, followed.day_last_contact, followed.death_cause, seen
    )
    try:
        found = derive_times(names, course)
    except MethodError as error:
        return Measured({"reason": f"{error.problem} [{error.code}]", "outcomes": []})
    outcomes: list[Json] = [
        {
            "name": item.name,
            "time_zero": item.time_zero,
            "zero_day": item.zero_day,
            "days": item.days,
            "code": item.code,
            "cause": item.cause,
            "entry_days": item.entry_days,
            "reason": item.reason,
        }
        for item in found
    ]
    return Measured({"reason": "", "outcomes": outcomes}, _lost(followed))


def _seen(row: Gvhd) -> GvhdSeen:
    chronic = row.type == "chronic" and row.nih_severity not in {"", "none"}
    systemic = {"yes": True, "no": False}.get(row.systemic_therapy)
    grade = acute_grade(row) if row.type == "acute" else "0"
    return GvhdSeen(row.day, grade, chronic, systemic)


def _lost(followed: FollowUp) -> tuple[Finding, ...]:
    """Note a patient who was lost to follow-up (NK-TTE-04)."""
    if followed.lost != "yes":
        return ()
    message = f"Lost to follow-up after day {followed.day_last_contact}: censored there, which may not be by chance."
    return (Finding("NK-TTE-04", "warning", followed.subject_id, message, {"day": followed.day_last_contact}),)
