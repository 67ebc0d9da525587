"""The clinical tables of virtual patients: adverse events, disease assessments, GVHD, follow-up, as rows.

Definition
    Each row is what a site would write of the course. Neutrophils, platelets and haemoglobin beside a marrow are the
    true values of that day, rounded as a laboratory does. The investigator calls a remission CR where neutrophils are
    at least 1.0 and platelets at least 100 x 10^9/L, else CRi.

Not decided here
    What happened (``course``).
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from nktrial.simulate.course import BLASTS_IN_REMISSION_PCT, CHRONIC_FROM_DAY, Course, Marrow
from nktrial.simulate.laboratory import laboratory_of
from nktrial.simulate.patient import VirtualPatient

__all__ = ["COURSE_PLAN", "course_tables"]

Cell: TypeAlias = str | int | float
Table: TypeAlias = tuple[tuple[str, ...], list[tuple[Cell, ...]]]

COURSE_PLAN: Final = """
[endpoint.safety]
window_days = 28

[endpoint.safety.dlt]
window_days = 28
clauses = [
  { term = "Cytokine release syndrome", min_grade = 4 },
  { class = "any", min_grade = 4, related = ["possible", "probable", "definite"] },
]

[endpoint.response]
landmark_day = 28
confirmation = "by_criteria"

[endpoint.times]
names = ["OS", "EFS", "relapse", "NRM", "aGVHD II-IV", "aGVHD III-IV", "cGVHD", "GRFS"]
"""
NIH_SITES: Final = ("skin", "mouth", "eyes", "gi", "liver", "lungs", "joints", "genital")
EVENT_COLUMNS: Final = (
    *("subject_id", "term", "grade", "day_onset", "day_resolved", "serious", "relatedness", "outcome", "meddra_pt"),
    *("meddra_soc", "treatment_interrupted", "hospitalised", "day_of_grade"),
)
ASSESSMENT_COLUMNS: Final = (
    *(
        "subject_id",
        "day",
        "kind",
        "blast_pct",
        "anc_1e9_per_l",
        "plt_1e9_per_l",
        "hgb_g_dl",
        "transfusion_free",
        "emd",
    ),
    *("bm_spicules", "bm_cellularity_pct", "bm_nucleated_cells", "auer_rods", "pb_blasts", "cns", "trilineage"),
    *("mrd_method", "mrd_value", "mrd_unit", "mrd_lod", "mrd_sensitivity", "mrd_events", "mrd_denominator"),
    "investigator_response",
)
GVHD_COLUMNS: Final = (
    *("subject_id", "day", "type", "skin_stage", "liver_stage", "ugi_stage", "lgi_stage", "confidence"),
    *("steroid_refractory", "systemic_therapy", "nih_severity", *(f"nih_{site}" for site in NIH_SITES)),
)
FOLLOWUP_COLUMNS: Final = (
    *("subject_id", "day_last_contact", "alive", "day_death", "death_cause", "day_relapse", "lost"),
    "second_transplant",
)


def course_tables(courses: Sequence[tuple[VirtualPatient, Course]]) -> Mapping[str, Table]:
    """Return file name -> columns and rows of the four clinical tables."""
    return {
        "adverse_events.csv": (EVENT_COLUMNS, [row for pair in courses for row in _event_rows(*pair)]),
        "assessments.csv": (ASSESSMENT_COLUMNS, [row for pair in courses for row in _assessment_rows(*pair)]),
        "gvhd.csv": (GVHD_COLUMNS, [row for pair in courses for row in _gvhd_rows(*pair)]),
        "followup.csv": (FOLLOWUP_COLUMNS, [_followup_row(*pair) for pair in courses]),
    }


def _event_rows(patient: VirtualPatient, course: Course) -> list[tuple[Cell, ...]]:
    return [
        (
            *(patient.subject_id, event.term, event.grade, event.onset, event.resolved, event.serious),
            *(event.relatedness, "recovered", event.pt, event.soc, "no", event.serious, event.of_grade),
        )
        for event in course.events
    ]


def _assessment_rows(patient: VirtualPatient, course: Course) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [
        _row(patient, {"day": course.diagnosis_day, "kind": "MDD", "mrd_method": "PCR", "mrd_value": 2.4,
                       "mrd_unit": "%", "mrd_lod": 0.01, "mrd_sensitivity": 0.01})
    ]  # fmt: skip
    for marrow in course.marrow:
        rows += [_row(patient, _marrow_cells(patient, course, marrow)), _row(patient, _mrd_cells(marrow))]
    return rows


def _row(patient: VirtualPatient, cells: Mapping[str, Cell]) -> tuple[Cell, ...]:
    return tuple({"subject_id": patient.subject_id, **cells}.get(column, "") for column in ASSESSMENT_COLUMNS)


def _marrow_cells(patient: VirtualPatient, course: Course, marrow: Marrow) -> dict[str, Cell]:
    blood = laboratory_of(patient, course.toxicity, marrow.day)
    remission = marrow.blasts_pct < BLASTS_IN_REMISSION_PCT
    called = "" if marrow.day < 0 or not remission else "CR" if blood.anc >= 1.0 and blood.plt >= 100.0 else "CRi"
    relapsed = marrow.day == course.relapse_day
    return {
        "day": marrow.day,
        "kind": "BM",
        "blast_pct": marrow.blasts_pct,
        "anc_1e9_per_l": f"{blood.anc:.2f}",
        "plt_1e9_per_l": f"{blood.plt:.0f}",
        "hgb_g_dl": f"{blood.hgb:.1f}",
        "transfusion_free": "yes" if marrow.day > 0 else "no",
        "emd": "no",
        "bm_spicules": "yes",
        "bm_cellularity_pct": 60 if remission else 80,
        "bm_nucleated_cells": 500,
        "auer_rods": "yes" if patient.diagnosis == "AML" and not remission else "no",
        "pb_blasts": "no",
        "cns": "CNS1",
        "trilineage": "yes" if remission else "no",
        "investigator_response": "relapse" if relapsed else called or ("NR" if marrow.day > 0 else ""),
    }


def _mrd_cells(marrow: Marrow) -> dict[str, Cell]:
    return {
        "day": marrow.day,
        "kind": "MRD",
        "mrd_method": "MFC",
        "mrd_value": f"{100.0 * marrow.mrd_events / marrow.mrd_denominator:.4g}",
        "mrd_unit": "%",
        "mrd_lod": 0.01,
        "mrd_sensitivity": 0.01,
        "mrd_events": marrow.mrd_events,
        "mrd_denominator": marrow.mrd_denominator,
    }


def _gvhd_rows(patient: VirtualPatient, course: Course) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [
        (
            *(patient.subject_id, day, "acute", stage, 0, 0, 0, "probable" if stage else "negative", "no", "no", ""),
            *("" for _ in NIH_SITES),
        )
        for day, stage in course.skin_stages
    ]
    if course.death_day is None or course.death_day > CHRONIC_FROM_DAY:
        none = (patient.subject_id, CHRONIC_FROM_DAY, "chronic", "", "", "", "", "", "no", "no", "none")
        rows.append((*none, *(0 for _ in NIH_SITES)))
    return rows


def _followup_row(patient: VirtualPatient, course: Course) -> tuple[Cell, ...]:
    died = course.death_day is not None
    return (
        patient.subject_id,
        course.last_contact_day,
        "no" if died else "yes",
        "" if course.death_day is None else course.death_day,
        "leukemia" if died else "",
        "" if course.relapse_day is None else course.relapse_day,
        "no",
        "no",
    )
