"""Contour lines: closed, on the level, and holding the share that names them."""

import math

import contourpy
import numpy as np
import pytest

from nktrial.figures.contour import contour_lines, share_levels


def area(line: np.ndarray) -> float:
    """Shoelace formula."""
    after = np.roll(line, -1, axis=0)
    return abs(float((line[:, 0] * after[:, 1] - after[:, 0] * line[:, 1]).sum())) / 2.0


def hills(rng: np.random.Generator, size: int = 60) -> np.ndarray:
    x = np.arange(size, dtype=float)
    grid = np.zeros((size, size))
    for _ in range(4):
        (row, column), width = rng.uniform(15, 45, 2), rng.uniform(4, 8)
        grid += np.exp(-((x - column) ** 2 + (x[:, None] - row) ** 2) / (2 * width**2))
    return grid


def test_a_round_hill_has_a_round_line() -> None:
    x = np.arange(101, dtype=float)
    grid = np.exp(-((x - 50) ** 2 + (x[:, None] - 40) ** 2) / 200.0)
    (line,) = contour_lines(grid, math.exp(-2.0))  # radius 20
    radius = [math.hypot(column - 50, row - 40) for column, row in line]
    assert radius == pytest.approx([20.0] * len(radius), abs=0.02)
    assert area(line) == pytest.approx(math.pi * 400, rel=2e-3)


@pytest.mark.parametrize("level", [0.05, 0.3, 0.6])
def test_lines_are_those_of_contourpy(rng: np.random.Generator, level: float) -> None:
    for _ in range(5):
        grid = hills(rng)
        theirs = contourpy.contour_generator(z=np.pad(grid, 1)).lines(level)
        ours = contour_lines(grid, level)
        assert len(ours) == len(theirs)
        mine = sorted(area(line) for line in ours)
        assert mine == pytest.approx(sorted(area(np.asarray(line)[:-1]) for line in theirs), rel=1e-9)


def test_a_hill_at_the_edge_is_closed_and_a_hole_has_a_line_of_its_own() -> None:
    grid = np.zeros((6, 6))
    grid[0, 0] = 2.0
    (corner,) = contour_lines(grid, 1.0)
    assert {(column, row) for column, row in corner.tolist()} == {(-0.5, 0.0), (0.0, -0.5), (0.5, 0.0), (0.0, 0.5)}
    ring = np.full((5, 5), 2.0)
    ring[2, 2] = 0.0
    assert len(contour_lines(ring, 1.0)) == 2


def test_corners_of_a_saddle_stay_apart() -> None:
    lines = contour_lines(np.array([[2.0, 0.0], [0.0, 2.0]]), 1.0)
    assert sorted(len(line) for line in lines) == [4, 4]
    assert contour_lines(np.zeros((3, 3)), 1.0) == ()


def test_a_level_holds_its_share_of_events(rng: np.random.Generator) -> None:
    density = rng.gamma(0.5, 1.0, (80, 80))
    shares = (0.95, 0.5, 0.1)
    for share, level in zip(shares, share_levels(density, shares), strict=True):
        assert density[density >= level].sum() / density.sum() == pytest.approx(share, abs=2e-3)
    assert share_levels(np.zeros((3, 3)), shares) == ()
