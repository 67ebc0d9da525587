"""The rows of each table as pydantic models: the one place that says which column holds what.

Definition
    A field without a default is a required column; a field with one is optional. ``TABLES`` lists the tables in the
    order of reading with their keys. The names and units are those of docs/study-folder.md, which a test compares.

Not decided here
    References between tables (``links``), days from dates (``days``), plausibility of counts (``plausible``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict

from nktrial.formats.cells import (
    Stamp,
    day_number,
    number,
    one_of,
    optional_number,
    present,
    stamp,
    study_id,
    text,
    whole,
    within,
)
from nktrial.formats.issues import CellError
from nktrial.formats.paths import relative_path

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
MAX_DOSE_PER_KG: Final = 1e12


def _cell(check: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(check)


def _word(*known: str) -> BeforeValidator:
    return BeforeValidator(lambda cell: one_of(cell, known))


def _day(dates: str) -> BeforeValidator:
    return BeforeValidator(lambda cell: day_number(cell, dates))


def _roles(cell: str) -> str:
    joined = "+".join(sorted(part.strip() for part in cell.split("+")))
    return one_of(joined if joined == "hsct+nk" else cell, ("hsct", "nk", "hsct+nk"))


def _age(cell: str) -> int | None:
    return None if not cell else int(within(whole(cell), 0, 36_500, "days"))


def _dose(cell: str) -> float | None:
    dose = optional_number(cell)
    if dose is not None and dose <= 0:
        raise CellError(
            "NK-TAB-44", f"a dose of {dose:g} cells per kg.", "Write the dose given; leave it empty if not known."
        )
    return None if dose is None else within(dose, 0, MAX_DOSE_PER_KG, "cells per kg")


def _contamination(cell: str) -> float | None:
    cells = optional_number(cell)
    return None if cells is None else within(cells, 0, MAX_DOSE_PER_KG, "cells per kg")


def _percent(cell: str) -> float:
    return within(number(cell), 0, 100, "%")


def _optional_percent(cell: str) -> float | None:
    return _percent(cell) if cell else None


def _optional_id(cell: str) -> str:
    return study_id(cell) if cell else ""


def _sha256(cell: str) -> str:
    digest = cell.casefold()
    if digest and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
        raise CellError("NK-TAB-45", "expected 64 hexadecimal digits.", "Write the file's SHA-256, or leave it empty.")
    return digest


Id: TypeAlias = Annotated[str, _cell(study_id)]
OptionalId: TypeAlias = Annotated[str, _cell(_optional_id)]
Text: TypeAlias = Annotated[str, _cell(text)]
Present: TypeAlias = Annotated[str, _cell(present)]
Day: TypeAlias = Annotated[int | None, _day("date")]
SampleDay: TypeAlias = Annotated[int | None, _day("collected_at")]
OnlyDay: TypeAlias = Annotated[int | None, _day("")]
Date: TypeAlias = Annotated[Stamp | None, _cell(stamp)]
Dose: TypeAlias = Annotated[float | None, _cell(_dose)]
Percent: TypeAlias = Annotated[float | None, _cell(_optional_percent)]


class _Cells(BaseModel):
    """What all rows have in common: nothing but the documented columns."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SubjectRow(_Cells):
    """subjects.csv."""

    subject_id: Id
    sex: Annotated[str, _word("F", "M", "U", "")] = ""
    age_days_at_hsct: Annotated[int | None, _cell(_age)] = None
    diagnosis: Present
    status_at_entry: Text = ""


class DonorRow(_Cells):
    """donors.csv."""

    donor_id: Id
    subject_id: Id
    roles: Annotated[str, _cell(_roles)]
    relation: Text = ""
    hla_match: Text = ""


class TransplantRow(_Cells):
    """transplants.csv."""

    subject_id: Id
    day: Day = None
    donor_id: Id
    graft_source: Text = ""
    conditioning: Text = ""
    date: Date = None


class InfusionRow(_Cells):
    """infusions.csv."""

    infusion_id: Id
    subject_id: Id
    day: Day = None
    donor_id: Id
    nk_cells_per_kg: Dose = None
    viability_pct: Percent = None
    cd3_cells_per_kg: Annotated[float | None, _cell(_contamination)] = None
    date: Date = None


class SampleRow(_Cells):
    """samples.csv."""

    sample_id: Id
    subject_id: Id
    day: SampleDay = None
    specimen: Annotated[str, _word("PB", "BM")]
    status: Present
    collected_at: Date = None


class FileRow(_Cells):
    """files.csv."""

    path: Annotated[str, _cell(relative_path)]
    sample_id: OptionalId
    person_id: OptionalId = ""
    kind: Annotated[str, _word("fcs", "abif", "peaks", "ngs")]
    role: Annotated[str, _word("sample", "recipient_reference", "donor_reference", "ladder", "control")]
    panel: Text = ""
    kit: Text = ""
    fraction: Text = ""
    run: Text = ""
    sha256: Annotated[str, _cell(_sha256)] = ""
    evidence: Text = ""
    doubt: Text = ""


class CountRow(_Cells):
    """counts.csv. An empty value is a count that was not done."""

    sample_id: Id
    test: Present
    value: Annotated[float | None, _cell(optional_number)]
    unit: Text
    qualifier: Annotated[str, _word("<", ">", "")] = ""


class GenotypeCells(_Cells):
    """genotypes.csv."""

    person_id: Id
    marker: Present
    allele1: Present
    allele2: Text = ""


class CallRow(_Cells):
    """chimerism_calls.csv."""

    sample_id: Id
    person_id: Id
    fraction: Present
    donor_pct: Annotated[float, _cell(_percent)]
    sd_pct: Percent = None


class MedicationRow(_Cells):
    """medications.csv."""

    subject_id: Id
    name: Present
    day_start: OnlyDay = None
    day_stop: OnlyDay = None
    route: Text = ""
    systemic: Annotated[str, _word("yes", "no", "")] = ""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table: its file, its row model, its key, and whether it must be there.

    ``either`` names two columns of which at least one must be there.
    """

    file: str
    model: type[BaseModel]
    key: tuple[str, ...]
    required: bool
    either: tuple[str, str] | None = None


TABLES: Final = (
    TableSpec("subjects.csv", SubjectRow, ("subject_id",), required=True),
    TableSpec("donors.csv", DonorRow, ("donor_id", "subject_id"), required=True),
    TableSpec("transplants.csv", TransplantRow, (), required=True, either=("day", "date")),
    TableSpec("infusions.csv", InfusionRow, ("infusion_id",), required=True, either=("day", "date")),
    TableSpec("samples.csv", SampleRow, ("sample_id",), required=True, either=("day", "collected_at")),
    TableSpec("files.csv", FileRow, (), required=True),
    TableSpec("counts.csv", CountRow, ("sample_id", "test"), required=True),
    TableSpec("genotypes.csv", GenotypeCells, ("person_id", "marker"), required=False),
    TableSpec("chimerism_calls.csv", CallRow, ("sample_id", "person_id", "fraction"), required=False),
    TableSpec("medications.csv", MedicationRow, (), required=False),
)


def column_names(model: type[BaseModel]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the required and the optional columns of a row model."""
    fields = model.model_fields
    return tuple(n for n, f in fields.items() if f.is_required()), tuple(
        n for n, f in fields.items() if not f.is_required()
    )
