"""Population fraction: exact point, Jeffreys quantiles, overdispersion, refusals."""

import numpy as np
import pytest
from scipy.special import betaincinv, expit, logit

from nktrial.core.errors import MethodError
from nktrial.cytometry.fraction import few_events, population_fraction
from nktrial.model.uncertainty import PROBABILITIES


@pytest.mark.parametrize(("count", "parent"), [(0, 10), (439, 3077), (10, 10), (1, 3)])
def test_the_point_is_the_quotient(count: int, parent: int) -> None:
    assert population_fraction(count, parent).value == count / parent


def test_without_overdispersion_it_is_jeffreys() -> None:
    # Brown, Cai and DasGupta 2001: 95 % Jeffreys interval is the Beta(x + 1/2, n - x + 1/2) quantiles
    low, high = population_fraction(8, 20, overdispersion=0.0).interval()
    assert (low, high) == pytest.approx((betaincinv(8.5, 12.5, 0.025), betaincinv(8.5, 12.5, 0.975)), rel=1e-3)


@pytest.mark.parametrize(
    ("count", "parent", "spread"),
    [(439, 3077, 0.05), (3, 1000, 0.05), (0, 50, 0.05), (500, 1000, 0.5), (997, 1000, 0.1)],
)
def test_overdispersion_equals_drawing(count: int, parent: int, spread: float, rng: np.random.Generator) -> None:
    drawn = expit(logit(rng.beta(count + 0.5, parent - count + 0.5, 400_000)) + spread * rng.normal(size=400_000))
    levels = np.array([0.025, 0.25, 0.5, 0.75, 0.975])
    odds = logit(population_fraction(count, parent, overdispersion=spread).quantile(levels))
    assert odds == pytest.approx(logit(np.quantile(drawn, levels)), abs=0.03)


def test_a_huge_count_leaves_the_overdispersion_alone() -> None:
    quantiles = population_fraction(200_000, 2_000_000, overdispersion=0.05).quantile(PROBABILITIES)
    assert np.std(np.log(quantiles)) == pytest.approx(0.05 * 0.9, rel=0.02)


def test_overdispersion_only_widens() -> None:
    plain, wide = (population_fraction(439, 3077, overdispersion=s).interval() for s in (0.0, 0.05))
    assert wide[0] < plain[0] < plain[1] < wide[1]


def test_a_tiny_overdispersion_changes_nothing() -> None:
    plain, same = (population_fraction(439, 3077, overdispersion=s).interval() for s in (0.0, 1e-6))
    assert same == pytest.approx(plain, rel=1e-4)


def test_refusals() -> None:
    with pytest.raises(MethodError, match="NK-CYT-16"):
        population_fraction(0, 0)
    with pytest.raises(MethodError, match="NK-CYT-17"):
        population_fraction(5, 4)
    with pytest.raises(MethodError, match="NK-CYT-17"):
        population_fraction(-1, 4)
    for spread in (-0.1, float("nan"), float("inf")):
        with pytest.raises(MethodError, match="NK-CYT-18"):
            population_fraction(1, 4, overdispersion=spread)


@pytest.mark.parametrize(("count", "words"), [(19, "not detected"), (20, "detected, but"), (49, "detected, but")])
def test_few_events_are_reported(count: int, words: str) -> None:
    (finding,) = few_events(count, "d14.fcs NK")
    assert finding.code == "NK-CYT-19"
    assert words in finding.message


def test_fifty_events_are_enough() -> None:
    assert few_events(50, "d14.fcs NK") == ()
