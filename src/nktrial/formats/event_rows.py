"""The rows of the clinical tables as pydantic models: adverse events, GVHD, disease assessments, follow-up.

Definition
    As in ``rows``: a field without a default is a required column. Each time has a column of days and a column of
    dates; which of them is filled is the table's choice, row by row. Grades are those of CTCAE v5.0 (1 to 5), stages
    those of MAGIC (Harris, Biol Blood Marrow Transplant 2016;22:4): skin, liver and lower gut 0 to 4, upper gut 0 or 1.

Not decided here
    Overall GVHD grades, responses and survival, which are derived from these rows.
"""

from typing import Annotated, Final, TypeAlias

from nktrial.formats.cells import optional_number, whole, within
from nktrial.formats.row_cells import Cells, Date, Id, Percent, Present, Text, YesNo, checked, day_beside, word

__all__ = ["AdverseEventRow", "AssessmentRow", "FollowUpRow", "GvhdRow"]

HIGHEST_COUNT_1E9_PER_L: Final = 10_000.0
RELATEDNESS: Final = ("unrelated", "unlikely", "possible", "probable", "definite", "")
OUTCOMES: Final = ("recovered", "recovering", "recovered_with_sequelae", "not_recovered", "fatal", "unknown", "")


def _grade(cell: str) -> int:
    return int(within(whole(cell), 1, 5, "(CTCAE grade)"))


def _organ_stage(cell: str) -> int | None:
    return int(within(whole(cell), 0, 4, "(MAGIC stage)")) if cell else None


def _upper_gut_stage(cell: str) -> int | None:
    return int(within(whole(cell), 0, 1, "(MAGIC stage of the upper gut)")) if cell else None


def _count(cell: str) -> float | None:
    value = optional_number(cell)
    return None if value is None else within(value, 0, HIGHEST_COUNT_1E9_PER_L, "10^9/L")


def _amount(cell: str) -> float | None:
    value = optional_number(cell)
    return None if value is None else within(value, 0, 1e9, "")


Stage: TypeAlias = Annotated[int | None, checked(_organ_stage)]
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


class AssessmentRow(Cells):
    """assessments.csv."""

    subject_id: Id
    day: AssessedDay = None
    kind: Annotated[str, word("BM", "PB", "EMD", "MRD", "MDD")]
    blast_pct: Percent = None
    anc_1e9_per_l: Count = None
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
