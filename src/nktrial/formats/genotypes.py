"""Genotype and contributor tables.

Definition
    Genotypes: one marker a row with two alleles (``person,marker,allele1,allele2``), or one allele a row
    (``person,marker,allele``). A homozygote stands with its allele twice; a single allele is read as a homozygote
    and said so. Contributors: ``sample,contributors`` with the persons joined by ``;``.

Not decided here
    Genotypes out of peak tables (``chimerism.genotype``).
"""

import math
from dataclasses import dataclass
from typing import Final

from nktrial.formats.export_table import ExportTable, TableRow, read_table, refuse
from nktrial.formats.peaks import ALLELE, MARKER, SAMPLE, allele_name, first_of
from nktrial.formats.window import Window, printable
from nktrial.model.origin import Finding
from nktrial.model.trace import Genotype

__all__ = ["ContributorRow", "read_contributors", "read_genotypes"]

PERSON: Final = ("person", "personid", *SAMPLE)
ALLELE_PAIR: Final = ("allele1", "allele2")
OFF_LADDER: Final = "OL"
MAX_CONTRIBUTORS: Final = 20


@dataclass(frozen=True, slots=True)
class ContributorRow:
    """The persons whose DNA a sample may hold, and the line that says so."""

    sample: str
    persons: tuple[str, ...]
    line: int


def read_genotypes(window: Window) -> tuple[Genotype, ...]:
    """Read the genotypes of a table, one a person, in the order in which persons first occur.

    Raises
    ------
    SourceError
        NK-PKS-01 to NK-PKS-12 the table; NK-PKS-16 a name that is no allele; NK-PKS-20 a needed column is missing;
        NK-PKS-21 a row without person or marker; NK-PKS-22 a person's marker stands twice; NK-PKS-23 no genotype.
    """
    table = read_table(window)
    person, marker = first_of(table, PERSON), first_of(table, MARKER)
    pair: list[str] = [name for name in ALLELE_PAIR if name in table.columns]
    alleles = pair or [name for name in ALLELE if name in table.columns]
    if person is None or marker is None or not alleles:
        refuse(
            "NK-PKS-20",
            "expected columns person, marker, allele1 and allele2; found "
            f"{', '.join(printable(heading, 30) for heading in table.headings[:12])}.",
            name=window.name,
            line=1,
            remedy="Rename the columns.",
        )
    found: dict[str, dict[str, list[str]]] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in table.rows:
        who, where = table.cell(row, person), table.cell(row, marker)
        if not who or not where:
            refuse(
                "NK-PKS-21",
                "the row lacks its person or marker.",
                name=window.name,
                line=row.line,
                remedy="Fill in both.",
            )
        names = [text for text in (table.cell(row, column) for column in alleles) if text]
        called = [allele_name(text, name=window.name, line=row.line, field="allele") for text in names]
        known = found.setdefault(who, {}).setdefault(where, [])
        if (known and len(alleles) == 2) or len(known) + len(called) > 2:
            refuse(
                "NK-PKS-22",
                f"marker {printable(where, 30)} of person {printable(who, 30)} has row {lines[who, where]} too.",
                name=window.name,
                line=row.line,
                remedy="Keep one genotype a person and marker.",
            )
        lines.setdefault((who, where), row.line)
        known.extend(called)
    if not found:
        refuse("NK-PKS-23", "the table holds no genotype.", name=window.name, remedy="Add the persons' genotypes.")
    return tuple(_genotype(who, markers, table) for who, markers in found.items())


def read_contributors(window: Window) -> tuple[ContributorRow, ...]:
    """Read which persons' DNA each sample may hold, in file order.

    Raises
    ------
    SourceError
        NK-PKS-01 to NK-PKS-10 the table; NK-PKS-24 a needed column is missing; NK-PKS-25 a row without sample or
        persons, or with a person twice, or with too many; NK-PKS-26 a sample stands twice.
    """
    table = read_table(window)
    sample = first_of(table, SAMPLE)
    if sample is None or "contributors" not in table.columns:
        refuse(
            "NK-PKS-24",
            "expected columns sample and contributors.",
            name=window.name,
            line=1,
            remedy="Write sample,contributors with the persons joined by ';'.",
        )
    rows: dict[str, ContributorRow] = {}
    for row in table.rows:
        entry = ContributorRow(table.cell(row, sample), _persons(table, row), row.line)
        if not entry.sample or not 1 <= len(entry.persons) <= MAX_CONTRIBUTORS or not all(entry.persons):
            refuse(
                "NK-PKS-25",
                f"expected a sample and 1 to {MAX_CONTRIBUTORS} persons joined by ';'.",
                name=window.name,
                line=row.line,
                remedy="Fill in the row.",
            )
        if len(set(entry.persons)) < len(entry.persons):
            refuse(
                "NK-PKS-25",
                "a person is named twice.",
                name=window.name,
                line=row.line,
                field="contributors",
                remedy="Name each person once.",
            )
        if entry.sample in rows:
            refuse(
                "NK-PKS-26",
                f"sample {printable(entry.sample, 80)!r} stands in row {rows[entry.sample].line} already.",
                name=window.name,
                line=row.line,
                remedy="Keep one row a sample.",
            )
        rows[entry.sample] = entry
    return tuple(rows.values())


def _persons(table: ExportTable, row: TableRow) -> tuple[str, ...]:
    """Split the persons of a row."""
    text = table.cell(row, "contributors")
    return tuple(part.strip() for part in text.split(";")) if text else ()


def _genotype(person: str, markers: dict[str, list[str]], table: ExportTable) -> Genotype:
    """Sort each marker's two alleles by length and say which were written once."""
    alleles: dict[str, tuple[str, str]] = {}
    left_out: dict[str, str] = {}
    single = []
    for marker, names in markers.items():
        if not names:
            left_out[marker] = "no allele is given"
        elif OFF_LADDER in names:
            left_out[marker] = "an allele is off the ladder"
        else:
            single += [marker] if len(names) == 1 else []
            first, second = sorted((names[0], names[-1]), key=_length)
            alleles[marker] = (first, second)
    findings = table.findings
    if single:
        message = f"One allele is given and read as a homozygote at {', '.join(single)}."
        findings += (Finding("NK-PKS-37", "info", person, message, {"count": len(single)}),)
    return Genotype(person, alleles, left_out, findings)


def _length(allele: str) -> tuple[float, str]:
    """Return the sort key of an allele: repeats, then the name (X, Y)."""
    try:
        return float(allele), allele
    except ValueError:
        return math.inf, allele
