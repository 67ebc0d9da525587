"""FlowJo's bins: by hand, and against a plain twin that looks at one event at a time."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nktrial.core.errors import MethodError
from nktrial.cytometry.biex import biex_table
from nktrial.cytometry.flowjo_bins import corner_bins, event_bins, inside_binned
from nktrial.model.gates import Biex, Logicle, OffsetLog, Range

BIEX = Biex(262144.0, -100.0, 4.418539922, 0.0)
LINEAR = Range(0.0, 262144.0)
LOG = OffsetLog(1.0, 4.0)


def test_linear_bins_are_rounded_and_events_stay_on_the_axis() -> None:
    values = np.array([0.0, 511.9, 512.0, 1535.9, 1536.0, 262144.0, -9e9, 9e9])
    assert event_bins(LINEAR, values).tolist() == [0, 0, 1, 1, 2, 255, 0, 255]
    assert corner_bins(LINEAR, np.array([-2048.0, 262144.0]), zero_on_floor=True).tolist() == [-2, 256]


def test_logarithmic_bins_and_corners_without_logarithm() -> None:
    assert event_bins(LOG, np.array([1.0, 10.0, 100.0, 1e4, -5.0])).tolist() == [0, 64, 128, 255, 0]
    assert corner_bins(LOG, np.array([-5.0, 0.0]), zero_on_floor=True).tolist() == [0, 0]
    assert (corner_bins(LOG, np.array([-5.0]), zero_on_floor=False) < -10_000).all()


def test_biex_bins_hold_sixteen_steps_each() -> None:
    table = biex_table(BIEX)
    at = np.array([0, 15, 16, 31, 32, 4095, 4096])
    assert event_bins(BIEX, table[at]).tolist() == [0, 0, 1, 1, 2, 255, 256]
    assert event_bins(BIEX, np.nextafter(table[[16, 32]], -np.inf)).tolist() == [0, 1]
    assert event_bins(BIEX, np.array([-1e9, 1e9])).tolist() == [0, 256]


def test_other_scales_are_not_known() -> None:
    with pytest.raises(MethodError, match="NK-CYT-41"):
        event_bins(Logicle(262144.0, 0.5, 4.5, 0.0), np.zeros(1))


def test_the_boundary_belongs_to_the_polygon() -> None:
    square = ((10, 10), (20, 10), (20, 20), (10, 20))
    x, y = np.array([10, 20, 15, 21, 9]), np.array([20, 10, 15, 15, 15])
    assert inside_binned(square, x, y).tolist() == [True, True, True, False, False]


def test_a_polygon_in_one_bin_holds_that_bin() -> None:
    assert inside_binned(((7, 7), (7, 7), (7, 7)), np.array([7, 8]), np.array([7, 7])).tolist() == [True, False]


def plainly_inside(corners: list[tuple[int, int]], x: int, y: int) -> bool:
    """Count crossings of a ray with exact fractions; a point on a side is inside."""
    crossings = 0
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (
            (bx - ax) * (y - ay) == (by - ay) * (x - ax)
            and min(ax, bx) <= x <= max(ax, bx)
            and min(ay, by) <= y <= max(ay, by)
        ):
            return True
        if (ay > y) != (by > y):
            crossings += Fraction(x) < ax + Fraction((y - ay) * (bx - ax), by - ay)
    return crossings % 2 == 1


@given(st.lists(st.tuples(st.integers(-5, 30), st.integers(-5, 30)), min_size=3, max_size=8))
def test_twin(corners: list[tuple[int, int]]) -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(26), np.arange(26)))
    expected = [plainly_inside(corners, int(a), int(b)) for a, b in zip(x, y, strict=True)]
    assert inside_binned(tuple(corners), x, y).tolist() == expected


@given(st.floats(-1e6, 1e6), st.floats(1.0, 1e6), st.lists(st.floats(-2e6, 2e6), min_size=1, max_size=20))
def test_linear_twin(low: float, span: float, values: list[float]) -> None:
    scale = Range(low, low + span)
    expected = [min(max(math.floor((v - scale.low) * 256 / (scale.high - scale.low) + 0.5), 0), 255) for v in values]
    assert event_bins(scale, np.array(values)).tolist() == expected
