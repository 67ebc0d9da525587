"""Two groups along one marker; D of halves against closed forms."""

import math

import numpy as np
import pytest

from nktrial.cytometry.two_groups import ashman_distance, group_cut


def test_the_halves_of_a_normal_distribution_are_not_two_groups(rng: np.random.Generator) -> None:
    values = rng.normal(size=200_000)
    expected = math.sqrt(2.0) * 2.0 * math.sqrt(2.0 / math.pi) / math.sqrt(2.0 * (1.0 - 2.0 / math.pi))
    assert ashman_distance(values[values < 0], values[values >= 0]) == pytest.approx(expected, rel=0.01)
    assert group_cut(values) is None


def test_the_halves_of_a_uniform_distribution_are_not_two_groups() -> None:
    values = np.linspace(0.0, 1.0, 20_001)
    assert ashman_distance(values[:10_000], values[10_000:]) == pytest.approx(math.sqrt(12.0), rel=1e-3)
    assert group_cut(values) is None


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_two_distant_groups_part_between_them(rng: np.random.Generator, share: float) -> None:
    upper = round(4_000 * share)
    values = np.concatenate([rng.normal(0.2, 0.03, 4_000 - upper), rng.normal(0.7, 0.03, upper)])
    cut = group_cut(values)
    assert cut is not None
    assert np.count_nonzero(values > cut) == upper


def test_values_that_are_not_finite_are_left_out(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.normal(0.2, 0.03, 500), rng.normal(0.7, 0.03, 500)])
    assert group_cut(np.append(values, [np.nan, np.inf, -np.inf])) == group_cut(values)


def test_few_or_equal_values_are_one_group() -> None:
    assert group_cut(np.repeat([0.0, 1.0], 49)) is None
    assert group_cut(np.full(500, 3.0)) is None
    assert group_cut(np.repeat([0.0, 1.0], 50)) == 0.5
