"""The text of one cell as a value: numbers, days, dates, ids, words. Strict, and never a guess.

Definition
    Every function takes a trimmed cell and returns a value, or raises a ``CellError`` that says what was found
    against what was expected. A number is ASCII digits with a decimal point, and it is finite. A study id is ASCII
    letters, digits and ``. _ + -``: a look-alike letter of another script would be another person.

Not decided here
    Which column holds what (``rows``), and what rows say together.
"""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.formats.issues import CellError, suggestion

__all__ = [
    "Stamp",
    "day_number",
    "number",
    "one_of",
    "optional_number",
    "optional_whole",
    "present",
    "stamp",
    "study_id",
    "text",
    "whole",
]

NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
WHOLE: Final = re.compile(r"[+-]?\d{1,9}", re.ASCII)
DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+", re.ASCII)
ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", re.ASCII)
CHANGED_ID: Final = re.compile(
    r"\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2}"
    r"|\d(\.\d+)?E\+\d+",
    re.ASCII | re.IGNORECASE,
)
STAMP: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
DATE_LIKE: Final = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", re.ASCII)
SERIAL: Final = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
MAX_TEXT: Final = 1000
MAX_DAYS: Final = 36_500  # a hundred years; an Excel serial of a date after 1999-12-05 lies beyond it


@dataclass(frozen=True, slots=True)
class Stamp:
    """A calendar date as written, and the UTC offset of its time (empty without time or offset)."""

    date: dt.date
    offset: str


def text(cell: str) -> str:
    """Return free text; NK-TAB-39 for control characters or more than 1,000 characters."""
    if len(cell) > MAX_TEXT:
        raise CellError("NK-TAB-39", f"{len(cell):,} characters, expected at most {MAX_TEXT:,}.", "Shorten the text.")
    if not cell.isprintable():
        raise CellError("NK-TAB-39", "the text has characters that do not print.", "Type the text anew on one line.")
    return cell


def present(cell: str) -> str:
    """Return free text that must not be empty; NK-TAB-20."""
    if not cell:
        raise CellError("NK-TAB-20", "the cell is empty; this column is required in every row.", "Fill in the value.")
    return text(cell)


def study_id(cell: str) -> str:
    """Return a study id; NK-TAB-20 empty, NK-TAB-28 other characters."""
    present(cell)
    if ID.fullmatch(cell):
        return cell
    foreign = next((char for char in cell if not char.isascii()), "")
    if foreign:
        name = unicodedata.name(foreign, "a character without a name")
        message = f"the id holds {name}, which may look like a Latin letter and is another character."
    else:
        message = "an id is up to 64 letters, digits and . _ + -, and begins with a letter or digit."
    raise CellError("NK-TAB-28", message, "Type the id anew with ASCII letters and digits, the same in all tables.")


def changed_id(cell: str) -> CellError | None:
    """Tell whether a spreadsheet has probably turned this id into a date or a number; NK-TAB-29."""
    if not CHANGED_ID.fullmatch(cell):
        return None
    return CellError(
        "NK-TAB-29",
        "the id looks like a date or a number that a spreadsheet made of it.",
        "Compare it with the original; format the column as text before typing.",
        severity="warning",
    )


def number(cell: str) -> float:
    """Return a finite number.

    Raises
    ------
    CellError
        NK-TAB-20 empty; NK-TAB-21 no number; NK-TAB-22 decimal comma; NK-TAB-23 a sign of inequality;
        NK-TAB-24 not finite.
    """
    if NUMBER.fullmatch(cell):
        value = float(cell)
        if math.isinf(value):
            raise CellError("NK-TAB-24", "the number is too large to be one.", "Correct the exponent.")
        return value + 0.0  # -0 becomes 0
    raise _number_fault(cell)


def optional_number(cell: str) -> float | None:
    """Return a finite number, or None for an empty cell."""
    return number(cell) if cell else None


def whole(cell: str) -> int:
    """Return a whole number; NK-TAB-25 where it is a number with decimals, NK-TAB-26 beyond a hundred years of days."""
    if WHOLE.fullmatch(cell):
        value = int(cell)
        if abs(value) > MAX_DAYS:
            raise CellError(
                "NK-TAB-26",
                f"{value} days are more than a hundred years.",
                "A number like 45345 is a date as Excel stores it; write the day.",
            )
        return value
    if NUMBER.fullmatch(cell):
        raise CellError("NK-TAB-25", "expected a whole number.", "Write it without a decimal point, e.g. 14 or -1.")
    raise _number_fault(cell)


def optional_whole(cell: str) -> int | None:
    """Return a whole number, or None for an empty cell."""
    return whole(cell) if cell else None


def day_number(cell: str, dates: str) -> int | None:
    """Return a day, or None for an empty cell.

    Parameters
    ----------
    cell : str
        Trimmed.
    dates : str
        The column for dates that stands beside it.

    Raises
    ------
    CellError
        NK-TAB-48 a date; else as `whole`.
    """
    where = f"write a date as YYYY-MM-DD into the column {dates}"
    if DATE_LIKE.match(cell):
        hint = f"Write the days after the first NK infusion; {where}."
        raise CellError("NK-TAB-48", f"this is a date, expected a number of days; {where}.", hint)
    try:
        return optional_whole(cell)
    except CellError as fault:
        if fault.code != "NK-TAB-26":
            raise
        hint = f"A number like 45345 is a date as Excel stores it; write the days; {where}."
        raise CellError(fault.code, fault.message, hint) from fault


def within(value: float, low: float, high: float, unit: str) -> float:
    """Return the value; NK-TAB-26 where it is outside ``low`` to ``high``."""
    if not low <= value <= high:
        raise CellError(
            "NK-TAB-26", f"{value:g} is outside {low:g} to {high:g} {unit}.".replace(" .", "."), "Correct the value."
        )
    return value


def one_of(cell: str, known: Sequence[str]) -> str:
    """Return a word of a closed list; NK-TAB-20 empty, NK-TAB-27 another word."""
    if not cell and "" not in known:
        present(cell)
    if cell in known:
        return cell
    meant = suggestion(cell, [word for word in known if word])
    words = ", ".join(word for word in known if word)
    hint = f"Did you mean {meant}?" if meant else f"Write one of: {words}."
    raise CellError("NK-TAB-27", f"expected one of: {words}.", hint)


def stamp(cell: str) -> Stamp | None:
    """Return a calendar date, or None for an empty cell.

    Raises
    ------
    CellError
        NK-TAB-30 not written YYYY-MM-DD; NK-TAB-31 an Excel serial; NK-TAB-32 no such day.
    """
    if not cell:
        return None
    found = STAMP.fullmatch(cell)
    if found is None:
        raise _date_fault(cell)
    year, month, day = (int(found.group(part)) for part in (1, 2, 3))
    try:
        date = dt.date(year, month, day)
    except ValueError as error:
        raise CellError("NK-TAB-32", "there is no such day in the calendar.", "Correct the date.") from error
    return Stamp(date, found.group(4) or "")


def _date_fault(cell: str) -> CellError:
    """Tell an Excel serial from a date in another order."""
    if SERIAL.fullmatch(cell):
        return CellError(
            "NK-TAB-31",
            "this is a date as Excel stores it, a count of days, which differs between Excel for Windows and for Mac.",
            "Format the column as text and write the date as YYYY-MM-DD.",
        )
    return CellError(
        "NK-TAB-30",
        "the date is not written YYYY-MM-DD; day and month could be exchanged.",
        "Write it as YYYY-MM-DD, e.g. 2026-03-02; a time may follow as T08:00Z.",
    )


def _number_fault(cell: str) -> CellError:
    """Say why a cell is not a number."""
    if not cell:
        return CellError("NK-TAB-20", "the cell is empty; this column is required in every row.", "Fill in the value.")
    if DECIMAL_COMMA.fullmatch(cell):
        return CellError(
            "NK-TAB-22", "a decimal comma; it is not read, as 1,500 may mean 1.5 or 1500.", "Write a decimal point."
        )
    if cell[0] in "<>≤≥":
        return CellError(
            "NK-TAB-23",
            "a sign of inequality stands before the number.",
            "Write the number alone, and < or > in the column qualifier.",
        )
    if cell.lstrip("+-").casefold() in {"nan", "inf", "infinity"}:
        return CellError("NK-TAB-24", "expected a finite number.", "Leave the cell empty where there is no value.")
    plain = unicodedata.normalize("NFKC", cell).replace("\u2212", "-").replace(" ", "")
    if NUMBER.fullmatch(plain):
        return CellError(
            "NK-TAB-21",
            "the number holds spaces or digits that are not ASCII.",
            f"Write {plain} with plain digits, without spaces.",
        )
    return CellError("NK-TAB-21", "expected a number.", "Write digits with a decimal point, or leave it empty.")
