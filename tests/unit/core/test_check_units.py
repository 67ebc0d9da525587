"""Checks name the argument at fault; units are never guessed."""

import numpy as np
import pytest

from nktrial.core.check import finite, in_range, increasing, same_length
from nktrial.core.errors import MethodError
from nktrial.core.units import is_percent, per_ul
from nktrial.model.uncertainty import GRID_SIZE, PROBABILITIES, Uncertain, certain


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("10^9/L", 1.1, 1100.0),
        ("K/µL", 0.62, 620.0),  # the micro sign
        ("K/μL", 0.62, 620.0),  # the Greek mu
        ("x10E3/uL", 2.5, 2500.0),
        ("10^6/L", 900.0, 900.0),
        ("cells/uL", 900.0, 900.0),
        ("/mm³", 900.0, 900.0),
    ],
)
def test_units_of_a_count(unit: str, value: float, expected: float) -> None:
    assert per_ul(value, unit) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("unit", ["", "%", "10^9", "cells", "g/L", "10^12/L"])
def test_an_unknown_unit_is_refused(unit: str) -> None:
    with pytest.raises(MethodError, match="NK-COR-06"):
        per_ul(1.0, unit)


def test_percent_has_its_own_spellings() -> None:
    assert is_percent("%")
    assert is_percent(" PCT ")
    assert not is_percent("10^9/L")


def test_checks_name_the_argument() -> None:
    with pytest.raises(MethodError, match=r"NK-COR-02.*day has 3.*value has 2"):
        same_length(day=np.zeros(3), value=np.zeros(2))
    with pytest.raises(MethodError, match="NK-COR-03 day"):
        increasing("day", np.array([1, 1, 2]))
    with pytest.raises(MethodError, match="NK-COR-04 value has 1"):
        finite("value", np.array([1.0, np.nan]))
    with pytest.raises(MethodError, match=r"NK-COR-05 share is 1\.5"):
        in_range("share", 1.5, 0.0, 1.0)


def test_a_distribution_knows_its_interval() -> None:
    uniform = Uncertain(0.5, tuple(PROBABILITIES))
    assert uniform.interval() == pytest.approx((0.025, 0.975), abs=1e-12)
    assert certain(3.0).interval() == (3.0, 3.0)


@pytest.mark.parametrize("grid", [(0.0,) * 10, (float("nan"),) * GRID_SIZE, tuple(PROBABILITIES[::-1])])
def test_a_bad_distribution_is_refused(grid: tuple[float, ...]) -> None:
    with pytest.raises(MethodError, match="NK-COR-07"):
        Uncertain(0.5, grid)
