"""The smoothing spline against R's smooth.spline and scipy's."""

import numpy as np
import pytest
from scipy.interpolate import make_smoothing_spline

from nktrial.cytometry.quality.spline import smoothing_matrix


def series(points: int) -> np.ndarray:
    place = np.arange(1, points + 1)
    return np.asarray((place * 7) % 11 + (place > points / 2) * 4.0)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        # R 4.2.2: y <- ((1:n * 7) %% 11) + (1:n > n/2) * 4
        # smooth.spline(1:n, y, spar = 0.5)$y[c(1, 2, 6, 7, n/2, n/2 + 1, n)]
        (12, [6.071198, 6.041932, 6.863389, 7.491205, 6.863389, 7.491205, 8.755102]),
        (60, [6.259622, 6.213431, 5.345741, 4.907679, 6.121605, 6.784786, 8.284546]),
    ],
)
def test_equal_to_r(points: int, expected: list[float]) -> None:
    # R's Fortran integrates with 0.3330 for 1/3: equal to about 1e-3
    smoothed = smoothing_matrix(points, 0.5) @ series(points)
    places = [0, 1, 5, 6, points // 2 - 1, points // 2, points - 1]
    assert smoothed[places] == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(("points", "stiffness"), [(10, 0.003615547), (39, 5.339016e-05), (49, 2.664125e-05)])
def test_equal_to_scipy_with_the_stiffness_that_r_states(points: int, stiffness: float) -> None:
    # lambda of R 4.2.2 for spar = 0.5; below 50 points every point is a knot
    y = series(points)
    expected = make_smoothing_spline(np.linspace(0.0, 1.0, points), y, lam=stiffness)(np.linspace(0.0, 1.0, points))
    assert smoothing_matrix(points, 0.5) @ y == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("points", [4, 30, 120, 500, 4000])
def test_a_straight_line_stays(points: int) -> None:
    line = np.linspace(-3.0, 5.0, points)
    assert smoothing_matrix(points, 0.5) @ line == pytest.approx(line, abs=1e-8)


def test_a_higher_spar_is_stiffer() -> None:
    y = series(80)
    soft, stiff = (np.abs(np.diff(smoothing_matrix(80, spar) @ y, 2)).sum() for spar in (0.3, 0.8))
    assert stiff < soft
