"""Partition counts of digital PCR.

Definition
    One well and assay a row: ``sample``, ``person`` (whose DNA the assay detects; empty, ``all`` or ``common`` for the
    gene that everybody has), ``positives``, ``total``, and where there is, ``copies`` (of the target in one of the
    person's genomes: 1 or 2, else 2). Wells of one sample and person are added up.

Not decided here
    The threshold between positive and negative partitions: the instrument's software sets it.
"""

import re
from dataclasses import replace
from typing import Final

from nktrial.formats.export_table import ExportTable, TableRow, read_table, refuse
from nktrial.formats.peaks import first_of
from nktrial.formats.window import Window, printable
from nktrial.model.partitions import COMMON_COPIES, Partitions

__all__ = ["read_partitions"]

SAMPLE: Final = ("sample", "samplename", "sampleid")
PERSON: Final = ("person", "personid", "target")
POSITIVE: Final = ("positives", "positive", "positivepartitions", "positivedroplets")
TOTAL: Final = ("total", "partitions", "totalpartitions", "accepteddroplets", "valid")
COPIES: Final = ("copies",)
COMMON: Final = frozenset({"", "all", "common", "reference"})
WHOLE: Final = re.compile(r"\d{1,9}(\.0*)?", re.ASCII)
MAX_ROWS: Final = 10_000


def read_partitions(window: Window) -> dict[str, tuple[Partitions, ...]]:
    """Read the assays of each sample, in the order in which they first occur.

    Raises
    ------
    SourceError
        NK-PKS-01 to NK-PKS-10 the table; NK-DPC-01 a needed column is missing; NK-DPC-02 a row without sample;
        NK-DPC-03 a count that is no whole number; NK-DPC-04 more positive partitions than there are, or none at all;
        NK-DPC-05 copies other than 1 or 2, or differing between wells; NK-DPC-06 no row, or too many.
    """
    table = read_table(window)
    for what, names in (("sample", SAMPLE), ("person", PERSON), ("positives", POSITIVE), ("total", TOTAL)):
        if first_of(table, names) is None:
            found = ", ".join(printable(heading, 30) for heading in table.headings[:12])
            refuse(
                "NK-DPC-01",
                f"no column {what!r}; found {found}.",
                name=window.name,
                line=1,
                remedy="Name the columns sample, person, positives and total.",
            )
    if not 0 < len(table.rows) <= MAX_ROWS:
        refuse(
            "NK-DPC-06",
            f"{len(table.rows):,} rows, expected 1 to {MAX_ROWS:,}.",
            name=window.name,
            remedy="Give one row a well and assay.",
        )
    found_by: dict[str, dict[str, Partitions]] = {}
    for row in table.rows:
        sample, well = _well(table, row)
        assays = found_by.setdefault(sample, {})
        earlier = assays.get(well.person)
        if earlier is not None and earlier.copies != well.copies:
            _refuse_copies("wells of one assay state other copies.", table, row)
        known = earlier if earlier is not None else replace(well, positive=0, total=0)
        assays[well.person] = replace(known, positive=known.positive + well.positive, total=known.total + well.total)
    return {sample: tuple(assays.values()) for sample, assays in found_by.items()}


def _well(table: ExportTable, row: TableRow) -> tuple[str, Partitions]:
    """Return one row."""
    sample = table.cell(row, first_of(table, SAMPLE))
    if not sample:
        refuse("NK-DPC-02", "the row lacks its sample.", name=table.name, line=row.line, remedy="Fill it in.")
    person = table.cell(row, first_of(table, PERSON))
    person = "" if person.casefold() in COMMON else person
    positive, total = _count(table, row, POSITIVE), _count(table, row, TOTAL)
    if not 0 <= positive <= total or total == 0:
        refuse(
            "NK-DPC-04",
            f"{positive:,} of {total:,} partitions are positive.",
            name=table.name,
            line=row.line,
            remedy="Correct the row; a failed well is left out.",
        )
    copies = table.cell(row, first_of(table, COPIES))
    if copies not in {"", "1", "2"}:
        _refuse_copies(f"{printable(copies, 20)!r} copies.", table, row)
    return sample, Partitions(person, positive, total, float(copies) if copies else COMMON_COPIES)


def _refuse_copies(problem: str, table: ExportTable, row: TableRow) -> None:
    refuse(
        "NK-DPC-05",
        f"{problem} Expected 1 or 2, the same in every well of an assay.",
        name=table.name,
        line=row.line,
        remedy="1 where the person has the target on one chromosome only, else 2.",
    )


def _count(table: ExportTable, row: TableRow, names: tuple[str, ...]) -> int:
    """Return a count of partitions."""
    column = first_of(table, names) or ""
    text = table.cell(row, column)
    if WHOLE.fullmatch(text) is None:
        refuse(
            "NK-DPC-03",
            f"{printable(text, 40)!r} is not a whole number of partitions.",
            name=table.name,
            line=row.line,
            field=column,
            remedy="Give partitions as they were counted, not copies per microlitre.",
        )
    return int(float(text))
