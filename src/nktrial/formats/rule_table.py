"""A table for a published rule: the rule's columns as values, every other column as it stands.

Definition
    The header names the rule's columns exactly; further columns (patient, visit, remark) are kept and returned. A cell
    that its column does not allow is an issue, and its row is not assessed: the other rows are. A table that cannot be
    read as a whole is refused.

Not decided here
    What the rule says.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from nktrial.formats.cells import number, one_of, stamp, text, whole, within
from nktrial.formats.headers import identifies_a_person
from nktrial.formats.issues import CellError, IssueLog, suggestion
from nktrial.formats.table import RawRow, read_table
from nktrial.formats.table_text import table_text
from nktrial.model.issue import Issue
from nktrial.model.rule import Column, Rule, Value

__all__ = ["RuleRow", "RuleTable", "read_rule_table"]

ADDED: Final = ("clause", "not_evaluable", "source")  # what an assessment writes beside the rule's own results
YES: Final = frozenset({"Y", "y", "yes", "Yes", "YES"})
NO: Final = frozenset({"N", "n", "no", "No", "NO"})
MAX_POINTS: Final = 2_000

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One row: its line, its cells as they stand, and its values; None where a cell is at fault, as ``fault`` says."""

    line: int
    cells: Mapping[str, str]
    values: Mapping[str, Value] | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class RuleTable:
    """The table: its columns in their order, its rows, every problem. ``usable``: each row could be read as one."""

    columns: tuple[str, ...]
    rows: tuple[RuleRow, ...]
    issues: tuple[Issue, ...]
    usable: bool


def read_rule_table(data: bytes, name: str, rule: Rule) -> RuleTable:
    """Read a table for a rule.

    Parameters
    ----------
    data : bytes
        The whole file: CSV, UTF-8.
    name : str
        Its name, for the issues.
    rule : Rule
        Whose columns are read.

    Returns
    -------
    RuleTable
        ``issues`` holds NK-TAB-02 to NK-TAB-42 of the table's form and cells, and NK-RUL-01 a column that has the name
        of a result, NK-RUL-02 a day or value of a series that cannot be read.
    """
    log = IssueLog()
    headings = _headings(data)
    own = {column.name for column in rule.columns}
    taken = {result.name for result in rule.results} | set(ADDED)
    for heading in headings:
        if heading in taken:
            log.add(
                "NK-RUL-01",
                name,
                "the column has the name of a result.",
                "Rename or remove it; it would stand twice in the output.",
                row=1,
                column=heading,
            )
    absent = [column.name for column in rule.columns if column.name not in headings]
    others = [
        heading
        for heading in dict.fromkeys(headings)
        if heading not in own and not identifies_a_person(heading) and not suggestion(heading, absent)
    ]
    needed = [column.name for column in rule.columns if column.needed]
    optional = [column.name for column in rule.columns if not column.needed]
    table = read_table(data, name, needed, [*optional, *others], log)
    if table is not None and table.complete and not table.rows:
        log.add("NK-TAB-03", name, "the table has a header and no row.", "Fill it in.")
    if table is None or not table.complete or log.has_errors:
        return RuleTable((), (), log.sorted_issues(), usable=False)
    rows = tuple(_rule_row(raw, rule, log) for raw in table.rows)
    kept = tuple(heading for heading in headings if heading in table.columns)
    return RuleTable(kept, rows, log.sorted_issues(), usable=True)


def _headings(data: bytes) -> list[str]:
    """Return the trimmed names of the first line; none where the file holds no text (``read_table`` then says why)."""
    try:
        start, _ = table_text(data)
    except CellError:
        return []
    first = next((line for line in start.splitlines() if line.strip()), "")
    try:
        return [cell.strip() for cell in next(csv.reader([first], strict=True), [])]
    except csv.Error:
        return []


def _rule_row(raw: RawRow, rule: Rule, log: IssueLog) -> RuleRow:
    """Return one row's values, or its first fault; every fault is noted."""
    values: dict[str, Value] = {}
    fault = ""
    for column in rule.columns:
        cell = raw.cells.get(column.name, "")
        try:
            values[column.name] = READERS[column.kind](cell, column) if cell else None
        except CellError as error:
            log.add_fault(error, raw.place.table, raw.place.line, column.name, cell)
            fault = fault or f"{column.name}: {error.message}"
    return RuleRow(raw.place.line, raw.cells, None if fault else values, fault)


def _number(cell: str, column: Column) -> float:
    return within(number(cell), column.low, column.high, "")


def _whole(cell: str, column: Column) -> int:
    return int(within(whole(cell), column.low, column.high, ""))


def _yes_no(cell: str, _: Column) -> bool:
    if cell in YES:
        return True
    if cell in NO:
        return False
    raise CellError("NK-TAB-27", "expected one of: Y, N.", "Write Y or N, or leave the cell empty where not known.")


def _choice(cell: str, column: Column) -> str:
    return one_of(cell, column.choices)


def _text(cell: str, _: Column) -> str:
    return text(cell)


def _date(cell: str, _: Column) -> int:
    found = stamp(cell)
    if found is None:  # an empty cell never comes here
        raise CellError("NK-TAB-20", "the cell is empty.", "Fill in the date.")
    return found.date.toordinal()


def _days(cell: str, _: Column) -> tuple[int, ...]:
    return tuple(sorted({_day(part) for part in _parts(cell)}))


def _series(cell: str, column: Column) -> tuple[tuple[int, float], ...]:
    points: dict[int, float] = {}
    for part in _parts(cell):
        day, mark, value = part.partition(":")
        if not mark:
            raise CellError("NK-RUL-02", f"{part[:40]!r} is not day:value.", "Write 10:0;11:250;12:600.")
        when = _day(day)
        if when in points:
            raise CellError("NK-RUL-02", f"day {when} stands twice.", "Keep one value a day.")
        points[when] = within(_inner(number, value), column.low, column.high, "")
    return tuple(sorted(points.items()))


def _parts(cell: str) -> Sequence[str]:
    parts = [part.strip() for part in cell.split(";") if part.strip()]
    if len(parts) > MAX_POINTS:
        raise CellError("NK-RUL-02", f"{len(parts):,} values, expected at most {MAX_POINTS:,}.", "Split the series.")
    return parts


def _day(part: str) -> int:
    return _inner(whole, part)


def _inner(read: Callable[[str], Read], part: str) -> Read:
    """Read one part of a cell; what is wrong with it is told as a fault of the series (NK-RUL-02)."""
    try:
        return read(part.strip())
    except CellError as fault:
        raise CellError("NK-RUL-02", f"{part[:40]!r}: {fault.message}", fault.hint) from fault


READERS: Final[Mapping[str, Callable[[str, Column], Value]]] = MappingProxyType(
    {
        "number": _number,
        "whole": _whole,
        "yes_no": _yes_no,
        "choice": _choice,
        "text": _text,
        "date": _date,
        "days": _days,
        "series": _series,
    }
)
