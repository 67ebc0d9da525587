"""Limits of a proportion."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.stats import clopper_pearson, jeffreys, lower_limit, upper_limit, wilson


def test_no_event_in_two_patients_still_allows_84_percent() -> None:
    # Closed form for x = 0: upper = 1 - 0.025^(1/n).
    low, high = clopper_pearson(0, 2)
    assert low == 0.0
    assert high == pytest.approx(1 - 0.025**0.5, abs=1e-12)


def test_two_of_two() -> None:
    low, high = clopper_pearson(2, 2)
    assert low == pytest.approx(0.025**0.5, abs=1e-12)
    assert high == 1.0


def test_one_sided_limits_of_no_event() -> None:
    assert upper_limit(0, 2) == pytest.approx(1 - 0.05**0.5, abs=1e-12)
    assert lower_limit(2, 2) == pytest.approx(0.05**0.5, abs=1e-12)
    assert lower_limit(0, 5) == 0.0
    assert upper_limit(5, 5) == 1.0


@pytest.mark.parametrize("limits", [clopper_pearson, wilson, jeffreys])
def test_the_ends_are_exact(limits: object) -> None:
    assert callable(limits)
    assert limits(0, 7)[0] == 0.0
    assert limits(7, 7)[1] == 1.0


@pytest.mark.parametrize(("x", "n"), [(-1, 2), (3, 2), (0, 0), (1.5, 3)])
def test_what_is_no_proportion_is_refused(x: int, n: int) -> None:
    for limits in (clopper_pearson, wilson, jeffreys, upper_limit, lower_limit):
        with pytest.raises(MethodError) as caught:
            limits(x, n)
        assert caught.value.code == "NK-STA-01"


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, float("nan")])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    with pytest.raises(MethodError) as caught:
        clopper_pearson(1, 2, level)
    assert caught.value.code == "NK-STA-02"
