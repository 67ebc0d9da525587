"""Rows of the study's tables: persons, transplants, infusions, samples, files, counts.

Every row knows its table, its line and its bytes, so that a number can be walked back to them.
``day`` counts from the first NK infusion, which is day 0.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nktrial.model.origin import Extent

__all__ = [
    "ChimerismCall",
    "Count",
    "Donor",
    "FileEntry",
    "FileKind",
    "FileRole",
    "GenotypeRow",
    "Infusion",
    "Medication",
    "Row",
    "Sample",
    "Subject",
    "Transplant",
]

FileKind: TypeAlias = Literal["fcs", "abif", "peaks", "ngs"]
FileRole: TypeAlias = Literal["sample", "recipient_reference", "donor_reference", "ladder", "control"]


@dataclass(frozen=True, slots=True)
class Row:
    """Where a row stands: table file, line as an editor counts (header is 1), byte range."""

    table: str
    line: int
    extent: Extent


@dataclass(frozen=True, slots=True)
class Subject:
    """One patient (recipient)."""

    subject_id: str
    sex: str
    age_days_at_hsct: int | None
    diagnosis: str
    status_at_entry: str
    row: Row


@dataclass(frozen=True, slots=True)
class Donor:
    """One donor of one patient. ``roles`` holds ``hsct``, ``nk`` or both."""

    donor_id: str
    subject_id: str
    roles: frozenset[str]
    relation: str
    hla_match: str
    row: Row


@dataclass(frozen=True, slots=True)
class Transplant:
    """One stem-cell transplantation."""

    subject_id: str
    day: int
    donor_id: str
    graft_source: str
    conditioning: str
    row: Row


@dataclass(frozen=True, slots=True)
class Infusion:
    """One NK-cell infusion; doses in cells per kg, viability as a fraction, None where not given."""

    infusion_id: str
    subject_id: str
    day: int
    donor_id: str
    nk_cells_per_kg: float | None
    viability: float | None
    cd3_cells_per_kg: float | None
    row: Row


@dataclass(frozen=True, slots=True)
class Sample:
    """One tube. ``specimen`` is PB or BM; ``status`` is ``ok`` or why it cannot be used."""

    sample_id: str
    subject_id: str
    day: int
    specimen: str
    status: str
    row: Row


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One raw file bound to a sample or, for a reference, to a person.

    ``fraction`` names the cells whose DNA was typed (WB, lymphocytes, CD56, CD3 ...); ``run`` binds a ladder
    to its lanes.
    """

    path: str
    sample_id: str
    person_id: str
    kind: FileKind
    role: FileRole
    panel: str
    kit: str
    fraction: str
    run: str
    sha256: str
    row: Row


@dataclass(frozen=True, slots=True)
class Count:
    """One laboratory count as written, with its unit; ``qualifier`` is ``<``, ``>`` or empty."""

    sample_id: str
    test: str
    value: float
    unit: str
    qualifier: str
    row: Row


@dataclass(frozen=True, slots=True)
class GenotypeRow:
    """One typed locus of a person."""

    person_id: str
    marker: str
    allele1: str
    allele2: str
    row: Row


@dataclass(frozen=True, slots=True)
class ChimerismCall:
    """A chimerism result called elsewhere: share of one person with its standard deviation, both as fractions."""

    sample_id: str
    person_id: str
    fraction_typed: str
    share: float
    sd: float | None
    row: Row


@dataclass(frozen=True, slots=True)
class Medication:
    """One drug given; ``systemic`` as the table says."""

    subject_id: str
    name: str
    day_start: int | None
    day_stop: int | None
    route: str
    systemic: str
    row: Row
