"""Engraftment and graft failure at their limits (Kharfan-Dabaja 2021; the example of the CIBMTR manual, form 2100)."""

from typing import Literal

import pytest

from nktrial.criteria.engraftment import (
    Engrafted,
    NotEngrafted,
    Undecided,
    neutrophil_engraftment,
    platelet_engraftment,
)
from nktrial.criteria.primary_graft_failure import primary_graft_failure

# CIBMTR manual, form 2100, platelet recovery: last transfusion on day 0, recovery on day 7.
MANUAL = list(enumerate((10e3, 30e3, 25e3, 10e3, 15e3, 19e3, 23e3, 25e3, 40e3, 50e3, 56e3, 65e3, 72e3)))


def test_the_example_of_the_manual() -> None:
    assert platelet_engraftment(MANUAL, [0]) == Engrafted(7)


def test_a_transfusion_within_the_run_ends_it() -> None:
    assert platelet_engraftment(MANUAL, [0, 9]) == NotEngrafted(12)


@pytest.mark.parametrize(("count", "expected"), [(499.0, NotEngrafted(4)), (500.0, Engrafted(2))])
def test_500_neutrophils_are_enough(count: float, expected: Engrafted | NotEngrafted) -> None:
    assert neutrophil_engraftment([(1, 0.0), (2, count), (3, 600.0), (4, 600.0)]) == expected


def test_a_day_without_a_count_ends_a_run() -> None:
    assert neutrophil_engraftment([(1, 0.0), (2, 600.0), (4, 600.0), (5, 600.0)]) == NotEngrafted(5)


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
