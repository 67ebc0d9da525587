"""Systemic IL-2: names and look-alikes, routes, the column, days."""

import pytest

from nktrial.endpoints.il2 import derive_il2, names_il2
from nktrial.model.clinic import Medication, Row
from nktrial.model.origin import Extent
from nktrial.model.plan import Il2Rule

RULE = Il2Rule((-7, 28))


def drug(
    name: str = "aldesleukin",
    start: int | None = 1,
    stop: int | None = 5,
    route: str = "SC",
    systemic: str = "",
    line: int = 2,
) -> Medication:
    return Medication("S", name, start, stop, route, systemic, Row("medications.csv", line, Extent("line", 0, 1)))


@pytest.mark.parametrize(
    "name",
    [
        "aldesleukin", "Aldesleukin (Proleukin)", "PROLEUKIN", "IL-2", "IL2", "il 2", "IL\u20112", "rIL-2", "rhIL-2",
        "interleukin-2", "Interleukin 2, low dose", "Interleukin II", "recombinant human interleukin-2",
        "interleucina-2", "IL-2 1 MIU/m2",
        "teceleukin", "celmoleukin", "bempegaldesleukin", "PEG-IL-2", "fludarabine + IL-2",
        "IL-15 and IL-2",
    ],
)  # fmt: skip
def test_names_of_il2(name: str) -> None:
    assert names_il2(name) == "il2"


@pytest.mark.parametrize(
    "name",
    [
        "IL-15", "IL-21", "IL-12", "IL-22", "interleukin-15", "interleukin-21", "Interleukin 11", "N-803",
        "basiliximab", "daclizumab", "Simulect (basiliximab)", "anti-IL-2 receptor antibody", "IL-2R antagonist",
        "IL-2Ra antibody",
        "interleukin 2 receptor blocker", "anti-CD25", "denileukin diftitox", "IL-2 diphtheria toxin", "IL2DT",
        "anakinra (IL-1 receptor antagonist)", "tocilizumab", "filgrastim", "Leukine", "cyclophosphamide",
    ],
)  # fmt: skip
def test_look_alikes_are_not_il2(name: str) -> None:
    assert names_il2(name) == "other"
    assert derive_il2([drug(name)], RULE).status == "none_given"


@pytest.mark.parametrize("name", ["IL-2-activated NK cells", "NK cells expanded with IL-2", "IL-2 or placebo", "IL-2v"])
def test_a_name_that_leaves_it_open_is_not_evaluable(name: str) -> None:
    answer = derive_il2([drug(name)], RULE)
    assert answer.status == "not_evaluable"
    assert name in answer.reason


@pytest.mark.parametrize(
    "route", ["SC", "s.c.", "subcutaneous", "IV", "i.v.", "intravenous", "IM", "CIV", "IV infusion"]
)
def test_injections_are_systemic(route: str) -> None:
    answer = derive_il2([drug(route=route)], RULE)
    assert answer.status == "given"
    assert answer.given == (f"aldesleukin ({route}, day 1 to 5, medications.csv line 2)",)


@pytest.mark.parametrize("route", ["intralesional", "intratumoral", "inhaled", "inhalation", "intravesical", "topical"])
def test_local_routes_are_not_systemic_and_are_told(route: str) -> None:
    answer = derive_il2([drug(route=route)], RULE)
    assert answer.status == "none_given"
    assert route in answer.reason


@pytest.mark.parametrize(
    ("route", "systemic", "status", "said"),
    [
        ("SC", "no", "given", "contradicts the route"),
        ("inhaled", "yes", "not_evaluable", "the column systemic says yes"),
        ("", "yes", "given", ""),
        ("", "no", "none_given", "not systemic"),
        ("", "", "not_evaluable", "neither route nor column"),
        ("port", "", "not_evaluable", "neither route nor column"),
    ],
)
def test_the_column_decides_where_the_route_does_not(route: str, systemic: str, status: str, said: str) -> None:
    answer = derive_il2([drug(route=route, systemic=systemic)], RULE)
    assert answer.status == status
    assert said in answer.reason


@pytest.mark.parametrize(
    ("start", "stop", "status"),
    [
        (28, 40, "given"),
        (-30, -7, "given"),
        (-30, 60, "given"),
        (29, 40, "none_given"),
        (-30, -8, "none_given"),
        (10, None, "given"),
        (None, 10, "given"),
        (29, None, "none_given"),
        (None, -8, "none_given"),
        (-8, None, "not_evaluable"),
        (None, 40, "not_evaluable"),
        (None, None, "not_evaluable"),
    ],
)
def test_days_against_the_window(start: int | None, stop: int | None, status: str) -> None:
    assert derive_il2([drug(start=start, stop=stop)], RULE).status == status


def test_an_absent_table_is_not_the_same_as_no_row() -> None:
    assert derive_il2(None, RULE).status == "table_absent"
    assert derive_il2([], RULE).status == "none_given"


def test_one_row_that_counts_outweighs_what_others_leave_open() -> None:
    rows = [drug(start=None, stop=None, line=2), drug("Proleukin", line=3), drug("IL-21", line=4)]
    answer = derive_il2(rows, RULE)
    assert answer.status == "given"
    assert answer.given == ("Proleukin (SC, day 1 to 5, medications.csv line 3)",)
    assert "no day, medications.csv line 2" in answer.reason
