"""One patient's safety, response and times as the page shows them. Formatting only."""

from dataclasses import dataclass
from typing import Final

from nktrial.figures.wording import day_text
from nktrial.model.cohort import Monitoring, Proportion
from nktrial.model.patient_results import EventTime, ResponseResult, SafetyEvent, SafetyResult, TimesResult
from nktrial.model.results import StudyResults, SubjectResults
from nktrial.report.number import Number, Numbers
from nktrial.report.trail import Note, notes

__all__ = [
    "CohortRow",
    "MonitoringRow",
    "ResponseBlock",
    "SafetyBlock",
    "TimeRow",
    "cohort_rows",
    "monitoring_rows",
    "response_block",
    "safety_block",
    "time_rows",
]

AGREEMENT_WORDS: Final = {
    "differs": "differs from the report",
    "not_reported": "not reported",
    "below_grade_3_not_reported": "not reported (below grade 3)",
    "not_gradable": "cannot be graded",
}
CONFIRMED_WORDS: Final = {
    "confirmed": "confirmed",
    "not_confirmed": "not confirmed",
    "not_required": "no second assessment is asked for",
    "not_evaluable": "",
}
MONITORING_WORDS: Final = {
    "stop": "Stop",
    "continue": "May go on",
    "before_first_look": "Not judged yet",
    "complete": "May go on",
    "not_evaluable": "Not evaluable",
}
STATE_WORDS: Final = {0: "censored", 1: "event", 2: "competing event"}


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A proportion of the cohort: x of n with limits, whom it counts, whom it leaves out."""

    title: str
    x: Number
    n: Number
    low: Number | None
    high: Number | None
    who: str
    left_out: tuple[str, ...]
    record: str


@dataclass(frozen=True, slots=True)
class MonitoringRow:
    """Where the study stands against a rule for stopping, as a note; ``details`` hold the rule and who is left out."""

    severity: str
    word: str
    says: str
    details: tuple[str, ...]
    record: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One adverse event."""

    day: str
    until: str
    term: str
    preferred_term: str
    grade: Number
    placed: str
    flags: tuple[str, ...]
    relatedness: str
    dlt: str
    other_causes: tuple[str, ...]
    emergent: bool
    record: str


@dataclass(frozen=True, slots=True)
class LabRow:
    """One laboratory value whose own grade is not what was reported, or carries a caution."""

    day: str
    sample_id: str
    term: str
    value: str
    grade: str
    reported: str
    says: str
    caution: str
    record: str


@dataclass(frozen=True, slots=True)
class SafetyBlock:
    """Safety of one patient. ``graded`` counts the laboratory values that were graded, ``differing`` lists the odd."""

    reason: str
    version: str
    window: str
    exposures: tuple[tuple[str, str], ...]
    worst: tuple[tuple[str, str, str], ...]
    events: tuple[EventRow, ...]
    dlt: str
    dlt_definition: str
    graded: int
    differing: tuple[LabRow, ...]
    notes: tuple[Note, ...]
    record: str


@dataclass(frozen=True, slots=True)
class AssessedRow:
    """One assessment by the criteria."""

    day: str
    level: str
    clause: str
    blasts: Number | None
    marrow_class: str
    cytological: str
    investigator: str
    differs: bool
    unverified: str
    record: str


@dataclass(frozen=True, slots=True)
class MrdRow:
    """One measurement of residual or disseminated disease."""

    day: str
    kind: str
    method: str
    value: str
    lod: str
    status: str
    unverified: str
    record: str


@dataclass(frozen=True, slots=True)
class ResponseBlock:
    """Response of one patient: facts in words with their record, then the assessments."""

    reason: str
    criteria: str
    source: str
    facts: tuple[tuple[str, str], ...]
    assessments: tuple[AssessedRow, ...]
    mrd: tuple[MrdRow, ...]
    notes: tuple[Note, ...]
    record: str


@dataclass(frozen=True, slots=True)
class TimeRow:
    """One time to event."""

    name: str
    time_zero: str
    days: str
    state: str
    cause: str
    entry: str
    reason: str
    record: str


def cohort_rows(results: StudyResults, numbers: Numbers) -> tuple[CohortRow, ...]:
    """Return the cohort's proportions; none where the results hold none."""
    if results.cohort is None:
        return ()
    return tuple(_cohort_row(item, numbers) for item in results.cohort.proportions)


def monitoring_rows(results: StudyResults, numbers: Numbers) -> tuple[MonitoringRow, ...]:
    """Return where the study stands against its rules for stopping; none where the protocol has none."""
    monitoring = () if results.cohort is None else results.cohort.monitoring
    return tuple(_monitoring_row(item, numbers) for item in monitoring)


def safety_block(subject: SubjectResults, numbers: Numbers) -> SafetyBlock | None:
    """Return one patient's safety; None where the study does not ask for it."""
    safety = subject.safety
    if safety is None:
        return None
    odd = [row for row in safety.laboratory if row.agreement in AGREEMENT_WORDS or row.caution]
    return SafetyBlock(
        reason=safety.reason if safety.status != "evaluable" else "",
        version=safety.grade_version,
        window=f"{safety.window_days} days",
        exposures=_exposures(safety),
        worst=tuple((item.level, item.name, f"grade {item.grade}, {item.events}×") for item in safety.worst),
        events=tuple(_event_row(event, numbers) for event in safety.events),
        dlt={True: "yes", False: "no", None: "cannot be said"}[safety.dlt]
        + (f": {safety.dlt_reason}" if safety.dlt_reason else ""),
        dlt_definition=safety.dlt_definition,
        graded=len(safety.laboratory),
        differing=tuple(
            LabRow(
                day=day_text(row.day),
                sample_id=row.sample_id,
                term=row.term,
                value=f"{row.value:g} {row.unit}",
                grade="" if row.grade is None else str(row.grade),
                reported="none" if row.reported_grade is None else str(row.reported_grade),
                says=AGREEMENT_WORDS.get(row.agreement, ""),
                caution=row.caution,
                record=numbers.known(row.record),
            )
            for row in odd
        ),
        notes=notes(safety.findings),
        record=safety.record,
    )


def response_block(subject: SubjectResults, numbers: Numbers) -> ResponseBlock | None:
    """Return one patient's response; None where the study does not ask for it."""
    response = subject.response
    if response is None:
        return None
    return ResponseBlock(
        reason=response.reason if response.status != "evaluable" else "",
        criteria=response.criteria,
        source=response.source,
        facts=_response_facts(response),
        assessments=tuple(
            AssessedRow(
                day=day_text(item.day),
                level=item.level,
                clause=item.not_evaluable or item.clause,
                blasts=None if item.blasts is None else numbers.percent(item.blasts, item.record),
                marrow_class=item.marrow_class,
                cytological=item.cytological_remission.replace("_", " "),
                investigator=item.investigator,
                differs=item.differs,
                unverified=item.unverified,
                record=numbers.known(item.record),
            )
            for item in response.assessments
        ),
        mrd=tuple(
            MrdRow(
                day=day_text(item.day),
                kind=item.kind,
                method=item.method,
                value="" if item.value is None else f"{item.value:g} {item.unit}",
                lod="" if item.lod is None else f"{item.lod:g} {item.unit}",
                status=item.not_evaluable or item.status.replace("_", " ").lower(),
                unverified=item.unverified,
                record=numbers.known(item.record),
            )
            for item in response.mrd
        ),
        notes=notes(response.findings),
        record=response.record,
    )


def time_rows(times: TimesResult | None, numbers: Numbers) -> tuple[TimeRow, ...]:
    """Return one patient's times to event."""
    return () if times is None else tuple(_time_row(outcome, numbers) for outcome in times.outcomes)


def _cohort_row(item: Proportion, numbers: Numbers) -> CohortRow:
    limits = tuple(None if limit is None else numbers.percent(limit, item.record) for limit in (item.low, item.high))
    return CohortRow(
        title=item.title,
        x=numbers.count(item.x, item.record),
        n=numbers.count(item.n, item.record),
        low=limits[0],
        high=limits[1],
        who=", ".join(item.who[:12]) + (f" and {len(item.who) - 12} more" if len(item.who) > 12 else ""),
        left_out=tuple(f"{one.subject_id}: {one.reason}" for one in item.left_out),
        record=item.record,
    )


def _monitoring_row(item: Monitoring, numbers: Numbers) -> MonitoringRow:
    details = [f"Rule: {item.rule}."]
    if item.left_out:
        worst = {
            True: " If all of them counted against going on, the rule would say stop.",
            False: " The rule would not say stop even if all of them counted against going on.",
            None: "",
        }[item.worst_stops]
        details.append(f"Not counted: {'; '.join(f'{one.subject_id} ({one.reason})' for one in item.left_out)}.{worst}")
    severity = "warning" if item.status == "stop" or item.worst_stops else "info"
    return MonitoringRow(severity, MONITORING_WORDS[item.status], item.says, tuple(details), numbers.known(item.record))


def _exposures(safety: SafetyResult) -> tuple[tuple[str, str], ...]:
    rows = []
    for item in safety.exposures:
        parts = [
            "dose not given" if item.nk_cells_per_kg is None else f"{item.nk_cells_per_kg / 1e6:g} million NK cells/kg",
            "" if item.viability is None else f"viability {100 * item.viability:g} %",
            ""
            if item.cd3_cells_per_kg is None
            else f"{item.cd3_cells_per_kg:,.0f} CD3+ cells/kg".replace(",", "\u202f"),
        ]
        rows.append((f"Infusion {item.infusion_id}, day {day_text(item.day)}", ", ".join(filter(None, parts))))
    return tuple(rows)


def _event_row(event: SafetyEvent, numbers: Numbers) -> EventRow:
    days_after = event.days_after if event.days_after is not None else 0
    placed = f"{days_after} days after {event.infusion_id}" if event.emergent else "not treatment-emergent"
    flags = ("serious",) if event.serious == "yes" else ()
    reported = f"reported as {event.reported_dlt}" if event.reported_dlt else ""
    dlt = event.dlt.replace("_", " ") + (f": {event.dlt_reason}" if event.dlt != "no" and event.dlt_reason else "")
    disagrees = event.reported_dlt and event.reported_dlt != event.dlt
    return EventRow(
        day=day_text(event.day_onset),
        until="ongoing or not given" if event.day_resolved is None else day_text(event.day_resolved),
        term=event.term,
        preferred_term=event.preferred_term if event.preferred_term.casefold() != event.term.casefold() else "",
        grade=numbers.count(event.grade, event.record),
        placed=placed,
        flags=flags,
        relatedness=event.relatedness or "not said",
        dlt=f"{dlt} ({reported})" if disagrees else dlt,
        other_causes=event.other_causes,
        emergent=event.emergent,
        record=event.record,
    )


def _response_facts(response: ResponseResult) -> tuple[tuple[str, str], ...]:
    if response.status != "evaluable" or response.best_day is None:
        return ()
    confirmed = CONFIRMED_WORDS[response.confirmed]
    confirmation = f" ({response.confirmation})" if response.confirmed in {"confirmed", "not_confirmed"} else ""
    facts = [("Best response", f"{response.best}, day {day_text(response.best_day)}; {confirmed}{confirmation}")]
    if response.time_to_response_days is not None:
        facts.append(("Time to first complete remission", f"{response.time_to_response_days} days"))
    if response.duration_days is not None:
        words = {"censored": "still going on when last known"}.get(
            response.duration_end, f"ended by {response.duration_end}"
        )
        facts.append(("Duration of remission", f"{response.duration_days} days, {words}"))
    return tuple(facts)


def _time_row(outcome: EventTime, numbers: Numbers) -> TimeRow:
    return TimeRow(
        name=outcome.name,
        time_zero=f"{outcome.time_zero} (day {day_text(outcome.zero_day)})",
        days="" if outcome.days is None else str(outcome.days),
        state="" if outcome.code is None else STATE_WORDS[outcome.code],
        cause=outcome.cause,
        entry=f"under observation from day {outcome.entry_days} of it" if outcome.entry_days else "",
        reason=outcome.reason,
        record=numbers.known(outcome.record),
    )
