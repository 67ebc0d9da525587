"""A patient's other endpoints as views receive them: safety, response, activated Treg, systemic IL-2, times to event.

Every value carries the id of its record. What could not be had is None, and ``reason`` says why; a table that the
study folder does not have makes its endpoint not evaluable, never empty. Fractions run from 0 to 1.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nktrial.model.origin import Finding

__all__ = [
    "Agreement",
    "CourseItem",
    "CourseLane",
    "EventTime",
    "Exposure",
    "Il2Result",
    "LabGrade",
    "MrdAt",
    "ResponseAt",
    "ResponseResult",
    "SafetyEvent",
    "SafetyResult",
    "Status",
    "TimesResult",
    "TregAt",
    "TregResult",
    "WorstGrade",
]

Status: TypeAlias = Literal["evaluable", "not_evaluable"]
CourseLane: TypeAlias = Literal[
    "transplantation", "NK infusion", "drug", "adverse event", "acute GVHD", "chronic GVHD", "marrow", "MRD", "MDD",
    "extramedullary disease", "blood blasts", "relapse", "next therapy", "death", "last contact",
]  # fmt: skip
Agreement: TypeAlias = Literal["agrees", "differs", "not_reported", "below_grade_3_not_reported", "not_gradable"]


@dataclass(frozen=True, slots=True)
class CourseItem:
    """One thing that happened to a patient, as the tables say it, for drawing on one axis of days.

    Parameters
    ----------
    lane : CourseLane
        What kind of thing.
    label : str
        Its name within the lane: the drug, the event's term, the donor.
    day, until : int, int or None
        First and last day; ``until`` is None for a moment, and for what has no end in the table.
    ongoing : bool
        It has a first day and no last one.
    level : str
        Its weight in a few words: a grade, blasts, a dose; empty where it has none.
    found : bool
        False where an assessment found nothing: GVHD without a stage, no extramedullary disease.
    record : str
        Of the table's row.
    """

    lane: CourseLane
    label: str
    day: int
    until: int | None
    ongoing: bool
    level: str
    found: bool
    record: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """One infusion: dose and product. Numbers are None where the table does not give them; viability is a fraction."""

    infusion_id: str
    day: int
    donor_id: str
    nk_cells_per_kg: float | None
    viability: float | None
    cd3_cells_per_kg: float | None
    record: str


@dataclass(frozen=True, slots=True)
class SafetyEvent:
    """One adverse event, placed against the infusions.

    Parameters
    ----------
    term, preferred_term, organ_class : str
        As reported; MedDRA's where the table gives them.
    grade : int
        CTCAE, 1 to 5, as reported.
    day_onset, day_resolved : int, int or None
        Days after the first infusion.
    serious, relatedness : str
        As reported; empty where not said.
    emergent : bool
        It began in the window from an infusion.
    infusion_id : str
        The infusion of that window (the latest one before onset); empty where there is none.
    days_after : int or None
        Days from that infusion to onset.
    dlt : {"yes", "no", "not_evaluable"}
        Dose-limiting toxicity as the protocol defines it.
    dlt_reason : str
        The clause that decided.
    reported_dlt : str
        What the table says; empty where it says nothing.
    other_causes : tuple of str
        What else was going on: GVHD, conditioning, relapse.
    record : str
        Of the event.
    """

    term: str
    preferred_term: str
    organ_class: str
    grade: int
    day_onset: int
    day_resolved: int | None
    serious: str
    relatedness: str
    emergent: bool
    infusion_id: str
    days_after: int | None
    dlt: Literal["yes", "no", "not_evaluable"]
    dlt_reason: str
    reported_dlt: str
    other_causes: tuple[str, ...]
    record: str


@dataclass(frozen=True, slots=True)
class WorstGrade:
    """The worst treatment-emergent grade of one term or class, and how many events it had."""

    level: Literal["term", "class"]
    name: str
    grade: int
    events: int


@dataclass(frozen=True, slots=True)
class LabGrade:
    """One laboratory value graded, beside what was reported for its term at that time."""

    sample_id: str
    day: int
    term: str
    value: float
    unit: str
    grade: int | None
    caution: str
    reported_grade: int | None
    agreement: Agreement
    record: str


@dataclass(frozen=True, slots=True)
class SafetyResult:
    """Safety of one patient. ``dlt`` is None where it cannot be said."""

    status: Status
    reason: str
    window_days: int
    grade_version: str
    exposures: tuple[Exposure, ...]
    events: tuple[SafetyEvent, ...]
    worst: tuple[WorstGrade, ...]
    laboratory: tuple[LabGrade, ...]
    dlt: bool | None
    dlt_reason: str
    dlt_definition: str
    findings: tuple[Finding, ...]
    record: str


@dataclass(frozen=True, slots=True)
class ResponseAt:
    """Response at one day by the protocol's criteria. ``level`` is NE with ``not_evaluable`` saying why."""

    day: int
    level: str
    clause: str
    not_evaluable: str
    unverified: str
    marrow_class: str
    cytological_remission: Literal["yes", "no", "not_evaluable"]
    blasts: float | None
    investigator: str
    differs: bool
    record: str


@dataclass(frozen=True, slots=True)
class MrdAt:
    """One measurement of residual (MRD) or, at diagnosis, disseminated (MDD) disease, with its status."""

    day: int
    kind: Literal["MRD", "MDD"]
    method: str
    value: float | None
    unit: str
    lod: float | None
    status: str
    not_evaluable: str
    unverified: str
    record: str


@dataclass(frozen=True, slots=True)
class ResponseResult:
    """Response of one patient over time.

    Parameters
    ----------
    criteria, source : str
        The set as study.toml names it, and its publication.
    best, best_day
        The best level after the first infusion and its first day; empty and None without any.
    confirmed : str
        ``confirmed``, ``not_confirmed``, ``not_required`` by the set, ``not_evaluable``; ``confirmation`` in words.
    time_to_response_days : int or None
        From the first infusion to the first complete remission.
    duration_days : int or None
        From it to relapse, death or the last contact; ``duration_end`` says which, ``censored`` the last.
    """

    status: Status
    reason: str
    criteria: str
    source: str
    assessments: tuple[ResponseAt, ...]
    best: str
    best_day: int | None
    confirmed: Literal["confirmed", "not_confirmed", "not_required", "not_evaluable"]
    confirmation: str
    time_to_response_days: int | None
    duration_days: int | None
    duration_end: Literal["relapse", "death", "censored", ""]
    mrd: tuple[MrdAt, ...]
    findings: tuple[Finding, ...]
    record: str


@dataclass(frozen=True, slots=True)
class TregAt:
    """Activated Treg in one sample: per microlitre and as a fraction of CD4+ T cells, each with its 95 % interval."""

    sample_id: str
    day: int
    events: int
    cd4_events: int
    per_ul: float | None
    per_ul_low: float | None
    per_ul_high: float | None
    of_cd4: float
    of_cd4_low: float
    of_cd4_high: float
    below_loq: bool
    reason: str
    record: str


@dataclass(frozen=True, slots=True)
class TregResult:
    """Activated Ki-67+ CD127- FoxP3+ CD25hi CD4+ Treg before and after the infusion.

    ``ratio`` is after / before per microlitre, ``of_cd4_ratio`` that of the fractions of CD4+; ``rose`` is True or
    False only where the interval of the ratio leaves 1 out, else None. ``origin`` says whose cells they are.
    """

    status: Status
    reason: str
    series: tuple[TregAt, ...]
    before: TregAt | None
    after: TregAt | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    of_cd4_ratio: float | None
    of_cd4_ratio_low: float | None
    of_cd4_ratio_high: float | None
    rose: bool | None
    origin: Literal["recipient", "donor", "recipient and donor", "not determined"]
    origin_reason: str
    findings: tuple[Finding, ...]
    record: str


@dataclass(frozen=True, slots=True)
class Il2Result:
    """Whether systemic IL-2 was given in the protocol's window of days; ``given`` holds the rows in words."""

    status: Literal["none_given", "given", "table_absent", "not_evaluable"]
    reason: str
    window: tuple[int, int]
    given: tuple[str, ...]
    record: str


@dataclass(frozen=True, slots=True)
class EventTime:
    """One time-to-event outcome.

    Parameters
    ----------
    name : str
        ``OS``, ``EFS``, ``relapse``, ``NRM``, ``aGVHD II-IV``, ``aGVHD III-IV``, ``cGVHD``, ``GRFS``.
    time_zero : str
        In words: ``first NK infusion`` or ``transplantation``.
    zero_day : int
        Its day.
    days : int or None
        From time zero to the event or to censoring.
    code : int or None
        0 censored, 1 the event, 2 a competing event; None where not evaluable.
    cause : str
        What happened, in words.
    entry_days : int
        Days from time zero at which the patient came under observation (left truncation by the infusion); 0 without.
    reason : str
        Why it is not evaluable.
    record : str
        Of the outcome.
    """

    name: str
    time_zero: str
    zero_day: int
    days: int | None
    code: Literal[0, 1, 2] | None
    cause: str
    entry_days: int
    reason: str
    record: str


@dataclass(frozen=True, slots=True)
class TimesResult:
    """All times to event of one patient."""

    status: Status
    reason: str
    outcomes: tuple[EventTime, ...]
    findings: tuple[Finding, ...]
