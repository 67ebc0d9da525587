"""The density against the definition, summed kernel by kernel, and against scipy's."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gaussian_kde

from nktrial.cytometry.automatic.density_estimate import density_estimate

numbers = st.lists(st.integers(-1000, 1000).map(lambda number: number / 8), min_size=2, max_size=40)


def plain_density(values: list[float], at: float, bandwidth: float, low: float | None) -> float:
    total = 0.0
    for value in values:
        total += math.exp(-0.5 * ((at - value) / bandwidth) ** 2)
        if low is not None:
            total += math.exp(-0.5 * ((at - (2 * low - value)) / bandwidth) ** 2)
    return total / (len(values) * bandwidth * math.sqrt(2.0 * math.pi))


@settings(max_examples=40, deadline=None)
@given(numbers, st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([None, 0.01]))
def test_density_equals_the_sum_of_kernels(values: list[float], adjust: float, margin: float | None) -> None:
    low = None if margin is None else min(values) - margin
    estimate = density_estimate(values, adjust=adjust, points=64, low=low)
    expected = [plain_density(values, float(x), estimate.bandwidth, low) for x in estimate.grid]
    assert np.abs(estimate.height - expected).max() <= 2e-3 * max(expected)


@settings(max_examples=40, deadline=None)
@given(numbers, st.randoms(use_true_random=False))
def test_the_order_of_events_changes_no_bit(values: list[float], random: Random) -> None:
    shuffled = sorted(values, key=lambda _: random.random())
    assert np.array_equal(density_estimate(values).height, density_estimate(shuffled).height)


@pytest.mark.parametrize("adjust", [0.5, 1.0, 2.0])
def test_density_equals_scipys(rng: np.random.Generator, adjust: float) -> None:
    values = np.concatenate([rng.normal(0.2, 0.05, 3000), rng.gamma(3.0, 0.1, 1000)])
    estimate = density_estimate(values, adjust=adjust)
    reference = gaussian_kde(values, bw_method=estimate.bandwidth / values.std(ddof=1))(estimate.grid)
    assert np.abs(estimate.height - reference).max() <= 1e-3 * reference.max()
    assert np.trapezoid(estimate.height, estimate.grid) == pytest.approx(1.0, abs=1e-4)


def test_shift_and_scale_move_the_density_with_them(rng: np.random.Generator) -> None:
    values = rng.normal(size=500)
    here, there = density_estimate(values), density_estimate(3.0 + 0.5 * values)
    assert there.grid == pytest.approx(3.0 + 0.5 * here.grid, abs=1e-12)
    assert there.height == pytest.approx(here.height / 0.5, abs=1e-9)
