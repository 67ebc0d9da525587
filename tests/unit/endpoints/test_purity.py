"""Donor share corrected for the purity of a sort."""

from statistics import NormalDist

import pytest

from nktrial.core.errors import MethodError
from nktrial.endpoints import purity_bounds, purity_corrected, purity_corrected_share
from nktrial.model.uncertainty import PROBABILITIES, Uncertain, certain


def normal(mean: float, sd: float) -> Uncertain:
    return Uncertain(mean, tuple(NormalDist(mean, sd).inv_cdf(float(p)) for p in PROBABILITIES))


def test_a_pure_sort_needs_no_correction() -> None:
    assert purity_corrected(0.42, 1.0, 0.9) == 0.42


def test_the_mixture_is_undone() -> None:
    # 90 % NK cells with a donor share of 0.70 and 10 % others with 0.20 show 0.65.
    assert purity_corrected(0.65, 0.9, 0.2) == pytest.approx(0.70)


@pytest.mark.parametrize(("observed", "purity", "contaminant"), [(0.05, 0.5, 0.9), (0.95, 0.5, 0.1), (0.5, 0.0, 0.5)])
def test_numbers_that_contradict_each_other_are_refused(observed: float, purity: float, contaminant: float) -> None:
    with pytest.raises(MethodError) as caught:
        purity_corrected(observed, purity, contaminant)
    assert caught.value.code == "NK-EXP-02"


@pytest.mark.parametrize(("observed", "purity", "contaminant"), [(65, 0.9, 0.2), (0.65, 90, 0.2), (0.65, 0.9, 20)])
def test_percent_is_refused(observed: float, purity: float, contaminant: float) -> None:
    with pytest.raises(MethodError) as caught:
        purity_corrected(observed, purity, contaminant)
    assert caught.value.code == "NK-COR-05"


def test_the_interval_is_that_of_two_independent_shares() -> None:
    # sd of (p - 0.2 c) / 0.8 with sd(p) = 0.03, sd(c) = 0.06: sqrt(0.03^2 + 0.012^2) / 0.8 = 0.04039
    found = purity_corrected_share(normal(0.60, 0.03), 0.8, normal(0.20, 0.06))
    assert found.value == pytest.approx(0.70)
    assert found.interval() == pytest.approx((0.70 - 1.96 * 0.04039, 0.70 + 1.96 * 0.04039), abs=0.001)


def test_a_certain_pure_sort_keeps_its_distribution_and_nothing_leaves_0_to_1() -> None:
    assert purity_corrected_share(normal(0.60, 0.03), 1.0, certain(0.9)).interval() == pytest.approx(
        normal(0.60, 0.03).interval(), abs=1e-3
    )
    low, high = purity_corrected_share(normal(0.97, 0.05), 0.9, certain(0.9)).interval()
    assert 0.8 < low < high == 1.0


def test_without_the_contaminants_only_bounds_are_known() -> None:
    # all others the donor's: (0.60 - 0.2) / 0.8 = 0.5; none of them: 0.60 / 0.8 = 0.75
    assert purity_bounds(certain(0.60), 0.8) == pytest.approx((0.50, 0.75))
    assert purity_bounds(certain(0.10), 0.8) == pytest.approx((0.0, 0.125))


@pytest.mark.parametrize("purity", [0.0, 0.3, 0.499])
def test_a_purity_that_says_nothing_is_refused(purity: float) -> None:
    with pytest.raises(MethodError) as caught:
        purity_corrected_share(certain(0.2), purity, certain(0.2))
    with pytest.raises(MethodError) as bounds:
        purity_bounds(certain(0.2), purity)
    assert (caught.value.code, bounds.value.code) == ("NK-EXP-05", "NK-EXP-05")
