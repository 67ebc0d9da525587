"""The deterministic point set."""

from math import erf, pi

import numpy as np
import pytest
from scipy.special import ndtri

from nktrial.core.errors import MethodError
from nktrial.core.lattice import POINTS, lattice


def figure_of_merit(multiplier: int) -> float:
    """P_2 of the Korobov lattice, from the Bernoulli polynomial B_2."""
    index = np.arange(POINTS)
    kernel = 1 + 2 * pi**2 * ((index / POINTS) ** 2 - index / POINTS + 1 / 6)
    second, third = index * multiplier % POINTS, index * (multiplier**2 % POINTS) % POINTS
    return float(np.mean(kernel * kernel[second] * kernel[third]) - 1)


def test_every_coordinate_takes_each_midpoint_once() -> None:
    points = lattice(3)
    midpoints = (np.arange(POINTS) + 0.5) / POINTS
    assert points.shape == (POINTS, 3)
    for column in points.T:
        assert np.array_equal(np.sort(column), midpoints)


def test_fewer_dimensions_are_the_first_columns() -> None:
    assert np.array_equal(lattice(2), lattice(3)[:, :2])
    assert np.array_equal(lattice(1), lattice(3)[:, :1])


def test_no_odd_multiplier_is_better() -> None:
    points = lattice(3)
    multiplier = round(points[1, 1] * POINTS - 0.5)
    chosen = figure_of_merit(multiplier)
    assert all(figure_of_merit(other) >= chosen * (1 - 1e-9) for other in range(3, POINTS // 2, 2))


def test_integrals_with_known_values() -> None:
    points = lattice(3)
    assert np.mean(np.prod(points, axis=1)) == pytest.approx(1 / 8, abs=5e-5)
    assert np.mean(points.sum(axis=1) < 1.0) == pytest.approx(1 / 6, abs=1e-3)
    beyond = 0.5 * (1.0 - erf(1.0 / np.sqrt(6.0)))  # P(sum of three standard normals > 1)
    assert np.mean(ndtri(points).sum(axis=1) > 1.0) == pytest.approx(beyond, abs=1e-3)


@pytest.mark.parametrize("dimensions", [0, 4])
def test_dimensions_that_the_multiplier_was_not_chosen_for_are_refused(dimensions: int) -> None:
    with pytest.raises(MethodError) as caught:
        lattice(dimensions)
    assert caught.value.code == "NK-COR-05"
