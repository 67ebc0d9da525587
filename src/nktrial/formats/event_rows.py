"""The rows of the clinical tables as pydantic models: adverse events, GVHD, disease assessments, follow-up.

Definition
    As in ``rows``: a field without a default is a required column. Each time has a column of days and a column of
    dates; which of them is filled is the table's choice, row by row. Grades are those of CTCAE v5.0 (1 to 5), stages
    those of MAGIC (Harris, Biol Blood Marrow Transplant 2016;22:4): skin, liver and lower gut 0 to 4, upper gut 0 or 1;
    site scores of chronic GVHD those of NIH 2014 (Jagasia, Biol Blood Marrow Transplant 2015;21:389), 0 to 3.

Not decided here
    Overall GVHD grades, responses and survival, which are derived from these rows.
"""

from typing import Annotated, Final, TypeAlias

from nktrial.formats.cells import number, optional_number, whole, within
from nktrial.formats.issues import CellError
from nktrial.formats.row_cells import Cells, Date, Id, Percent, Present, Text, YesNo, checked, day_beside, word

__all__ = ["AdverseEventRow", "AssessmentRow", "FollowUpRow", "GvhdRow"]

HIGHEST_COUNT_1E9_PER_L: Final = 10_000.0
HIGHEST_ANC_1E9_PER_L: Final = 200.0  # [unverified] a count in cells/uL written here lies above it from 201/uL on
RELATEDNESS: Final = ("unrelated", "unlikely", "possible", "probable", "definite", "")
CONFIDENCE: Final = ("confirmed", "probable", "possible", "negative", "")
CNS: Final = ("CNS1", "CNS2", "CNS2a", "CNS2b", "CNS2c", "CNS3", "CNS3a", "CNS3b", "CNS3c", "")
MOST_CELLS: Final = 1e9  # of one measurement
HIGHEST_HGB_G_DL: Final = 30.0  # [unverified] as of counts.csv
OUTCOMES: Final = ("recovered", "recovering", "recovered_with_sequelae", "not_recovered", "fatal", "unknown", "")


def _grade(cell: str) -> int:
    return int(within(whole(cell), 1, 5, "(CTCAE grade)"))


def _organ_stage(cell: str) -> int | None:
    return int(within(whole(cell), 0, 4, "(MAGIC stage)")) if cell else None


def _upper_gut_stage(cell: str) -> int | None:
    return int(within(whole(cell), 0, 1, "(MAGIC stage of the upper gut)")) if cell else None


def _site_score(cell: str) -> int | None:
    return int(within(whole(cell), 0, 3, "(NIH score)")) if cell else None


def _cells(cell: str) -> int | None:
    """Return how many cells were counted; NK-TAB-25 for a part of a cell."""
    if not cell:
        return None
    value = within(number(cell), 0, MOST_CELLS, "cells")
    if not value.is_integer():
        raise CellError("NK-TAB-25", "expected a whole number of cells.", "Write how many were counted, e.g. 500000.")
    return int(value)


def _haemoglobin(cell: str) -> float | None:
    value = optional_number(cell)
    return None if value is None else within(value, 0, HIGHEST_HGB_G_DL, "g/dL")


def _neutrophils(cell: str) -> float | None:
    value = optional_number(cell)
    return None if value is None else within(value, 0, HIGHEST_ANC_1E9_PER_L, "10^9/L")


def _count(cell: str) -> float | None:
    value = optional_number(cell)
    return None if value is None else within(value, 0, HIGHEST_COUNT_1E9_PER_L, "10^9/L")


def _amount(cell: str) -> float | None:
    value = optional_number(cell)
    return None if value is None else within(value, 0, 1e9, "")


Stage: TypeAlias = Annotated[int | None, checked(_organ_stage)]
SiteScore: TypeAlias = Annotated[int | None, checked(_site_score)]
CellNumber: TypeAlias = Annotated[int | None, checked(_cells)]
Haemoglobin: TypeAlias = Annotated[float | None, checked(_haemoglobin)]
Count: TypeAlias = Annotated[float | None, checked(_count)]
Amount: TypeAlias = Annotated[float | None, checked(_amount)]
AssessedDay: TypeAlias = Annotated[int | None, day_beside("assessed_on")]


class AdverseEventRow(Cells):
    """adverse_events.csv."""

    subject_id: Id
    term: Present
    grade: Annotated[int, checked(_grade)]
    day_onset: Annotated[int | None, day_beside("onset")] = None
    day_resolved: Annotated[int | None, day_beside("resolved")] = None
    serious: YesNo = ""
    relatedness: Annotated[str, word(*RELATEDNESS)] = ""
    expected: YesNo = ""
    dlt: YesNo = ""
    outcome: Annotated[str, word(*OUTCOMES)] = ""
    meddra_pt: Text = ""
    meddra_soc: Text = ""
    onset: Date = None
    resolved: Date = None
    treatment_interrupted: YesNo = ""
    hospitalised: YesNo = ""
    day_of_grade: Annotated[int | None, day_beside("grade_on")] = None
    grade_on: Date = None


class GvhdRow(Cells):
    """gvhd.csv."""

    subject_id: Id
    day: AssessedDay = None
    type: Annotated[str, word("acute", "chronic")]
    skin_stage: Stage = None
    liver_stage: Stage = None
    ugi_stage: Annotated[int | None, checked(_upper_gut_stage)] = None
    lgi_stage: Stage = None
    nih_severity: Annotated[str, word("none", "mild", "moderate", "severe", "")] = ""
    steroid_refractory: YesNo = ""
    assessed_on: Date = None
    systemic_therapy: YesNo = ""
    confidence: Annotated[str, word(*CONFIDENCE)] = ""
    nih_skin: SiteScore = None
    nih_mouth: SiteScore = None
    nih_eyes: SiteScore = None
    nih_gi: SiteScore = None
    nih_liver: SiteScore = None
    nih_lungs: SiteScore = None
    nih_joints: SiteScore = None
    nih_genital: SiteScore = None


class AssessmentRow(Cells):
    """assessments.csv."""

    subject_id: Id
    day: AssessedDay = None
    kind: Annotated[str, word("BM", "PB", "EMD", "MRD", "MDD")]
    blast_pct: Percent = None
    anc_1e9_per_l: Annotated[float | None, checked(_neutrophils)] = None
    plt_1e9_per_l: Count = None
    transfusion_free: YesNo = ""
    emd: YesNo = ""
    cytogenetic: Text = ""
    mrd_method: Text = ""
    mrd_value: Amount = None
    mrd_unit: Text = ""
    mrd_lod: Amount = None
    investigator_response: Text = ""
    assessed_on: Date = None
    bm_spicules: YesNo = ""
    bm_cellularity_pct: Percent = None
    bm_nucleated_cells: CellNumber = None
    auer_rods: YesNo = ""
    pb_blasts: YesNo = ""
    emd_site: Text = ""
    cns: Annotated[str, word(*CNS)] = ""
    hgb_g_dl: Haemoglobin = None
    mrd_denominator: CellNumber = None
    mrd_events: CellNumber = None
    mrd_sensitivity: Amount = None
    trilineage: YesNo = ""


class FollowUpRow(Cells):
    """followup.csv."""

    subject_id: Id
    day_last_contact: Annotated[int | None, day_beside("last_contact")] = None
    alive: Annotated[str, word("yes", "no")]
    day_death: Annotated[int | None, day_beside("death_on")] = None
    death_cause: Text = ""
    day_relapse: Annotated[int | None, day_beside("relapse_on")] = None
    day_next_therapy: Annotated[int | None, day_beside("next_therapy_on")] = None
    lost: YesNo = ""
    last_contact: Date = None
    death_on: Date = None
    relapse_on: Date = None
    next_therapy_on: Date = None
    second_transplant: YesNo = ""
