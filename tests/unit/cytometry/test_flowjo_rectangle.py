"""FlowJo's rectangles: the bounds equal moving the events onto the axis's ends."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nktrial.cytometry.biex import biex_table
from nktrial.cytometry.flowjo_rectangle import moved_bounds
from nktrial.model.gates import Biex, Logicle, OffsetLog, Range

BIEX = Biex(262144.0, -100.0, 4.418539922, 0.0)
BOTTOM = float(biex_table(BIEX)[0])
VALUES = np.array([-1e5, BOTTOM - 1, BOTTOM, -1.0, 0.0, 1.0, 9.9, 10.0, 11.0, 999.0, 1000.0, 1001.0, 1e6])
BOUNDS = st.one_of(st.none(), st.sampled_from([float(value) for value in VALUES]), st.floats(-2e3, 2e3))


def held(low: float | None, high: float | None, values: np.ndarray) -> np.ndarray:
    """Apply half-open bounds."""
    return (values >= (-np.inf if low is None else low)) & (values < (np.inf if high is None else high))


@given(BOUNDS, BOUNDS)
def test_biex_moves_events_up_to_the_first_step(low: float | None, high: float | None) -> None:
    expected = held(low, high, np.maximum(VALUES, BOTTOM))
    assert np.array_equal(held(*moved_bounds(BIEX, low, high, compensated=True), VALUES), expected)


@given(BOUNDS, BOUNDS)
def test_log_moves_events_up_to_the_offset(low: float | None, high: float | None) -> None:
    expected = held(low, high, np.maximum(VALUES, 10.0))
    assert np.array_equal(held(*moved_bounds(OffsetLog(10.0, 4.0), low, high, compensated=False), VALUES), expected)


@given(BOUNDS, BOUNDS)
def test_linear_moves_events_onto_both_ends_and_an_upper_end_is_inside(low: float | None, high: float | None) -> None:
    moved = np.clip(VALUES, 10.0, 1000.0)
    expected = held(low, None if high is not None and high >= 1000.0 else high, moved)
    assert np.array_equal(held(*moved_bounds(Range(10.0, 1000.0), low, high, compensated=False), VALUES), expected)


def test_no_axis_no_move() -> None:
    assert moved_bounds(Range(10.0, 1000.0), 5.0, 2000.0, compensated=True) == (5.0, 2000.0)
    assert moved_bounds(Logicle(262144.0, 0.5, 4.5, 0.0), -1e9, 1e9, compensated=False) == (-1e9, 1e9)
    assert moved_bounds(None, -1e9, None, compensated=False) == (-1e9, None)
