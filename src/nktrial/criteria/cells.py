"""Cells of one row as the types that a rule's function takes.

Definition
    A reader of tables has checked each cell against its column (``model.rule.Column``), so that a cell is of its
    column's type or None; what the columns do not promise is a bug (TypeError).
"""

from nktrial.model.rule import Cells

__all__ = ["flag", "number", "word"]


def number(cells: Cells, name: str) -> float | None:
    """Return a number, or None where the cell is empty or the column is absent."""
    value = cells.get(name)
    if value is None or (isinstance(value, float | int) and not isinstance(value, bool)):
        return None if value is None else float(value)
    raise TypeError(f"{name} holds {value!r}, expected a number")


def flag(cells: Cells, name: str) -> bool | None:
    """Return yes or no, or None where the cell is empty or the column is absent."""
    value = cells.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise TypeError(f"{name} holds {value!r}, expected yes or no")


def word(cells: Cells, name: str) -> str:
    """Return a word, empty where the cell is empty or the column is absent."""
    value = cells.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise TypeError(f"{name} holds {value!r}, expected a word")
