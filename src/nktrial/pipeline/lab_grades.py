"""Derive: the CTCAE grade of each laboratory value after the first infusion, beside what was reported for its term."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, cast

from nktrial.core.digest import Json
from nktrial.core.errors import MethodError
from nktrial.criteria.ctcae_lab_terms import BaselineStatus, LabValue
from nktrial.criteria.ctcae_v5_lab import METHOD as V5
from nktrial.criteria.ctcae_v5_lab import ctcae_v5_lab_grade
from nktrial.criteria.ctcae_v6_lab import METHOD as V6
from nktrial.criteria.ctcae_v6_lab import ctcae_v6_lab_grade
from nktrial.criteria.grade import Grade, Graded
from nktrial.endpoints.safety import agreement, goes_on, reported_event
from nktrial.model.clinic import AdverseEvent, Count, Sample
from nktrial.model.method import Method
from nktrial.model.patient_results import Agreement, LabGrade
from nktrial.model.plan import Study
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.rows import row_step

__all__ = ["VERSIONS", "grade_version", "lab_grades"]

# Terms of each version by test of counts.csv.
COMMON: Final = {
    "ANC": ("Neutrophil count decreased",),
    "HGB": ("Anemia",),
    "WBC": ("White blood cell decreased", "Leukocytosis"),
    "CD4": ("CD4 lymphocytes decreased",),
    "ALT": ("Alanine aminotransferase increased",),
    "AST": ("Aspartate aminotransferase increased",),
    "ALP": ("Alkaline phosphatase increased",),
    "GGT": ("GGT increased",),
    "BILI": ("Blood bilirubin increased",),
    "CREAT": ("Creatinine increased",),
}
TERMS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "ctcae_v5": COMMON
        | {
            "PLT": ("Platelet count decreased",),
            "ALC": ("Lymphocyte count decreased", "Lymphocyte count increased"),
        },
        "ctcae_v6": COMMON | {"PLT": ("Thrombocytopenia",), "ALC": ("Lymphocyte count increased",)},
    }
)
# Beside a falling term of the same test: said only where they are graded or reported.
RISING: Final = frozenset({"Leukocytosis", "Lymphocyte count increased"})
VERSIONS: Final[Mapping[str, tuple[str, Method]]] = MappingProxyType(
    {"ctcae_v5": ("CTCAE v5.0", V5), "ctcae_v6": ("CTCAE v6.0", V6)}
)
_GRADERS: Final[Mapping[str, Callable[[str, LabValue], Grade]]] = MappingProxyType(
    {"ctcae_v5": ctcae_v5_lab_grade, "ctcae_v6": ctcae_v6_lab_grade}
)


def grade_version(study: Study) -> str:
    """Return the version of CTCAE in words; a study that states none says so."""
    named = study.plan.criteria.get("toxicity", "")
    return VERSIONS[named][0] if named in VERSIONS else "CTCAE, version not stated in study.toml"


def lab_grades(study: Study, subject_id: str, last_day: int, ledger: Ledger) -> tuple[LabGrade, ...]:
    """Return the grades of one patient's laboratory values from day 0 to ``last_day``.

    Values are graded by the version that study.toml names; without one, none is.
    """
    version = study.plan.criteria.get("toxicity", "")
    if version not in VERSIONS:
        return ()
    samples = {row.sample_id: row for row in study.samples if row.subject_id == subject_id}
    counts = [row for row in study.counts if row.sample_id in samples and row.test in TERMS[version]]
    after = sorted(
        (row for row in counts if 0 <= samples[row.sample_id].day <= last_day),
        key=lambda row: (samples[row.sample_id].day, row.sample_id, row.test),
    )
    steps: list[Step] = []
    about: list[tuple[Count, str]] = []
    for row in after:
        sample = samples[row.sample_id]
        baseline = _baseline(row, counts, samples)
        parents = _parents(study, (row, sample, *([baseline] if baseline else [])), ledger)
        for term in TERMS[version][row.test]:
            steps.append(_step(version, term, row, baseline, _age(study, subject_id, sample.day), parents))
            about.append((row, term))
    records = ledger.take_all("", steps)
    events = [event for event in study.adverse_events or () if event.subject_id == subject_id]
    days = [samples[row.sample_id].day for row, _ in about]
    grades = [cast("dict[str, Any]", record.value)["grade"] for record in records]
    found = []
    for place, (record, (row, term)) in enumerate(zip(records, about, strict=True)):
        event = reported_event(term, days[place], events)
        same = [
            grade
            for grade, day, (_, other) in zip(grades, days, about, strict=True)
            if event is not None and other == term and grade is not None and goes_on(event, day)
        ]
        sample, worst = samples[row.sample_id], max(same, default=None)
        found.append(_lab_grade(record.value, record.id, row, term, sample, event, worst))
    return tuple(
        item for item in found if item.term not in RISING or item.grade != 0 or item.reported_grade is not None
    )


def measure_lab_grade(version: str, term: str, given: LabValue, qualifier: str) -> Measured:
    """Return the grade of one value; a value that is a limit has one only where every value beyond it has the same."""
    try:
        grades = [_GRADERS[version](term, value) for value in _possible(given, qualifier)]
    except MethodError as error:
        return Measured({"grade": None, "clause": "", "caution": f"{error.problem} [{error.code}]"})
    first = grades[0]
    if not isinstance(first, Graded):
        return Measured({"grade": None, "clause": "", "caution": first.reason})
    if any(not isinstance(grade, Graded) or grade.grade != first.grade for grade in grades):
        return Measured({"grade": None, "clause": "", "caution": f"the value is a limit ({qualifier})"})
    unverified = f"unverified: {first.unverified}" if first.unverified else ""
    caution = "; ".join(filter(None, (first.caution, unverified)))
    return Measured({"grade": int(first.grade), "clause": first.clause, "caution": caution})


def _possible(given: LabValue, qualifier: str) -> Iterator[LabValue]:
    """Yield the value, or both ends of what a value with a qualifier may be."""
    value = given.value
    if qualifier == "<" and value is not None:
        yield from (_with(given, value * (1.0 - 1e-6)), _with(given, 0.0))
    elif qualifier == ">" and value is not None:
        yield from (_with(given, value * (1.0 + 1e-6)), _with(given, value * 1e6))
    else:
        yield given


def _with(given: LabValue, value: float) -> LabValue:
    return LabValue(value, given.unit, given.lln, given.uln, given.baseline, given.baseline_status, given.age_days)


def _step(
    version: str, term: str, row: Count, baseline: Count | None, age_days: float | None, parents: tuple[str, ...]
) -> Step:
    status = "" if baseline is None else _status(baseline)
    given = LabValue(
        row.value, row.unit, row.lln, row.uln, None if baseline is None else baseline.value, status, age_days
    )
    parameters: dict[str, Json] = {"version": version, "term": term, "age_days": age_days, "baseline_status": status}
    arguments = (version, term, given, row.qualifier)
    return Step("lab_grade", VERSIONS[version][1], parameters, parents, measure_lab_grade, arguments, row.sample_id)


def _baseline(row: Count, counts: Sequence[Count], samples: Mapping[str, Sample]) -> Count | None:
    """Return the last value of the test before the first infusion, in the same unit and not a limit."""
    before = [
        other
        for other in counts
        if other.test == row.test
        and other.unit == row.unit
        and not other.qualifier
        and samples[other.sample_id].day < 0
    ]
    return max(before, key=lambda other: samples[other.sample_id].day, default=None)


def _status(row: Count) -> BaselineStatus:
    if row.uln is not None and row.value > row.uln:
        return "HIGH"
    if row.lln is not None and row.value < row.lln:
        return "LOW"
    return "NORMAL" if row.uln is not None and row.lln is not None else ""


def _age(study: Study, subject_id: str, day: int) -> float | None:
    """Return the age at a day, from the age at transplantation."""
    ages = [row.age_days_at_hsct for row in study.subjects if row.subject_id == subject_id]
    days = [row.day for row in study.transplants if row.subject_id == subject_id]
    if not ages or ages[0] is None or not days:
        return None
    return float(ages[0] - max(days) + day)


def _parents(study: Study, rows: Sequence[Count | Sample], ledger: Ledger) -> tuple[str, ...]:
    records = ledger.take_all("", [row_step(study, row) for row in rows])
    return (*(record.id for record in records), study.sources["study.toml"].sha256)


def _lab_grade(
    value: Any, record: str, row: Count, term: str, sample: Sample, event: AdverseEvent | None, worst: int | None
) -> LabGrade:
    reported = None if event is None else event.grade
    grade = cast("int | None", value["grade"])
    says: Agreement = agreement(grade, reported, worst)
    written = f"written as {row.qualifier}{row.value:g}" if row.qualifier else ""
    caution = "; ".join(filter(None, (value["caution"], written)))
    return LabGrade(sample.sample_id, sample.day, term, row.value, row.unit, grade, caution, reported, says, record)
