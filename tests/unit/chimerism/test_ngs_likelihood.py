"""The likelihood of marker reads: scipy's beta-binomial, a plain twin, finite differences."""

import math

import numpy as np
import pytest
from scipy.stats import betabinom

from nktrial.chimerism.ngs_likelihood import EPSILON_PRIOR, RHO_PRIOR, MarkerData, log_probability, loss_and_slope
from nktrial.chimerism.ngs_outliers import two_sided_probability

DATA = MarkerData(
    markers=("A", "B", "C", "D"),
    copies=np.array([[0.0, 2.0, 1.0, 1.0], [2.0, 0.0, 0.0, 1.0], [1.0, 0.0, 2.0, 1.0]]),
    alt=np.array([9000.0, 120.0, 700.0, 5300.0]),
    depth=np.array([10000.0, 9000.0, 8000.0, 10000.0]),
    bias=np.array([1.1, 0.8, 1.0, 1.2]),
    bias_sd=np.array([0.05, 0.1, 0.0, 0.02]),
)


def plain_loss(data: MarkerData, shares: list[float], log_rho: float, log_epsilon: float) -> float:
    """Add up what the definition says, marker by marker, in words that anyone can follow."""
    misread = math.exp(log_epsilon)
    total = 0.0
    for m in range(len(data.markers)):
        dna = sum(share * copies / 2 for share, copies in zip(shares, data.copies[:, m], strict=True))
        odds = data.bias[m] * dna / (1 - dna)
        amplified = odds / (1 + odds)
        seen = amplified * (1 - misread) + (1 - amplified) * misread
        r = math.exp(log_rho) + data.bias_sd[m] ** 2 * seen * (1 - seen)
        pairs = 1 / r - 1
        n, k = int(data.depth[m]), int(data.alt[m])
        total += betabinom.logpmf(k, n, seen * pairs, (1 - seen) * pairs) - math.log(math.comb(n, k))
    for value, (mean, sd) in ((log_rho, RHO_PRIOR), (log_epsilon, EPSILON_PRIOR)):
        total -= 0.5 * ((value - mean) / sd) ** 2
    return -total


@pytest.mark.parametrize("shares", [[0.1, 0.7, 0.2], [0.001, 0.998, 0.001], [1 / 3, 1 / 3, 1 / 3]])
@pytest.mark.parametrize("log_rho", [math.log(1e-5), math.log(1e-2)])
def test_loss_is_the_plain_twins(shares: list[float], log_rho: float) -> None:
    loss, *_ = loss_and_slope(DATA, np.array(shares), log_rho, math.log(2e-4))
    assert loss == pytest.approx(plain_loss(DATA, shares, log_rho, math.log(2e-4)), rel=1e-6)


def test_slopes_are_finite_differences() -> None:
    shares, log_rho, log_epsilon = np.array([0.1, 0.7, 0.2]), math.log(1e-3), math.log(5e-4)
    _, in_shares, in_rho, in_epsilon = loss_and_slope(DATA, shares, log_rho, log_epsilon)
    h = 1e-5

    def loss(step: np.ndarray, rho_step: float = 0.0, epsilon_step: float = 0.0) -> float:
        return loss_and_slope(DATA, shares + step, log_rho + rho_step, log_epsilon + epsilon_step)[0]

    for k, unit in enumerate(np.eye(3) * h):
        assert in_shares[k] == pytest.approx((loss(unit) - loss(-unit)) / (2 * h), rel=1e-4)
    none = np.zeros(3)
    assert in_rho == pytest.approx((loss(none, h) - loss(none, -h)) / (2 * h), rel=1e-4)
    assert in_epsilon == pytest.approx((loss(none, 0.0, h) - loss(none, 0.0, -h)) / (2 * h), rel=1e-4)


@pytest.mark.parametrize(("n", "p", "r"), [(500, 0.01, 1e-3), (20_000, 0.5, 1e-5), (20_000, 1e-4, 3e-5)])
def test_probabilities_are_scipys(n: int, p: float, r: float) -> None:
    c = 1 / r - 1
    oracle = betabinom(n, p * c, (1 - p) * c)
    k = np.unique(np.clip(np.round(n * p + np.arange(-30, 31, 6)), 0, n))
    ours = log_probability(k, np.full(k.size, float(n)), np.full(k.size, p), np.full(k.size, r))
    np.testing.assert_allclose(ours, oracle.logpmf(k), atol=1e-5)
    at = int(n * p + 2 * math.sqrt(n * p * (1 - p)))
    assert two_sided_probability(at, n, p, r) == pytest.approx(2 * oracle.sf(at - 1), rel=1e-4)


def test_tail_of_very_many_reads_goes_over_into_the_same_value() -> None:
    exact = two_sided_probability(100_600, 200_000, 0.5, 1e-5)
    assert two_sided_probability(100_601, 200_002, 0.5, 1e-5) == pytest.approx(exact, rel=0.02)
