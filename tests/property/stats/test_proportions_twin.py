"""The exact limits by their definition: at a limit, the tail of the binomial sum is (1 - level) / 2."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nktrial.stats import clopper_pearson


def at_least(x: int, n: int, p: float) -> float:
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x, n + 1))


@given(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_the_tails_at_the_limits(counts: tuple[int, int], level: float) -> None:
    x, n = counts
    low, high = clopper_pearson(x, n, level)
    if x > 0:
        assert at_least(x, n, low) == pytest.approx((1 - level) / 2, rel=1e-7)
    if x < n:
        assert 1 - at_least(x + 1, n, high) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert low <= x / n <= high


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_events_and_no_events_mirror_each_other(counts: tuple[int, int]) -> None:
    x, n = counts
    low, high = clopper_pearson(x, n)
    mirrored_low, mirrored_high = clopper_pearson(n - x, n)
    assert 1 - mirrored_high == pytest.approx(low, abs=1e-12)
    assert 1 - mirrored_low == pytest.approx(high, abs=1e-12)
