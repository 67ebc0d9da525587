"""The tables and the protocol of a simulated study folder, as text.

Definition
    Section by section what a study folder asks for: study.toml and one CSV a table, in the order of the patients,
    with Unix line ends. The analyser's counts carry its error: a lymphocyte count with a coefficient of variation of
    5 %, or a leukocyte count of 4 % times a lymphocyte share of 3 %, which together make 5 %.

Not decided here
    Raw files and truth (``study``).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np

from nktrial.simulate.cohort import PlannedPatient, Visit
from nktrial.simulate.course_tables import COURSE_PLAN, course_tables
from nktrial.simulate.laboratory import LIMITS, laboratory_rows
from nktrial.simulate.patient import Blood
from nktrial.simulate.streams import lognormal_factor, stream

__all__ = ["ALC_CV", "FILE_COLUMNS", "clinical_tables", "csv_text", "plan_text", "sample_id"]

Cell: TypeAlias = str | int | float

ALC_CV: Final = 0.05
WBC_CV: Final = 0.04
LYMPH_PCT_CV: Final = 0.03
FILE_COLUMNS: Final = ("path", "sample_id", "person_id", "kind", "role", "panel", "kit", "fraction", "run")

PLAN: Final = """schema = "nktrial/1"

[study]
id = "{study_id}"
title = "{title}"
day0 = "first_nk_infusion"            # every `day` in the tables counts from it

[endpoint.expansion]
day = 14
window = [-2, 2]
pick = "closest_then_earlier"          # of several samples in the window
threshold_per_ul = 100.0
comparison = ">"
lymphocytes = "Singlets/Lymphocytes/Live"     # the gated denominator of the NK fraction
nk_cells = "Singlets/Lymphocytes/Live/NK"     # CD56+ CD3-
chimerism = ["CD56", "lymphocytes", "WB"]     # cell fraction typed, in order of preference
missing = "not_evaluable"

[panels.nk]
gates = "gating/nk_panel.gatingml.xml"

[kits.{kit_id}]
name = "{kit_name}"

[criteria]
ALL = "all_nccn"
AML = "aml_eln2022"
toxicity = "ctcae_v5"
"""

TREG_PLAN: Final = """
[endpoint.treg]                        # activated Treg: Ki-67+ CD127- FoxP3+ CD25hi CD4+; days [unverified]
panel = "treg"
lymphocytes = "Singlets/Lymphocytes/Live"
cd4 = "Singlets/Lymphocytes/Live/CD4"
activated = "Singlets/Lymphocytes/Live/CD4/Treg/Activated"
before = [-7, 0]
after = [7, 28]

[endpoint.il2]                         # was systemic IL-2 given? by medications.csv; days [unverified]
window = [-7, 28]

[panels.treg]
gates = "gating/treg_panel.gatingml.xml"
"""


def sample_id(subject_id: str, day: int) -> str:
    """Return the id of a sample: ``INF-01-day14``; ``INF-01-day-1`` before day 0."""
    return f"{subject_id}-day{day}"


def plan_text(
    *, study_id: str, title: str, kit_id: str, kit_name: str, course: bool = False, treg: bool = False
) -> str:
    """Return study.toml; ``course``: with the endpoints of the clinical course; ``treg``: activated Treg and IL-2."""
    text = PLAN.format(study_id=study_id, title=title, kit_id=kit_id, kit_name=kit_name)
    return text + (COURSE_PLAN if course else "") + (TREG_PLAN if treg else "")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table as CSV with Unix line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def clinical_tables(seed: int, planned: Sequence[PlannedPatient]) -> Mapping[str, str]:
    """Return file name -> text of all tables but files.csv."""
    patients = [plan.patient for plan in planned]
    courses = [(plan.patient, plan.course) for plan in planned if plan.course is not None]
    course = {name: csv_text(*table) for name, table in course_tables(courses).items()} if courses else {}
    return course | {
        "subjects.csv": csv_text(
            ("subject_id", "sex", "age_days_at_hsct", "diagnosis", "status_at_entry", "weight_kg_at_infusion"),
            [subject_row(plan) for plan in planned],
        ),
        "donors.csv": csv_text(
            ("donor_id", "subject_id", "roles", "relation", "hla_match"),
            [
                (donor.donor_id, p.subject_id, "+".join(sorted(donor.roles)), donor.relation, donor.hla_match)
                for p in patients
                for donor in p.donors
            ],
        ),
        "transplants.csv": csv_text(
            ("subject_id", "day", "donor_id", "graft_source", "conditioning"),
            [(p.subject_id, p.transplant_day, p.donor_with("hsct").donor_id, "BM", "MAC") for p in patients],
        ),
        "infusions.csv": csv_text(
            ("infusion_id", "subject_id", "day", "donor_id", "nk_cells_per_kg", "viability_pct", "cd3_cells_per_kg"),
            [infusion_row(seed, p.subject_id, p.donor_with("nk").donor_id) for p in patients],
        ),
        "samples.csv": csv_text(
            ("sample_id", "subject_id", "day", "specimen", "status"),
            [
                (sample_id(plan.patient.subject_id, day), plan.patient.subject_id, day, "PB", "ok")
                for plan in planned
                for day in (*plan.laboratory_days, *(visit.day for visit in plan.visits))
            ],
        ),
        "counts.csv": csv_text(
            ("sample_id", "test", "value", "unit", "qualifier", "lln", "uln"),
            [with_limits(row) for plan in planned for row in all_count_rows(seed, plan)],
        ),
        "medications.csv": csv_text(
            ("subject_id", "name", "day_start", "day_stop", "route", "systemic"),
            [
                (p.subject_id, name, first, last, "IV", "yes")
                for p in patients
                for name, first, last in (("cyclophosphamide", -6, -5), ("fludarabine", -6, -2))
            ],
        ),
    }


def infusion_row(seed: int, subject_id: str, donor_id: str) -> tuple[Cell, ...]:
    """Return the infusions row of a patient: one infusion on day 0."""
    rng = stream(seed, subject_id, "infusion")
    nk, viability = round(float(rng.uniform(8e6, 15e6)), -5), int(rng.integers(88, 98))
    return (f"{subject_id}-I1", subject_id, 0, donor_id, nk, viability, round(float(rng.uniform(2e3, 8e3)), -2))


def subject_row(plan: PlannedPatient) -> tuple[Cell, ...]:
    """Return the subjects row of a patient; the weight belongs to the clinical course."""
    patient = plan.patient
    weight = "" if plan.course is None else plan.course.weight_kg
    return (patient.subject_id, patient.sex, patient.age_days_at_hsct, patient.diagnosis, "refractory", weight)


def with_limits(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return a counts row with the laboratory's limits of normal, where it states them."""
    return (*row, *LIMITS.get(str(row[1]), ("", "")))


def all_count_rows(seed: int, plan: PlannedPatient) -> list[tuple[Cell, ...]]:
    """Return all counts rows of a patient; samples for the laboratory alone have a full differential."""
    rows: list[tuple[Cell, ...]] = []
    visits = [Visit(day, (), "WBC") for day in plan.laboratory_days]
    for visit in (*visits, *plan.visits):
        own = count_rows(seed, plan, visit)
        rows += own
        if plan.course is not None:
            white = next((float(row[2]) for row in own if row[1] == "WBC"), None)
            sample, toxicity = sample_id(plan.patient.subject_id, visit.day), plan.course.toxicity
            rows += laboratory_rows(seed, plan.patient, toxicity, visit.day, sample, white)
    return rows


def count_rows(seed: int, plan: PlannedPatient, visit: Visit) -> list[tuple[Cell, ...]]:
    """Return the counts rows of a sample: ALC, or WBC and the lymphocyte share, as the analyser reads them."""
    subject_id = plan.patient.subject_id
    sample = sample_id(subject_id, visit.day)
    blood = plan.patient.blood(visit.day)
    rng = stream(seed, subject_id, sample, "count")
    if visit.counted_as == "ALC":
        return [(sample, "ALC", in_giga_per_l(blood.alc_per_ul * lognormal_factor(rng, ALC_CV)), "10^9/L", "")]
    return [
        (sample, "WBC", in_giga_per_l(blood.wbc_per_ul * lognormal_factor(rng, WBC_CV)), "10^9/L", ""),
        (sample, "LYMPH_PCT", lymphocyte_percent(rng, blood), "%", ""),
    ]


def in_giga_per_l(cells_per_ul: float) -> str:
    """Return cells per microlitre in 10^9/L with three decimals, so that rounding adds little to the error."""
    return f"{cells_per_ul / 1000.0:.3f}"


def lymphocyte_percent(rng: np.random.Generator, blood: Blood) -> str:
    """Return the lymphocyte share that the analyser reads, in percent with one decimal."""
    share = blood.alc_per_ul / blood.wbc_per_ul * lognormal_factor(rng, LYMPH_PCT_CV)
    return f"{min(100.0 * share, 100.0):.1f}"
