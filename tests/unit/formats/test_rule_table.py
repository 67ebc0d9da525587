"""Cells of a rule's table: each kind as written, and as refused."""

import pytest

from nktrial.formats.rule_table import read_rule_table
from nktrial.model.method import Method
from nktrial.model.rule import Column, ColumnKind, Outcome, Rule, Value


def rule(kind: ColumnKind, *choices: str) -> Rule:
    column = Column("x", kind, "any", choices=choices, low=0.0, high=1000.0)
    return Rule("any", "any", Method("any", 1, "any"), (column,), (), lambda _: Outcome({}))


def first(cell: str, kind: ColumnKind, *choices: str) -> tuple[Value, list[str]]:
    table = read_rule_table(f"x\n{cell}\n".encode(), "t.csv", rule(kind, *choices))
    values = table.rows[0].values
    return (None if values is None else values["x"]), [issue.code for issue in table.issues]


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("4.5", "number", 4.5),
        ("4", "whole", 4),
        ("Y", "yes_no", True),
        ("no", "yes_no", False),
        ("1970-01-01", "date", 719163),  # proleptic ordinal of the Unix epoch, Python's documentation of datetime
        ("12;3;12", "days", (3, 12)),
        ("11:100;10:0.5", "series", ((10, 0.5), (11, 100.0))),
        ("any text", "text", "any text"),
    ],
)
def test_a_cell_is_read_as_its_kind(cell: str, kind: ColumnKind, value: Value) -> None:
    assert first(cell, kind) == (value, [])


@pytest.mark.parametrize(
    ("cell", "kind", "code"),
    [
        ("1001", "number", "NK-TAB-26"),
        ("4.5", "whole", "NK-TAB-25"),
        ("maybe", "yes_no", "NK-TAB-27"),
        ("other", "choice", "NK-TAB-27"),
        ("01.02.2024", "date", "NK-TAB-30"),
        ("3;x", "days", "NK-RUL-02"),
        ("3;4:1", "series", "NK-RUL-02"),
        ("3:1;3:2", "series", "NK-RUL-02"),
        ("3:abc", "series", "NK-RUL-02"),
    ],
)
def test_a_cell_that_cannot_be_read_has_a_code(cell: str, kind: ColumnKind, code: str) -> None:
    assert first(cell, kind, "one", "two") == (None, [code])


def test_a_series_has_a_largest_length() -> None:
    cell = ";".join(f"{day}:1" for day in range(2001))
    assert first(cell, "series") == (None, ["NK-RUL-02"])


def test_the_names_of_results_are_taken() -> None:
    table = read_rule_table(b"x,clause\n1,a\n", "t.csv", rule("number"))
    assert ([issue.code for issue in table.issues], table.usable) == (["NK-RUL-01"], False)
