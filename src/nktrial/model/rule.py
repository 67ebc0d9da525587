"""Rule: a published definition as a table can ask for it, with its columns, its source and what is unverified in it.

Definition
    A rule takes the cells of one row, by the names of its columns, and returns an ``Outcome``: the value of each of its
    result columns, the clause that decided, and, where nothing can be said, why.

Not decided here
    How a table is read (``formats.rule_table``) and what a rule says (``criteria``, ``endpoints``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from nktrial.model.method import Method

__all__ = ["Cells", "Column", "ColumnKind", "Outcome", "Rule", "Value"]

ColumnKind: TypeAlias = Literal["number", "whole", "yes_no", "choice", "text", "date", "days", "series"]
# A date is its proleptic ordinal [days]; ``days`` are whole days in their order; a series is (day, value) by day.
Value: TypeAlias = float | int | bool | str | tuple[int, ...] | tuple[tuple[int, float], ...] | None
Cells: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a rule reads or writes.

    Parameters
    ----------
    name : str
        As in the table's header; a unit ends it.
    kind : str
        How its cells are read.
    meaning : str
        One line for the documentation, with the unit.
    choices : tuple of str
        The words of a ``choice``.
    low, high : float
        Bounds of a number, both included; beyond them a cell is at fault.
    needed : bool
        The column must be there. A cell may be empty all the same: the rule then says what follows.
    """

    name: str
    kind: ColumnKind
    meaning: str
    choices: tuple[str, ...] = ()
    low: float = float("-inf")
    high: float = float("inf")
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule says of one row.

    Parameters
    ----------
    values : mapping
        Result column -> value; None where the rule gives none.
    clause : str
        The clause that decided, in a few words.
    not_evaluable : str
        Why nothing, or not everything, can be said; empty where all could.
    unverified : str
        The threshold that decided and was not read in a source; empty where all that decided were.
    """

    values: Mapping[str, float | int | str | None]
    clause: str = ""
    not_evaluable: str = ""
    unverified: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A published rule over the rows of a table.

    Parameters
    ----------
    name : str
        As a user calls it: ``aml_eln2022_response``.
    title : str
        One line.
    method : Method
        Its name, version and publication; docs/methods has its page.
    columns, results : tuple of Column
        What it reads and what it returns.
    assess : callable
        Cells of one row -> Outcome.
    unverified : tuple of str
        Every threshold in it that was not read in a source.
    """

    name: str
    title: str
    method: Method
    columns: tuple[Column, ...]
    results: tuple[Column, ...]
    assess: Callable[[Cells], Outcome]
    unverified: tuple[str, ...] = ()
