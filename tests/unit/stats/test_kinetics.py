"""Kinetics on literal series: by hand, with values below the limit, and on bad input."""

import math
from typing import Any

import pytest

from nktrial.core.errors import MethodError
from nktrial.stats.kinetics import kinetics


def test_a_series_that_doubles_and_halves() -> None:
    # 1, 2, 4, 8 on days 0 to 3, then 4, 2, 1: doubling and half-life of one day by construction.
    found = kinetics(range(7), [1, 2, 4, 8, 4, 2, 1])
    assert (found.c_max, found.t_max, found.c_last, found.t_last) == (8.0, 3.0, 1.0, 6.0)
    assert found.doubling_time == pytest.approx(1.0)
    assert found.terminal is not None
    assert found.terminal.half_life == pytest.approx(1.0)
    # Linear up: 1.5 + 3 + 6; logarithmic down: (8 - 4 + 4 - 2 + 2 - 1) / ln 2.
    assert found.auc_last == pytest.approx(10.5 + 7.0 / math.log(2.0))


def test_an_area_is_cut_in_the_manner_of_its_trapezoid() -> None:
    found = kinetics([0, 10, 20], [8, 4, 8], until=5.0)
    assert found.auc_until == pytest.approx((8 - 8 / math.sqrt(2.0)) * 5 / math.log(math.sqrt(2.0)))
    assert kinetics([0, 10], [2, 4], until=5.0).auc_until == pytest.approx(2.5 * 5)
    assert kinetics([0, 10], [2, 4], until=11.0).auc_until is None


@pytest.mark.parametrize(
    ("rule", "area"),
    [
        ("pknca", 3.0 * 4),  # the middle value is left out
        ("zero", 3.0 + 3.0),  # two triangles
        ("half", 2.5 * 2 / math.log(6.0) + 3.5),  # 3 falls to 0.5 logarithmically, then rises
    ],
)
def test_values_below_the_limit_follow_the_named_rule(rule: Any, area: float) -> None:
    found = kinetics([0, 2, 4], [3, 0, 3], below=[False, True, False], limit=1.0, blq=rule)
    assert found.auc_last == pytest.approx(area)
    assert (found.quantifiable, found.below, found.blq) == (2, 1, rule)


def test_persistence_is_known_to_the_next_visit() -> None:
    found = kinetics([0, 7, 14, 28], [5, 50, 3, 0]).persistence
    assert found is not None
    assert (found.last_seen, found.gone_by) == (14.0, 28.0)
    still = kinetics([0, 7], [5, 50]).persistence
    assert still is not None
    assert still.gone_by is None


def test_nothing_quantifiable_gives_nothing() -> None:
    found = kinetics([0, 7], [0, 0])
    assert (found.c_max, found.auc_last, found.persistence, found.below) == (None, None, None, 2)


def test_two_points_give_no_slope() -> None:
    found = kinetics([0, 7, 14], [1, 8, 4])
    assert (found.terminal, found.doubling_time) == (None, None)


@pytest.mark.parametrize(
    "arguments",
    [
        {"time": [], "value": []},
        {"time": [0, 1], "value": [1]},
        {"time": [1, 1], "value": [1, 2]},
        {"time": [0, 1], "value": [1, -2]},
        {"time": [0, 1], "value": [1, math.nan]},
        {"time": [0, 1], "value": [1, 0], "below": [False, False]},
        {"time": [0, 1], "value": [1, 0], "blq": "half"},
        {"time": [0, 1], "value": [1, 0], "blq": "drop"},
    ],
)
def test_bad_input_is_named(arguments: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="NK-STA-14"):
        kinetics(arguments.pop("time"), arguments.pop("value"), **arguments)
