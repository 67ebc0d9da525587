"""The rows of each table as pydantic models: the one place that says which column holds what.

Definition
    A field without a default is a required column; a field with one is optional. ``TABLES`` lists the tables in the
    order of reading with their keys. The names and units are those of docs/study-folder.md, which a test compares.

Not decided here
    References between tables (``links``), days from dates (``days``), plausibility of counts (``plausible``).
"""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel

from nktrial.formats.cells import optional_number
from nktrial.formats.event_rows import AdverseEventRow, AssessmentRow, FollowUpRow, GvhdRow
from nktrial.formats.paths import relative_path
from nktrial.formats.row_cells import (
    Age,
    Cells,
    Contamination,
    Date,
    Day,
    Digest,
    Dose,
    Id,
    Limit,
    OptionalId,
    Percent,
    Present,
    RequiredPercent,
    Roles,
    SampleDay,
    Text,
    Weight,
    YesNo,
    checked,
    day_beside,
    word,
)
from nktrial.formats.table import MAX_ROWS

__all__ = [
    "FRACTIONS",
    "TABLES",
    "CallRow",
    "CountRow",
    "DonorRow",
    "FileRow",
    "GenotypeCells",
    "InfusionRow",
    "MedicationRow",
    "SampleRow",
    "SubjectRow",
    "TableSpec",
    "TransplantRow",
    "column_names",
]

# Cell fractions whose DNA is typed: what a protocol may name.
FRACTIONS: Final = (
    *("WB", "BM", "MNC", "lymphocytes", "granulocytes", "monocytes", "CD56", "CD3", "CD4", "CD8", "CD14", "CD15"),
    *("CD16", "CD19", "CD33", "CD34", "CD66b", "CD71", "Treg"),
)

MAX_FILES: Final = 20_000  # each of them is looked at on the disk


class SubjectRow(Cells):
    """subjects.csv."""

    subject_id: Id
    sex: Annotated[str, word("F", "M", "U", "")] = ""
    age_days_at_hsct: Age = None
    diagnosis: Present
    status_at_entry: Text = ""
    weight_kg_at_infusion: Weight = None


class DonorRow(Cells):
    """donors.csv."""

    donor_id: Id
    subject_id: Id
    roles: Roles
    relation: Text = ""
    hla_match: Text = ""


class TransplantRow(Cells):
    """transplants.csv."""

    subject_id: Id
    day: Day = None
    donor_id: Id
    graft_source: Text = ""
    conditioning: Text = ""
    date: Date = None


class InfusionRow(Cells):
    """infusions.csv."""

    infusion_id: Id
    subject_id: Id
    day: Day = None
    donor_id: Id
    nk_cells_per_kg: Dose = None
    viability_pct: Percent = None
    cd3_cells_per_kg: Contamination = None
    date: Date = None


class SampleRow(Cells):
    """samples.csv."""

    sample_id: Id
    subject_id: Id
    day: SampleDay = None
    specimen: Annotated[str, word("PB", "BM")]
    status: Present
    collected_at: Date = None


class FileRow(Cells):
    """files.csv."""

    path: Annotated[str, checked(relative_path)]
    sample_id: OptionalId
    person_id: OptionalId = ""
    kind: Annotated[str, word("fcs", "abif", "peaks", "ngs")]
    role: Annotated[str, word("sample", "recipient_reference", "donor_reference", "ladder", "control")]
    panel: Text = ""
    kit: Text = ""
    fraction: Text = ""
    run: Text = ""
    sha256: Digest = ""
    purity_pct: Percent = None
    evidence: Text = ""
    doubt: Text = ""


class CountRow(Cells):
    """counts.csv. An empty value is a count that was not done."""

    sample_id: Id
    test: Present
    value: Annotated[float | None, checked(optional_number)]
    unit: Text
    qualifier: Annotated[str, word("<", ">", "")] = ""
    lln: Limit = None
    uln: Limit = None


class GenotypeCells(Cells):
    """genotypes.csv."""

    person_id: Id
    marker: Present
    allele1: Present
    allele2: Text = ""


class CallRow(Cells):
    """chimerism_calls.csv."""

    sample_id: Id
    person_id: Id
    fraction: Present
    donor_pct: RequiredPercent
    sd_pct: Percent = None


class MedicationRow(Cells):
    """medications.csv."""

    subject_id: Id
    name: Present
    day_start: Annotated[int | None, day_beside("start")] = None
    day_stop: Annotated[int | None, day_beside("stop")] = None
    route: Text = ""
    systemic: YesNo = ""
    start: Date = None
    stop: Date = None


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: its file, its row model, its key, and whether it must be there.

    ``either`` names two columns of which at least one must be there; ``max_rows`` is the largest number of rows.
    """

    file: str
    model: type[BaseModel]
    key: tuple[str, ...]
    required: bool
    either: tuple[str, str] | None = None
    max_rows: int = MAX_ROWS


TABLES: Final = (
    TableSpec("subjects.csv", SubjectRow, ("subject_id",), required=True),
    TableSpec("donors.csv", DonorRow, ("donor_id", "subject_id"), required=True),
    TableSpec("transplants.csv", TransplantRow, (), required=True, either=("day", "date")),
    TableSpec("infusions.csv", InfusionRow, ("infusion_id",), required=True, either=("day", "date")),
    TableSpec("samples.csv", SampleRow, ("sample_id",), required=True, either=("day", "collected_at")),
    TableSpec("files.csv", FileRow, (), required=True, max_rows=MAX_FILES),
    TableSpec("counts.csv", CountRow, ("sample_id", "test"), required=True),
    TableSpec("genotypes.csv", GenotypeCells, ("person_id", "marker"), required=False),
    TableSpec("chimerism_calls.csv", CallRow, ("sample_id", "person_id", "fraction"), required=False),
    TableSpec("medications.csv", MedicationRow, (), required=False),
    TableSpec("adverse_events.csv", AdverseEventRow, (), required=False, either=("day_onset", "onset")),
    TableSpec("gvhd.csv", GvhdRow, (), required=False, either=("day", "assessed_on")),
    TableSpec("assessments.csv", AssessmentRow, (), required=False, either=("day", "assessed_on")),
    TableSpec(
        "followup.csv", FollowUpRow, ("subject_id",), required=False, either=("day_last_contact", "last_contact")
    ),
)


def column_names(model: type[BaseModel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the required and the optional columns of a row model."""
    fields = model.model_fields
    return tuple(n for n, f in fields.items() if f.is_required()), tuple(
        n for n, f in fields.items() if not f.is_required()
    )
