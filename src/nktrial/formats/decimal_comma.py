"""Decimal commas in peak tables, where they cannot mean anything else.

Definition
    A table separated by tabs or semicolons is written with decimal commas when a length, height or area has the form
    ``162,5`` or ``162,53`` and none of them holds a point. Then ``,`` reads as ``.`` in lengths and alleles (``9,3``
    is 9.3), and in heights and areas unless three digits follow: ``1,500`` may be one and a half or fifteen hundred,
    and is left as it stands, to be refused as no plain number. In a table separated by commas nothing is decided.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from nktrial.formats.export_table import ExportTable
from nktrial.model.origin import Finding

__all__ = ["comma_finding", "with_points", "writes_decimal_commas"]

NUMBERS: Final = ("size", "height", "area")
DECIMAL: Final = re.compile(r"\d+,\d{1,2}", re.ASCII)
THOUSANDS: Final = re.compile(r"\d+,\d{3}", re.ASCII)
Columns = Sequence[Mapping[str, str | None]]


def writes_decimal_commas(table: ExportTable, columns: Columns) -> bool:
    """Tell whether a table's numbers are written with decimal commas.

    Parameters
    ----------
    table : ExportTable
        As read.
    columns : sequence of mapping
        One a peak of a row: ``size``, ``height``, ``area`` -> column.
    """
    if table.delimiter == ",":
        return False
    found = False
    for row in table.rows:
        for names in columns:
            for what in NUMBERS:
                text = table.cell(row, names[what])
                if "." in text:
                    return False
                found = found or DECIMAL.fullmatch(text) is not None
    return found


def with_points(text: Mapping[str, str]) -> Mapping[str, str]:
    """Return a peak's cells with decimal points."""
    changed = dict(text)
    for what in (*NUMBERS, "allele"):
        ambiguous = what in ("height", "area") and THOUSANDS.fullmatch(text[what]) is not None
        if not ambiguous:
            changed[what] = text[what].replace(",", ".")
    return changed


def comma_finding(name: str) -> Finding:
    """Return what is said of such a table."""
    message = "Numbers are written with decimal commas and were read so: 162,5 is 162.5."
    return Finding("NK-PKS-38", "info", name, message)
