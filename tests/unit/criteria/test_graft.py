"""Engraftment and graft failure at their limits (Kharfan-Dabaja 2021; the example of the CIBMTR manual, form 2100)."""

import math
from typing import Literal

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria import RULES
from nktrial.criteria.chimerism_class import chimerism_class
from nktrial.criteria.engraftment import (
    Engrafted,
    NotEngrafted,
    Undecided,
    neutrophil_engraftment,
    platelet_engraftment,
)
from nktrial.criteria.evidence import NotEvaluable
from nktrial.criteria.primary_graft_failure import primary_graft_failure
from nktrial.criteria.secondary_graft_failure import GraftCourse, secondary_graft_failure
from nktrial.model.rule import Value

# CIBMTR manual, form 2100, platelet recovery: last transfusion on day 0, recovery on day 7.
MANUAL = list(enumerate((10e3, 30e3, 25e3, 10e3, 15e3, 19e3, 23e3, 25e3, 40e3, 50e3, 56e3, 65e3, 72e3)))


def test_the_example_of_the_manual() -> None:
    assert platelet_engraftment(MANUAL, [0]) == Engrafted(7)


def test_a_transfusion_within_the_run_ends_it() -> None:
    assert platelet_engraftment(MANUAL, [0, 9]) == NotEngrafted(12)


@pytest.mark.parametrize(("count", "expected"), [(499.0, NotEngrafted(4)), (500.0, Engrafted(2))])
def test_500_neutrophils_are_enough(count: float, expected: Engrafted | NotEngrafted) -> None:
    assert neutrophil_engraftment([(1, 0.0), (2, count), (3, 600.0), (4, 600.0)]) == expected


def test_a_day_without_a_count_ends_a_run_and_is_not_taken_for_failure() -> None:
    found = neutrophil_engraftment([(1, 0.0), (2, 600.0), (4, 600.0), (5, 600.0)])
    assert isinstance(found, Undecided)
    assert "from day 2, with gaps" in found.reason


def test_a_low_count_between_ends_values_with_gaps_too() -> None:
    assert neutrophil_engraftment([(1, 0.0), (2, 600.0), (4, 499.0), (5, 600.0), (7, 600.0)]) == NotEngrafted(7)


def test_two_values_with_a_gap_are_no_run() -> None:
    assert neutrophil_engraftment([(1, 0.0), (2, 600.0), (4, 600.0)]) == NotEngrafted(4)


def test_earlier_values_with_gaps_are_named_beside_the_day() -> None:
    series = ((1, 0.0), (2, 600.0), (4, 600.0), (6, 600.0), (7, 600.0), (8, 600.0))
    assert neutrophil_engraftment(series) == Engrafted(6, earlier_with_gaps=2)
    outcome = RULES["engraftment"].assess({"measure": "ANC", "daily_series_day_value": series})
    assert outcome.values == {"day": 6}
    assert "begin on day 2" in outcome.clause


def test_a_transfusion_ends_values_with_gaps() -> None:
    series = [(1, 10e3), (10, 20e3), (12, 20e3), (14, 20e3)]
    assert isinstance(platelet_engraftment(series, [3]), Undecided)
    assert platelet_engraftment(series, [4]) == NotEngrafted(14)
    assert platelet_engraftment(series, [14]) == NotEngrafted(14)


def test_platelets_that_have_not_fallen_yet_are_no_recovery() -> None:
    falling = [(0, 90e3), (1, 60e3), (2, 40e3), (3, 15e3), (4, 8e3)]
    assert isinstance(platelet_engraftment(falling, []), Undecided)
    assert platelet_engraftment([(20, 21e3), (21, 22e3), (22, 23e3)], []) == Engrafted(20)


def test_no_nadir_and_no_count_are_not_evaluable() -> None:
    assert isinstance(neutrophil_engraftment([(1, 600.0), (2, 600.0), (3, 600.0)]), Undecided)
    assert isinstance(neutrophil_engraftment([]), Undecided)
    assert isinstance(platelet_engraftment([], []), Undecided)


def test_a_run_before_a_later_lower_count_is_not_evaluable() -> None:
    later = [(1, 100.0), (2, 600.0), (3, 600.0), (4, 600.0), (5, 0.0), (6, 0.0)]
    assert isinstance(neutrophil_engraftment(later), Undecided)


@pytest.mark.parametrize(
    ("source", "reached", "pancytopenia", "assessed", "expected"),
    [
        ("PBSC", None, True, 30, "Y"),
        ("BM", None, True, 29, "NE"),
        ("UCB", None, True, 41, "NE"),
        ("UCB", None, True, 42, "Y"),
        ("PBSC", 30, True, 40, "N"),
        ("PBSC", 31, True, 40, "Y"),
        ("UCB", 31, True, 43, "N"),
        ("BM", None, False, 31, "N"),
        ("BM", None, None, 31, "NE"),
        ("BM", None, True, None, "NE"),
        ("", None, True, 50, "NE"),
    ],
)
def test_primary_failure_at_its_limits(
    source: str, reached: int | None, pancytopenia: Literal[True, False] | None, assessed: int | None, expected: str
) -> None:
    assert primary_graft_failure(source, reached, assessed, pancytopenia=pancytopenia)[0] == expected


@pytest.mark.parametrize(
    ("myeloid", "lymphoid", "expected"),
    [
        (95.1, 95.1, "FULL"),
        (100.0, 100.0, "FULL"),
        (95.0, 99.0, "MIXED"),
        (99.0, 95.0, "MIXED"),
        (5.0, 0.0, "MIXED"),
        (4.9, 4.9, "AUTOLOGOUS"),
        (0.0, 0.0, "AUTOLOGOUS"),
        (99.0, 1.0, "MIXED"),
        (50.0, None, "MIXED"),
        (None, 95.0, "MIXED"),
        (99.0, None, "NE"),
        (None, 1.0, "NE"),
        (None, None, "NE"),
    ],
)
def test_chimerism_at_its_limits(myeloid: float | None, lymphoid: float | None, expected: str) -> None:
    cells = {"myeloid_donor_pct": myeloid, "lymphoid_donor_pct": lymphoid}
    outcome = RULES["chimerism_class"].assess(cells)
    assert outcome.values == {"chimerism_class": expected}
    assert bool(outcome.unverified) == (expected in {"MIXED", "AUTOLOGOUS"})  # only above 95 % was read in a source
    assert bool(outcome.not_evaluable) == (expected == "NE")


@pytest.mark.parametrize("share", [-0.1, 100.1, math.nan])
def test_a_share_outside_percent_is_refused(share: float) -> None:
    with pytest.raises(MethodError, match="NK-COR-05"):
        chimerism_class(share, 50.0)


FAILED: dict[str, Value] = {
    "neutrophils_recovered": True,
    "platelets_recovered": True,
    "decline": True,
    "support_needed": True,
    "other_explanation": False,
}


@pytest.mark.parametrize(
    ("changes", "expected", "unverified"),
    [
        ({}, "Y", ""),
        ({"other_explanation": None}, "Y", "footnote"),
        ({"other_explanation": True}, "NE", "footnote"),
        ({"neutrophils_recovered": False}, "N", ""),
        ({"platelets_recovered": False}, "N", ""),
        ({"decline": False}, "N", ""),
        ({"support_needed": False}, "N", ""),
        ({"support_needed": None}, "NE", ""),
        ({"support_needed": None, "decline": False}, "N", ""),
        ({"recovered_day": 20, "decline_day": 21}, "Y", ""),
    ],
)
def test_secondary_failure(changes: dict[str, Value], expected: str, unverified: str) -> None:
    outcome = RULES["secondary_graft_failure"].assess({**FAILED, **changes})
    assert outcome.values == {"secondary_graft_failure": expected}
    assert bool(outcome.unverified) == bool(unverified)
    assert unverified in outcome.unverified


def test_secondary_failure_names_what_is_missing() -> None:
    course = GraftCourse(neutrophils_recovered=True, platelets_recovered=None, decline=None, support_needed=True)
    found = secondary_graft_failure(course)
    assert isinstance(found, NotEvaluable)
    assert found.reason == "not given: platelet recovery, decline"


@pytest.mark.parametrize(
    "changes",
    [
        {"decline": False, "decline_day": 60},
        {"platelets_recovered": False, "recovered_day": 20},
        {"recovered_day": 60, "decline_day": 60},
        {"recovered_day": 60, "decline_day": 20},
    ],
)
def test_a_course_that_contradicts_itself_is_refused(changes: dict[str, Value]) -> None:
    with pytest.raises(MethodError, match="NK-CRI-02"):
        RULES["secondary_graft_failure"].assess({**FAILED, **changes})
