"""Inside a polygon: crossing rule, boundary, holes."""

import numpy as np

from nktrial.cytometry.polygon import inside_polygon

SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])


def within(vertices: np.ndarray, *points: tuple[float, float]) -> list[bool]:
    x, y = np.array(points, dtype=float).T
    return list(inside_polygon(vertices, np.ascontiguousarray(x), np.ascontiguousarray(y)))


def test_inside_and_outside() -> None:
    assert within(SQUARE, (2, 2), (5, 2), (2, -1), (-0.1, 2)) == [True, False, False, False]


def test_left_and_lower_sides_belong_right_and_upper_do_not() -> None:
    assert within(SQUARE, (0, 2), (2, 0), (4, 2), (2, 4)) == [True, True, False, False]


def test_direction_does_not_matter() -> None:
    points = [(0, 2), (2, 0), (4, 2), (2, 4), (1, 1)]
    assert within(SQUARE, *points) == within(SQUARE[::-1], *points)


def test_neighbours_share_no_event() -> None:
    right = SQUARE + np.array([4.0, 0.0])
    points = [(x / 2, y / 2) for x in range(-2, 18) for y in range(-2, 10)]
    both = np.array(within(SQUARE, *points)) & np.array(within(right, *points))
    assert not both.any()


def test_crossing_sides_make_a_hole() -> None:
    star = np.array([[0.0, 3.0], [2.0, -3.0], [-3.0, 1.0], [3.0, 1.0], [-2.0, -3.0]])
    assert within(star, (0, 0), (0, 2)) == [False, True]


def test_a_nan_is_outside() -> None:
    assert within(SQUARE, (float("nan"), 2), (2, float("nan"))) == [False, False]


def test_a_polygon_of_no_height_is_empty() -> None:
    assert within(np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]), (1, 1)) == [False]
