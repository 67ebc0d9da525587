"""Survival functions on bad input and at their edges: a clear error, or a stated not estimable."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.stats import cumulative_incidence, fine_gray, gray_test, kaplan_meier, log_rank

T, E, G = [1.0, 2.0, 3.0, 4.0], [1, 0, 2, 1], ["a", "b", "a", "b"]
Z = [[0.5], [1.0], [0.0], [2.0]]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: kaplan_meier([], []), "NK-STA-03"),
        (lambda: kaplan_meier([[1.0]], [1]), "NK-STA-03"),
        (lambda: kaplan_meier([1.0, np.nan], [1, 0]), "NK-STA-04"),
        (lambda: kaplan_meier([1.0, -1.0], [1, 0]), "NK-STA-04"),
        (lambda: kaplan_meier([1.0, np.inf], [1, 0]), "NK-STA-04"),
        (lambda: kaplan_meier(T, [1, 0]), "NK-STA-05"),
        (lambda: kaplan_meier(T, [1, 0, 0.5, 1]), "NK-STA-06"),
        (lambda: kaplan_meier(T, [1, 0, -1, 1]), "NK-STA-06"),
        (lambda: kaplan_meier(T, E, entry=[0.0, 0.0, 3.0, 0.0]), "NK-STA-07"),
        (lambda: kaplan_meier(T, E, entry=[0.0]), "NK-STA-05"),
        (lambda: kaplan_meier(T, E, level=1.0), "NK-STA-02"),
        (lambda: kaplan_meier(T, E, interval="exact"), "NK-STA-02"),  # type: ignore[arg-type]
        (lambda: kaplan_meier(T, E).quantile(1.0), "NK-STA-02"),
        (lambda: kaplan_meier(T, E).restricted_mean(5.0), "NK-STA-08"),
        (lambda: cumulative_incidence(T, E, cause=0), "NK-STA-02"),
        (lambda: cumulative_incidence(T, E).limits(0.0), "NK-STA-02"),
        (lambda: cumulative_incidence(T, E, entry=[0.0] * 4, variance="infinitesimal_jackknife"), "NK-STA-09"),
        (lambda: gray_test(T, E, ["a"] * 4), "NK-STA-10"),
        (lambda: gray_test(T, E, ["a", "", "b", "b"]), "NK-STA-10"),
        (lambda: gray_test(T, E, np.array(["a", None, "b", "b"], dtype=object)), "NK-STA-10"),
        (lambda: gray_test(T, [0, 0, 0, 0], G), "NK-STA-11"),
        (lambda: gray_test(T, E, G, rho=np.inf), "NK-STA-02"),
        (lambda: gray_test(T, E, G[:3]), "NK-STA-05"),
        (lambda: log_rank(T, [0, 0, 0, 0], G), "NK-STA-11"),
        (lambda: log_rank(T, E, ["a"] * 4), "NK-STA-10"),
        (lambda: log_rank(T, E, G, rho=np.nan), "NK-STA-02"),
        (lambda: fine_gray(T, [0, 0, 2, 0], Z), "NK-STA-11"),
        (lambda: fine_gray(T, E, [[1.0]] * 4), "NK-STA-12"),
        (lambda: fine_gray(T, E, [[0.0], [np.nan], [1.0], [2.0]]), "NK-STA-13"),
        (lambda: fine_gray(T, E, [[0.0], [1.0]]), "NK-STA-13"),
        (lambda: fine_gray(T, E, Z, cause=0), "NK-STA-02"),
    ],
)
def test_bad_input_is_named(call: Callable[[], Any], code: str) -> None:
    with pytest.raises(MethodError, match=code):
        call()


def test_a_covariate_that_separates_has_no_estimate() -> None:
    time = np.arange(1.0, 21.0)
    event = np.array([1] * 10 + [0] * 10)
    with pytest.raises(MethodError, match="NK-STA-12"):
        fine_gray(time, event, np.array([1.0] * 10 + [0.0] * 10))


def test_two_covariates_that_are_one_have_no_estimate() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=50)
    with pytest.raises(MethodError, match="NK-STA-12"):
        fine_gray(rng.exponential(size=50), rng.integers(0, 3, 50), np.stack([z, 2.0 * z], axis=1))


def test_nobody_has_an_event() -> None:
    found = kaplan_meier([3.0, 5.0], [0, 0])
    assert found.estimate.tolist() == [1.0, 1.0]
    assert np.isnan(found.low).all()  # log-log limits cannot be had at 1
    assert (found.quantile().time, found.quantile().low) == (None, None)
    assert kaplan_meier([3.0, 5.0], [0, 0], interval="plain").low.tolist() == [1.0, 1.0]


def test_everybody_has_the_event_at_once() -> None:
    found = kaplan_meier([2.0, 2.0], [1, 1])
    assert found.estimate.tolist() == [0.0]
    assert np.isnan(found.low).all()
    assert found.quantile().time == 2.0
    assert cumulative_incidence([2.0, 2.0], [1, 1]).estimate.tolist() == [1.0]


def test_one_patient() -> None:
    assert kaplan_meier([4.0], [1]).at([3.9, 4.0]).tolist() == [1.0, 0.0]


def test_a_cause_that_nobody_has_stays_zero() -> None:
    found = cumulative_incidence(T, E, cause=3)
    assert found.estimate.tolist() == [0.0] * 4
    assert found.variance.tolist() == [0.0] * 4
    assert np.isnan(found.limits()[0]).all()


def test_late_entry_counts_nobody_before_it() -> None:
    # By hand: at 2 only the first two are at risk (the third enters at 2.5), at 3 the last two.
    found = kaplan_meier([2.0, 3.0, 4.0], [1, 1, 0], entry=[0.0, 0.0, 2.5])
    assert found.n_risk.tolist() == [2, 2, 1]
    assert found.estimate.tolist() == pytest.approx([0.5, 0.25, 0.25])


def test_limits_of_an_incidence_hold_it() -> None:
    found = cumulative_incidence([1.0, 2.0, 3.0, 4.0, 5.0], [1, 2, 1, 0, 1])
    low, high = found.limits()
    inside = ~np.isnan(low)
    assert inside.sum() >= 3
    assert np.all((low < found.estimate) & (found.estimate < high) | ~inside)
