"""Ellipses and curly quadrants of FlowJo."""

from dataclasses import replace

import numpy as np
import pytest

from nktrial.cytometry.flowjo_curves import curly_quadrant, ellipse, ellipse_disagrees
from nktrial.cytometry.polygon import inside_polygon
from nktrial.model.workspace import DrawnAxis, DrawnGate

AXES = (DrawnAxis("channel_A"), DrawnAxis("channel_B"))
# FlowJo 10.6.1, whitews/FlowKit, single_ellipse_51_events.wsp: linear axes 0 to 262,144, count 51 of 100.
SINGLE = DrawnGate(
    "ellipse",
    AXES,
    foci=((62.7724519002, 157.4044547167), (94.2275480998, 93.5955452833)),
    edge=((96.0, 90.0), (61.0, 161.0), (67.0, 113.0), (90.0, 139.0)),
    distance=89.21048731225189,
)


def inside(gate: DrawnGate, points: np.ndarray) -> np.ndarray:
    found = ellipse(gate)
    assert found is not None
    offset = points - np.array(found[0])
    distance = np.einsum("ij,jk,ik->i", offset, np.linalg.inv(np.array(found[1])), offset)
    return np.asarray(distance <= 1.0)


def test_flowjos_stored_count_of_a_line_of_events() -> None:
    line = np.column_stack([np.linspace(65536.0, 131072.0, 100), np.full(100, 131072.0)]) / 262144.0
    assert ellipse_disagrees(SINGLE)
    assert int(inside(SINGLE, line).sum()) == 51


def test_the_sum_of_distances_decides() -> None:
    gate = replace(SINGLE, foci=((100.0, 120.0), (140.0, 90.0)), edge=(), distance=70.0)
    rng = np.random.default_rng(7)
    points = rng.uniform(50, 200, (20_000, 2))
    distances = sum(np.hypot(*(points - np.array(focus)).T) for focus in gate.foci)
    assert np.array_equal(inside(gate, points / 256.0), distances <= 70.0)


def test_a_circle() -> None:
    gate = replace(SINGLE, foci=((50.0, 60.0), (50.0, 60.0)), edge=(), distance=20.0)
    points = np.array([[59.99, 60.0], [50.0, 50.01], [60.01, 60.0], [57.1, 67.1]]) / 256.0
    assert inside(gate, points).tolist() == [True, True, False, False]


def test_foci_outside_are_no_ellipse() -> None:
    assert ellipse(replace(SINGLE, edge=(), distance=10.0)) is None


@pytest.mark.parametrize("centre", [(0.4, 0.5), (0.9, 0.1)])
def test_the_four_curly_quadrants_divide_the_picture(centre: tuple[float, float]) -> None:
    rng = np.random.default_rng(11)
    x, y = rng.uniform(-0.2, 1.2, (2, 50_000))
    found = {
        (right, upper): inside_polygon(curly_quadrant(centre, right=right, upper=upper), x, y)
        for right in (False, True)
        for upper in (False, True)
    }
    assert np.array_equal(sum(found.values(), np.zeros(x.size, dtype=int)), np.ones(x.size, dtype=int))
    beside = (x < centre[0]) & (y < centre[1])
    assert np.array_equal(found[False, False], beside)


def test_the_arms_bend_as_fitted() -> None:
    quadrant = curly_quadrant((0.5, 0.5), right=True, upper=False)
    x = np.full(2, 0.5 + 64 / 256)
    bent = 0.5 + 0.012 * 64**1.5 / 256  # 6.144 of 256
    assert inside_polygon(quadrant, x, np.array([bent - 1e-4, bent + 1e-4])).tolist() == [True, False]
