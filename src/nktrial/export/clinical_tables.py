"""Tables of safety, response, residual disease, times to event, and the cohort's proportions."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from nktrial.model.results import StudyResults

__all__ = [
    "COHORT",
    "EVENTS",
    "LABORATORY",
    "MRD",
    "RESPONSE",
    "RESPONSE_COURSE",
    "SAFETY",
    "TIMES",
    "cohort_rows",
    "event_rows",
    "laboratory_rows",
    "mrd_rows",
    "response_course_rows",
    "response_rows",
    "safety_rows",
    "time_rows",
]

Cell: TypeAlias = str | int | float | bool | None
Rows: TypeAlias = Iterable[Sequence[Cell]]

PATIENT: Final = ("subject_id", "study id of the patient")
RECORD: Final = ("record", "record id")
SAFETY: Final = (
    PATIENT,
    ("status", "evaluable or not_evaluable"),
    ("reason", "why it is not evaluable"),
    ("grade_version", "version of CTCAE"),
    ("window_days", "days after an infusion in which an event is treatment-emergent"),
    ("emergent_events", "treatment-emergent events"),
    ("worst_emergent_grade", "highest grade among them"),
    ("dlt", "dose-limiting toxicity as the protocol defines it; empty where it cannot be said"),
    ("dlt_reason", "what decided"),
    RECORD,
)
EVENTS: Final = (
    PATIENT,
    ("term", "as reported"),
    ("preferred_term", "MedDRA preferred term"),
    ("organ_class", "MedDRA system organ class"),
    ("grade", "CTCAE grade as reported"),
    ("day_onset", "day after the first NK infusion"),
    ("day_resolved", "empty: going on, or not given"),
    ("serious", "as reported"),
    ("relatedness", "as reported"),
    ("emergent", "it began in the window from an infusion"),
    ("infusion_id", "the infusion of that window"),
    ("days_after", "days from that infusion"),
    ("dlt", "dose-limiting by the protocol's definition: yes, no, not_evaluable"),
    ("dlt_reason", "what decided"),
    ("reported_dlt", "what the table says"),
    ("other_causes", "what else was going on, joined by ;"),
    ("record", "record id of the table's row"),
)
LABORATORY: Final = (
    PATIENT,
    ("sample_id", "sample"),
    ("day", "day after the first NK infusion"),
    ("term", "CTCAE term"),
    ("value", "as written"),
    ("unit", "of the value"),
    ("grade", "by the value; empty where it cannot be graded"),
    ("reported_grade", "highest grade reported for the term on that day"),
    ("agreement", "agrees, differs, not_reported, below_grade_3_not_reported, not_gradable"),
    ("caution", "why the grade may not mean what it says"),
    RECORD,
)
RESPONSE: Final = (
    PATIENT,
    ("status", "evaluable or not_evaluable"),
    ("reason", "why it is not evaluable"),
    ("criteria", "set of response criteria"),
    ("best", "best level after the first infusion"),
    ("best_day", "its first day"),
    ("confirmed", "confirmed, not_confirmed, not_required, not_evaluable"),
    ("time_to_response_days", "from the first infusion to the first complete remission"),
    ("duration_days", "from the first complete remission to its end"),
    ("duration_end", "relapse, death, or censored"),
    RECORD,
)
RESPONSE_COURSE: Final = (
    PATIENT,
    ("day", "day after the first NK infusion"),
    ("level", "by the criteria; NE: not evaluable"),
    ("clause", "what decided"),
    ("not_evaluable", "what is missing"),
    ("unverified", "the threshold that decided and was not read in a source"),
    ("marrow_class", "M1, M2, M3 for ALL"),
    ("cytological_remission", "yes, no, not_evaluable"),
    ("blasts", "fraction of blasts in the marrow"),
    ("investigator", "the investigator's word"),
    ("differs", "the investigator's word is another"),
    RECORD,
)
MRD: Final = (
    PATIENT,
    ("day", "day after the first NK infusion"),
    ("kind", "MRD residual disease, MDD disseminated disease at diagnosis"),
    ("method", "as written"),
    ("value", "as written"),
    ("unit", "of the value"),
    ("lod", "limit of detection, as written"),
    ("status", "by the rule of the method and disease; NE: not evaluable"),
    ("not_evaluable", "what is missing"),
    ("unverified", "the threshold that decided and was not read in a source"),
    RECORD,
)
TIMES: Final = (
    PATIENT,
    ("outcome", "OS, EFS, relapse, NRM, aGVHD II-IV, aGVHD III-IV, cGVHD, GRFS"),
    ("time_zero", "from which the days count"),
    ("zero_day", "its day after the first NK infusion"),
    ("entry_days", "days after time zero at which the patient came under observation (left truncation)"),
    ("days", "from time zero"),
    ("code", "0 censored, 1 event, 2 competing event"),
    ("cause", "what happened"),
    ("reason", "why it is not evaluable"),
    RECORD,
)
COHORT: Final = (
    ("name", "which proportion"),
    ("title", "in words"),
    ("x", "patients with it"),
    ("n", "patients in whom it could be said"),
    ("low", "lower exact 95 % limit (Clopper-Pearson)"),
    ("high", "upper exact 95 % limit"),
    ("who", "the x patients, joined by ;"),
    ("left_out", "patients who are not among the n, each with the reason, joined by |"),
    RECORD,
)


def safety_rows(results: StudyResults) -> Rows:
    """Yield a row a patient."""
    for subject in results.subjects:
        one = subject.safety
        if one is not None:
            grades = [event.grade for event in one.events if event.emergent]
            known = one.status == "evaluable"
            yield (
                subject.subject_id, one.status, one.reason, one.grade_version, one.window_days,
                len(grades) if known else None, max(grades, default=0) if known else None, one.dlt, one.dlt_reason,
                one.record,
            )  # fmt: skip


def event_rows(results: StudyResults) -> Rows:
    """Yield a row an adverse event."""
    for subject in results.subjects:
        for event in subject.safety.events if subject.safety is not None else ():
            yield (
                subject.subject_id, event.term, event.preferred_term, event.organ_class, event.grade, event.day_onset,
                event.day_resolved, event.serious, event.relatedness, event.emergent, event.infusion_id,
                event.days_after, event.dlt, event.dlt_reason, event.reported_dlt, "; ".join(event.other_causes),
                event.record,
            )  # fmt: skip


def laboratory_rows(results: StudyResults) -> Rows:
    """Yield a row a graded laboratory value."""
    for subject in results.subjects:
        for row in subject.safety.laboratory if subject.safety is not None else ():
            yield (
                subject.subject_id, row.sample_id, row.day, row.term, row.value, row.unit, row.grade,
                row.reported_grade, row.agreement, row.caution, row.record,
            )  # fmt: skip


def response_rows(results: StudyResults) -> Rows:
    """Yield a row a patient."""
    for subject in results.subjects:
        one = subject.response
        if one is not None:
            yield (
                subject.subject_id, one.status, one.reason, one.criteria, one.best, one.best_day, one.confirmed,
                one.time_to_response_days, one.duration_days, one.duration_end, one.record,
            )  # fmt: skip


def response_course_rows(results: StudyResults) -> Rows:
    """Yield a row an assessment."""
    for subject in results.subjects:
        for row in subject.response.assessments if subject.response is not None else ():
            yield (
                subject.subject_id, row.day, row.level, row.clause, row.not_evaluable, row.unverified, row.marrow_class,
                row.cytological_remission, row.blasts, row.investigator, row.differs, row.record,
            )  # fmt: skip


def mrd_rows(results: StudyResults) -> Rows:
    """Yield a row a measurement."""
    for subject in results.subjects:
        for row in subject.response.mrd if subject.response is not None else ():
            yield (
                subject.subject_id, row.day, row.kind, row.method, row.value, row.unit, row.lod, row.status,
                row.not_evaluable, row.unverified, row.record,
            )  # fmt: skip


def time_rows(results: StudyResults) -> Rows:
    """Yield a row an outcome of a patient; one with the reason where the patient has none."""
    for subject in results.subjects:
        times = subject.times
        if times is None:
            continue
        if not times.outcomes:
            yield subject.subject_id, *(None,) * 7, times.reason, ""
        for row in times.outcomes:
            yield (
                subject.subject_id, row.name, row.time_zero, row.zero_day, row.entry_days, row.days, row.code,
                row.cause, row.reason, row.record,
            )  # fmt: skip


def cohort_rows(results: StudyResults) -> Rows:
    """Yield a row a proportion."""
    for row in results.cohort.proportions if results.cohort is not None else ():
        left_out = " | ".join(f"{item.subject_id}: {item.reason}" for item in row.left_out)
        yield row.name, row.title, row.x, row.n, row.low, row.high, "; ".join(row.who), left_out, row.record
