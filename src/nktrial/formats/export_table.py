"""Delimited tables as genotyping software exports them: tab, semicolon or comma, one physical line a row.

Definition
    Bytes are UTF-8, with or without a byte-order mark; what is not UTF-8 is read as Windows-1252, and said so. The
    separator is a tab where the header line holds one, else a semicolon where it holds more of them than commas, else a
    comma. Lines end in LF, CR LF or CR. Fields may stand in double quotes, never across lines. A row has at least as
    many cells as the header names columns; what lies beyond them is empty. A wide table's row may end after any whole
    group of allele, size and height, as OSIRIS writes it. A line equal to the header, as in exports pasted one below
    the other, is skipped. Spaces around a cell do not count.

Not decided here
    What the columns mean (``peaks``, ``genotypes``), and decimal commas (``decimal_comma``).
"""

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from nktrial.core.errors import SourceError
from nktrial.formats.window import Window, printable
from nktrial.model.origin import Finding

__all__ = ["WIDE", "ExportTable", "TableRow", "folded", "number", "read_table", "refuse"]

MAX_BYTES: Final = 64 * 1024**2
MAX_ROWS: Final = 75_000
MAX_COLUMNS: Final = 1_000
MAX_CELL_CHARS: Final = 1_000
NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
WIDE: Final = re.compile(r"(allele|height|size|area)(\d{1,3})")
LINE_END: Final = re.compile(rb"\r\n|\n|\r")
IDENTIFYING: Final = frozenset(
    {
        "birthdate", "dateofbirth", "dob", "familyname", "firstname", "lastname", "medicalrecordnumber", "mrn",
        "patientname", "ssn", "surname",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its line as an editor counts (the first is 1), its bytes, its cells by column name."""

    line: int
    start: int
    stop: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table as read.

    Parameters
    ----------
    name : str
        Label of the file for messages.
    columns : mapping
        Folded column name -> index of the cell.
    headings : tuple of str
        Column names as written.
    rows : tuple of TableRow
        Rows that hold anything.
    findings : tuple of Finding
        What was tolerated.
    delimiter : str
        Tab, semicolon or comma.
    """

    name: str
    columns: dict[str, int]
    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]
    findings: tuple[Finding, ...]
    delimiter: str

    def cell(self, row: TableRow, column: str | None) -> str:
        """Return a cell's text; empty where the table has no such column or the cell says NA."""
        if column is None:
            return ""
        text = row.cells[self.columns[column]]
        return "" if text == "NA" else text


def folded(heading: str) -> str:
    """Fold case and drop everything but letters and digits: ``Allele.1``, ``allele 1`` and ``Allele1`` are one."""
    return "".join(char for char in heading.casefold() if char.isalnum())


def refuse(
    code: str, problem: str, *, name: str, line: int | None = None, field: str = "", remedy: str = ""
) -> NoReturn:
    """Raise the SourceError of a table, with row and field."""
    where = name + (f", row {line}" if line is not None else "") + (f" ({printable(field, 60)})" if field else "")
    raise SourceError(code, problem, where=where, remedy=remedy)


def read_table(window: Window) -> ExportTable:
    """Read a table's header and rows.

    Raises
    ------
    SourceError
        NK-PKS-01 to NK-PKS-10, see docs/errors.md; the row is named.
    """
    start, findings = _text_start(window)
    encoding = _encoding(window, start)
    if encoding != "utf-8":
        message = "The text is not UTF-8 and was read as Windows-1252; letters beyond A to Z in names may be wrong."
        findings.append(Finding("NK-PKS-39", "warning", window.name, message))
    lines = _lines(window, start, encoding)
    header = next(((line, begin, stop, text) for line, begin, stop, text in lines if text.strip()), None)
    if header is None:
        refuse("NK-PKS-01", "the file holds no header row.", name=window.name, remedy="Export the peak table again.")
    delimiter = _delimiter(header[3], window.name)
    columns, headings = _header(_cells(header[3], delimiter, header[0], window.name), header[0], window.name)
    rows: list[TableRow] = []
    known: dict[str, str] = {}  # one string for each text: names and alleles stand in thousands of rows
    counts = dict.fromkeys(("NK-PKS-30", "NK-PKS-40", "NK-PKS-41"), 0)
    for line, begin, stop, text in lines:
        cells = _cells(text, delimiter, line, window.name) if text.strip() else []
        if not any(cells) or tuple(cells[: len(headings)]) == headings:
            counts["NK-PKS-40" if any(cells) else "NK-PKS-30"] += 1
            continue
        if len(rows) == MAX_ROWS:
            refuse(
                "NK-PKS-02", f"more than {MAX_ROWS:,} rows.", name=window.name, line=line, remedy="Split the export."
            )
        if len(cells) < len(headings) and _ends_after_a_group(columns, len(cells)):
            counts["NK-PKS-41"] += 1
            cells += [""] * (len(headings) - len(cells))
        fitted = _fitted(cells, len(headings), line, window.name)
        rows.append(TableRow(line, begin, stop, tuple([known.setdefault(cell, cell) for cell in fitted])))
    words = (
        "empty rows were skipped.",
        "rows repeat the header and were skipped.",
        "rows end after their last allele.",
    )
    told = zip(counts.items(), words, strict=True)
    findings += [_noticed(code, window.name, what, count) for (code, count), what in told if count]
    if rows and bytes(window.take(window.size - 1, 1, "last byte")) not in {b"\n", b"\r"}:
        findings.append(
            Finding(
                "NK-PKS-31",
                "warning",
                window.name,
                "The last row does not end in a line end; if the file was cut, its last row may be short.",
            )
        )
    return ExportTable(window.name, columns, headings, tuple(rows), tuple(findings), delimiter)


def number(text: str, *, name: str, line: int, field: str, low: float = 0.0, high: float = 1e7) -> float:
    """Read a plain decimal number within limits.

    Raises
    ------
    SourceError
        NK-PKS-11 not a plain number; NK-PKS-12 outside the limits.
    """
    if len(text) > 40 or NUMBER.fullmatch(text) is None:
        hint = "Write numbers with a decimal point." if "," in text else "Correct the cell or export the table again."
        refuse(
            "NK-PKS-11",
            f"{printable(text, 40)!r} is not a plain number.",
            name=name,
            line=line,
            field=field,
            remedy=hint,
        )
    value = float(text)
    if not math.isfinite(value) or not low <= value <= high:
        refuse(
            "NK-PKS-12",
            f"{printable(text, 40)} lies outside {low:g} to {high:g}.",
            name=name,
            line=line,
            field=field,
            remedy="Correct the cell or export the table again.",
        )
    return value


def _text_start(window: Window) -> tuple[int, list[Finding]]:
    """Look at the first bytes: size, byte-order mark, text or not."""
    if window.size > MAX_BYTES:
        refuse(
            "NK-PKS-02",
            f"{window.size:,} bytes, expected at most {MAX_BYTES:,}.",
            name=window.name,
            remedy="Split the export.",
        )
    head = bytes(window.take(0, min(window.size, 4), "first bytes"))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        refuse("NK-PKS-03", "the text is UTF-16, expected UTF-8.", name=window.name, remedy="Save the table as UTF-8.")
    if head.startswith(b"\xef\xbb\xbf"):
        return 3, [Finding("NK-PKS-32", "info", window.name, "A UTF-8 byte-order mark was skipped.")]
    return 0, []


def _encoding(window: Window, start: int) -> str:
    """Return UTF-8, or Windows-1252 where the bytes are none; refuse what can be neither."""
    data = bytes(window.take(start, window.size - start, "text"))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            data.decode("cp1252")
        except UnicodeDecodeError:
            refuse(
                "NK-PKS-03",
                f"byte {start + error.start:,} is neither UTF-8 nor Windows-1252.",
                name=window.name,
                line=len(LINE_END.findall(data, 0, error.start)) + 1,
                remedy="Save the table as UTF-8.",
            )
        return "cp1252"
    return "utf-8"


def _ends_after_a_group(columns: dict[str, int], count: int) -> bool:
    """Tell whether a row of ``count`` cells lacks whole groups of a wide table's columns and nothing else."""
    groups = {key: match[2] for key in columns if (match := WIDE.fullmatch(key))}
    missing = {key for key, place in columns.items() if place >= count}
    given = {groups[key] for key in groups if key not in missing}
    return bool(missing) and all(key in groups and groups[key] not in given for key in missing)


def _lines(window: Window, start: int, encoding: str) -> Iterator[tuple[int, int, int, str]]:
    """Yield line number, byte range (with the line end) and text of each physical line."""
    data = bytes(window.take(start, window.size - start, "text"))
    at = data.find(b"\0")
    if at >= 0:
        line = len(LINE_END.findall(data, 0, at)) + 1
        refuse(
            "NK-PKS-04",
            f"a NUL byte at byte {start + at:,}: this is not a text table.",
            name=window.name,
            line=line,
            remedy="Give the exported text table, not the instrument's file.",
        )
    begin = 0
    line = 0
    while begin < len(data):
        line += 1
        found = LINE_END.search(data, begin)
        end, stop = (found.start(), found.end()) if found else (len(data), len(data))
        yield line, start + begin, start + stop, data[begin:end].decode(encoding)
        begin = stop


def _delimiter(header: str, name: str) -> str:
    """Return the separator of a header line."""
    if "\t" in header:
        return "\t"
    if header.count(";") > header.count(","):
        return ";"
    if "," in header:
        return ","
    refuse(
        "NK-PKS-05",
        "the header names a single column, expected tabs, semicolons or commas between several.",
        name=name,
        line=1,
        remedy="Export the table with tabs or commas.",
    )


def _cells(text: str, delimiter: str, line: int, name: str) -> list[str]:
    """Split one line."""
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        refuse(
            "NK-PKS-06",
            f"the row cannot be split: {error}.",
            name=name,
            line=line,
            remedy="Close the quotation mark; a field never spans lines.",
        )
    if len(cells) > MAX_COLUMNS or any(len(cell) > MAX_CELL_CHARS for cell in cells):
        refuse(
            "NK-PKS-07",
            f"more than {MAX_COLUMNS:,} cells, or a cell of more than {MAX_CELL_CHARS:,} characters.",
            name=name,
            line=line,
            remedy="Export the table again.",
        )
    return [cell.strip() for cell in cells]


def _header(cells: list[str], line: int, name: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """Fold the header's names; trailing empty names are the trailing separators of exports."""
    while cells and not cells[-1]:
        cells.pop()
    columns: dict[str, int] = {}
    for index, heading in enumerate(cells):
        key = folded(heading)
        if not key:
            continue
        if key in columns:
            refuse(
                "NK-PKS-08",
                f"the column {printable(heading, 40)!r} stands twice in the header.",
                name=name,
                line=line,
                remedy="Keep one of them.",
            )
        if key in IDENTIFYING:
            refuse(
                "NK-PKS-09",
                f"the column {printable(heading, 40)!r} may identify a person.",
                name=name,
                line=line,
                remedy="Remove it: study ids only.",
            )
        columns[key] = index
    return columns, tuple(cells)


def _fitted(cells: list[str], expected: int, line: int, name: str) -> tuple[str, ...]:
    """Refuse a ragged row; drop empty cells beyond the header."""
    if len(cells) < expected or any(cells[expected:]):
        refuse(
            "NK-PKS-10",
            f"{len(cells)} cells, expected {expected} as in the header.",
            name=name,
            line=line,
            remedy="The row is cut or has a stray separator; export the table again.",
        )
    return tuple(cells[:expected])


def _noticed(code: str, name: str, what: str, count: int) -> Finding:
    """Return an informative finding with a count."""
    return Finding(code, "info", name, f"{count:,} {what}", {"count": count})
