"""One CSV table: strict headers, rows with their lines and bytes, every problem noted.

Definition
    The first line names the columns, exactly as documented and in any order. Every further line is one row of as
    many cells. Cells are trimmed, which is noted. A record's line is the line on which it begins, as an editor
    counts (the header is 1); its extent is its bytes, line end included.

Not decided here
    What a cell means (``rows``), and what the tables say together (``links``).
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.formats.headers import Columns, header_columns
from nktrial.formats.issues import CellError, IssueLog
from nktrial.formats.table_text import table_text
from nktrial.model.clinic import Row
from nktrial.model.origin import Extent

__all__ = ["MAX_ROWS", "MAX_TABLE_BYTES", "RawRow", "Table", "read_table"]

MAX_TABLE_BYTES: Final = 64 * 1024**2
MAX_ROWS: Final = 100_000
MAX_CELL: Final = 32_767  # the longest cell that Excel can write
LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u2069\ufeff]")
SPACES: Final = re.compile(r"[\u00a0\u2000-\u200a\u3000]")
FORMULA: Final = re.compile(r"[=@]|#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|#+$)")
UNCLOSED: Final = "a quotation mark is opened and not closed, or text follows a closing one"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as text: where it stands and its known, trimmed cells."""

    place: Row
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text. ``complete``: no row had to be left out, so that another table's reference may be judged."""

    name: str
    columns: frozenset[str]
    rows: tuple[RawRow, ...]
    complete: bool


def read_table(
    data: bytes,
    name: str,
    required: Sequence[str],
    optional: Sequence[str],
    log: IssueLog,
    max_rows: int = MAX_ROWS,
) -> Table | None:
    """Read the text of a table.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        File name, for the log.
    required, optional : sequence of str
        Columns that must, and that may, be there.
    log : IssueLog
        Takes every problem: NK-TAB-02 to NK-TAB-19, NK-TAB-42.
    max_rows : int
        Largest number of rows accepted.

    Returns
    -------
    Table or None
        None where not even the header can be used.
    """
    try:
        text, mark = table_text(data)
        _refuse_many_rows(data, max_rows)
        _refuse_other_delimiters(text)
    except CellError as fault:
        log.add_fault(fault, name, None, "", "")
        return None
    records = _records(text, mark, name, log)
    first = next(records, None)
    if first is None or first[1] is None:
        return None
    columns = header_columns(first[1], name, first[0].line, required, optional, log)
    if columns is None:
        return None
    rows: list[RawRow] = []
    complete = True
    for place, cells in records:
        if cells is not None and not any(cell.strip() for cell in cells):
            log.add("NK-TAB-42", name, "the row is empty.", "Delete it.", row=place.line, severity="warning")
            continue
        row = None if cells is None else _row(place, cells, columns, log)
        complete = complete and row is not None
        if row is not None:
            rows.append(row)
    return Table(name, frozenset(columns.by_index.values()), tuple(rows), complete)


def _refuse_many_rows(data: bytes, max_rows: int) -> None:
    """Raise NK-TAB-15 before a row is parsed."""
    lines = max(data.count(b"\n"), data.count(b"\r"))
    if lines > max_rows + 1:
        raise CellError(
            "NK-TAB-15",
            f"{lines:,} lines, expected at most {max_rows:,} rows.",
            "Check that it is the study's table; raw events belong into raw/.",
        )


def _refuse_other_delimiters(text: str) -> None:
    """Raise NK-TAB-08 where the header is not separated by commas."""
    header = next(iter(text[: MAX_CELL * 2].lstrip("\r\n").splitlines()), "")
    other = next((mark for mark in ";\t|" if mark in header), "")
    if header.casefold().startswith("sep=") or (other and header.count(other) > header.count(",")):
        shown = "a tab" if other == "\t" else other or header[4:5]
        raise CellError(
            "NK-TAB-08",
            f"the columns are separated by {shown}, expected a comma.",
            "Save it as 'CSV UTF-8 (comma delimited)' with a decimal point; where Excel follows a locale with decimal "
            "commas, change the list separator first.",
        )


def _records(text: str, mark: int, name: str, log: IssueLog) -> Iterator[tuple[Row, list[str] | None]]:
    """Yield each record with its place; cells are None, and reading ends, where quoting is broken."""
    lines = [found.group() for found in LINE.finditer(text)]
    starts = _byte_starts(lines, mark)
    reader = csv.reader(lines, strict=True)
    while True:
        first = reader.line_num
        try:
            cells: list[str] | None = next(reader, None)
            if cells is None:
                return
        except csv.Error as error:
            _broken(str(error), name, first + 1, len(lines[first]) if first < len(lines) else 0, log)
            cells = None
        last = max(reader.line_num, first + 1)
        extent = Extent(f"row {first + 1}", starts[first], starts[min(last, len(lines))])
        if cells is None:
            yield Row(name, first + 1, extent), None
            return
        if cells:
            yield Row(name, first + 1, extent), cells


def _byte_starts(lines: list[str], mark: int) -> list[int]:
    """Return the byte at which each line begins, and the end of the file."""
    starts = [mark]
    for line in lines:
        starts.append(starts[-1] + (len(line) if line.isascii() else len(line.encode())))
    return starts


def _broken(problem: str, name: str, line: int, length: int, log: IssueLog) -> None:
    """Note a record that the CSV grammar does not allow: NK-TAB-16 an endless cell, NK-TAB-09 quoting."""
    if "field larger" in problem and length > MAX_CELL:
        _long_cell(name, line, "", log)
        return
    log.add(
        "NK-TAB-09",
        name,
        f"{UNCLOSED}; nothing after this line was read.",
        'Close the quotation mark; inside a quoted cell write "" for ".',
        row=line,
    )


def _long_cell(name: str, line: int, column: str, log: IssueLog) -> None:
    """Note a cell longer than a spreadsheet can write."""
    log.add(
        "NK-TAB-16",
        name,
        f"a cell has more than {MAX_CELL:,} characters.",
        "Remove what does not belong into the table.",
        row=line,
        column=column,
    )


def _row(place: Row, cells: list[str], columns: Columns, log: IssueLog) -> RawRow | None:
    """Check the row's form and trim its known cells."""
    if len(cells) != columns.count:
        log.add(
            "NK-TAB-10",
            place.table,
            f"{len(cells)} cells, expected {columns.count} as in the header.",
            "Look for a missing or extra comma; text or a number with a comma in it must stand in quotation marks.",
            row=place.line,
        )
        return None
    kept: dict[str, str] = {}
    for index, column in columns.by_index.items():
        cell = _trimmed(cells[index], place, column, log)
        if len(cell) > MAX_CELL:
            _long_cell(place.table, place.line, column, log)
            return None
        if FORMULA.match(cell):
            log.add(
                "NK-TAB-19",
                place.table,
                "the cell holds a formula or a spreadsheet's error, expected a value.",
                "Copy the column and paste it as values before saving.",
                row=place.line,
                column=column,
                value=cell,
            )
            return None
        kept[column] = cell
    return RawRow(place, kept)


def _trimmed(cell: str, place: Row, column: str, log: IssueLog) -> str:
    """Remove outer spaces and invisible characters; NK-TAB-17 says so."""
    kept = cell.strip() if cell.isascii() else SPACES.sub(" ", INVISIBLE.sub("", cell)).strip()
    if kept != cell:
        log.add(
            "NK-TAB-17",
            place.table,
            "spaces or invisible characters were removed from the cell.",
            "Remove them in the table.",
            row=place.line,
            column=column,
            value=cell,
            severity="warning",
        )
    return kept
