"""Rows of a table checked by their row model, with unique keys.

Definition
    Each row is judged by its pydantic model; each cell at fault is one issue. A key that stands twice is an error
    that names both lines. Of a row at fault nothing is used.

Not decided here
    What the tables say together (``links``).
"""

from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from nktrial.formats.cells import changed_id
from nktrial.formats.issues import CellError, IssueLog
from nktrial.formats.rows import TableSpec, column_names
from nktrial.formats.table import RawRow, read_table
from nktrial.model.clinic import Row

__all__ = ["CheckedRow", "CheckedTable", "checked_table"]


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row that its model accepts, and where it stands."""

    place: Row
    cells: BaseModel


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """The rows that could be read; ``complete``: all of them could."""

    rows: tuple[CheckedRow, ...]
    complete: bool


def checked_table(data: bytes, spec: TableSpec, log: IssueLog) -> CheckedTable:
    """Read and check one table.

    Parameters
    ----------
    data : bytes
        The whole file.
    spec : TableSpec
        Its file name, row model and key.
    log : IssueLog
        Takes every problem.
    """
    required, optional = column_names(spec.model)
    table = read_table(data, spec.file, required, optional, log, spec.max_rows)
    if table is None:
        return CheckedTable((), complete=False)
    if spec.either and not table.columns & set(spec.either):
        first, second = spec.either
        log.add(
            "NK-TAB-12",
            spec.file,
            f"the column {first} is missing (or {second}).",
            f"Add the column {first} with days, or {second} with dates.",
            row=1,
            column=first,
        )
        return CheckedTable((), complete=False)
    if not table.rows and table.complete:
        _note_header_only(spec, log)
        return CheckedTable((), complete=not spec.required)
    rows = [row for raw in table.rows if (row := _checked(raw, spec.model, log)) is not None]
    complete = not _note_double_keys(rows, spec, log) and table.complete and len(rows) == len(table.rows)
    return CheckedTable(tuple(rows), complete)


def _note_header_only(spec: TableSpec, log: IssueLog) -> None:
    """Note a table without rows (NK-TAB-03)."""
    log.add(
        "NK-TAB-03",
        spec.file,
        "the table has a header and no row.",
        "Fill it in." if spec.required else "Fill it in, or remove it.",
        severity="error" if spec.required else "warning",
    )


def _checked(raw: RawRow, model: type[BaseModel], log: IssueLog) -> CheckedRow | None:
    """Check one row; every cell at fault is one issue."""
    for column, cell in raw.cells.items():
        doubt = changed_id(cell) if column.endswith("_id") else None
        if doubt is not None:
            log.add_fault(doubt, raw.place.table, raw.place.line, column, cell)
    try:
        return CheckedRow(raw.place, model.model_validate(dict(raw.cells)))
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            cause = problem.get("ctx", {}).get("error")
            if not isinstance(cause, CellError):  # a check returned what its field does not hold: a bug
                raise
            column = str(problem["loc"][0])
            log.add_fault(cause, raw.place.table, raw.place.line, column, raw.cells.get(column, ""))
        return None


def _note_double_keys(rows: list[CheckedRow], spec: TableSpec, log: IssueLog) -> bool:
    """Note keys that stand twice (NK-TAB-33), or twice but for case (NK-TAB-46); tell whether any stands twice."""
    if not spec.key:
        return False
    twice = False
    first: dict[tuple[str, ...], int] = {}
    folded: dict[tuple[str, ...], tuple[tuple[str, ...], int]] = {}
    for row in rows:
        key = tuple(str(getattr(row.cells, column)) for column in spec.key)
        shown = ", ".join(key)
        line = first.setdefault(key, row.place.line)
        other, other_line = folded.setdefault(tuple(part.casefold() for part in key), (key, row.place.line))
        if line != row.place.line:
            twice = True
            message = f"the key {' + '.join(spec.key)} stands on line {line} already."
            log.add(
                "NK-TAB-33",
                spec.file,
                message,
                "Remove one of the two rows, or correct its id.",
                row=row.place.line,
                column=spec.key[0],
                value=shown,
            )
        elif other != key:
            log.add(
                "NK-TAB-46",
                spec.file,
                f"the key differs from {', '.join(other)} on line {other_line} in case only.",
                "Write one id in one way.",
                row=row.place.line,
                column=spec.key[0],
                value=shown,
                severity="warning",
            )
    return twice
