"""Rows of the study's tables: persons, transplants, infusions, samples, files, counts, and the clinical course.

Every row knows its table, its line and its bytes, so that a number can be walked back to them.
``day`` counts from the first NK infusion, which is day 0.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nktrial.model.origin import Extent

__all__ = [
    "AdverseEvent",
    "Assessment",
    "AssessmentKind",
    "ChimerismCall",
    "Count",
    "Donor",
    "FileEntry",
    "FileKind",
    "FileRole",
    "FollowUp",
    "GenotypeRow",
    "Gvhd",
    "Infusion",
    "Medication",
    "Row",
    "Sample",
    "Subject",
    "Transplant",
]

FileKind: TypeAlias = Literal["fcs", "abif", "peaks", "ngs"]
AssessmentKind: TypeAlias = Literal["BM", "PB", "EMD", "MRD", "MDD"]
FileRole: TypeAlias = Literal["sample", "recipient_reference", "donor_reference", "ladder", "control"]


@dataclass(frozen=True, slots=True)
class Row:
    """Where a row stands: table file, line as an editor counts (header is 1), byte range."""

    table: str
    line: int
    extent: Extent


@dataclass(frozen=True, slots=True)
class Subject:
    """One patient (recipient); ``weight_kg_at_infusion``: at the first NK infusion."""

    subject_id: str
    sex: str
    age_days_at_hsct: int | None
    diagnosis: str
    status_at_entry: str
    row: Row
    weight_kg_at_infusion: float | None = None


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
    to its lanes; ``purity`` is the share of the sorted cells that are what ``fraction`` says, None where not stated.
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
    purity: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """One laboratory count as written, with its unit; ``qualifier`` is ``<``, ``>`` or empty.

    ``lln`` and ``uln`` are the laboratory's limits of normal in the same unit, None where not given.
    """

    sample_id: str
    test: str
    value: float
    unit: str
    qualifier: str
    row: Row
    lln: float | None = None
    uln: float | None = None


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


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """One adverse event. ``grade`` is CTCAE's, 1 to 5; ``day_resolved`` is None where it has not, or it is not said.

    ``day_of_grade`` is the day on which that grade was reached, None where it is not said.
    """

    subject_id: str
    term: str
    grade: int
    day_onset: int
    day_resolved: int | None
    serious: str
    relatedness: str
    expected: str
    dlt: str
    outcome: str
    meddra_pt: str
    meddra_soc: str
    row: Row
    treatment_interrupted: str = ""
    hospitalised: str = ""
    day_of_grade: int | None = None


@dataclass(frozen=True, slots=True)
class Gvhd:
    """One assessment of graft-versus-host disease: stages of the organs, None where one was not assessed.

    Stages are MAGIC's (acute), the ``nih_`` scores, 0 to 3, those of NIH 2014 (chronic). ``confidence`` is MAGIC's.
    """

    subject_id: str
    day: int
    type: Literal["acute", "chronic"]
    skin_stage: int | None
    liver_stage: int | None
    upper_gut_stage: int | None
    lower_gut_stage: int | None
    nih_severity: str
    steroid_refractory: str
    row: Row
    systemic_therapy: str = ""
    confidence: str = ""
    nih_skin: int | None = None
    nih_mouth: int | None = None
    nih_eyes: int | None = None
    nih_gi: int | None = None
    nih_liver: int | None = None
    nih_lungs: int | None = None
    nih_joints: int | None = None
    nih_genital: int | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One disease assessment as its raw components; ``blasts`` is a fraction, ``mrd_unit`` as the table says.

    ``cellularity`` is a fraction, ``nucleated_cells`` how many were looked at in the marrow; ``mrd_events`` of
    ``mrd_denominator`` cells were residual disease; ``mrd_sensitivity`` is in ``mrd_unit``, as ``mrd_lod`` is.
    """

    subject_id: str
    day: int
    kind: AssessmentKind
    blasts: float | None
    anc_1e9_per_l: float | None
    plt_1e9_per_l: float | None
    transfusion_free: str
    emd: str
    cytogenetic: str
    mrd_method: str
    mrd_value: float | None
    mrd_unit: str
    mrd_lod: float | None
    investigator_response: str
    row: Row
    spicules: str = ""
    cellularity: float | None = None
    nucleated_cells: int | None = None
    auer_rods: str = ""
    blood_blasts: str = ""
    emd_site: str = ""
    cns: str = ""
    hgb_g_dl: float | None = None
    mrd_denominator: int | None = None
    mrd_events: int | None = None
    mrd_sensitivity: float | None = None
    trilineage: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How far one patient is known: last contact, and what happened by then; None where it did not happen."""

    subject_id: str
    day_last_contact: int
    alive: bool
    day_death: int | None
    death_cause: str
    day_relapse: int | None
    day_next_therapy: int | None
    lost: str
    row: Row
    second_transplant: str = ""
