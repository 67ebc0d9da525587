"""Cut at a quantile of a control."""

import math

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.quantile import quantile_cut, quantile_ranks


def plain_below(rank: int, events: int, q: float) -> float:
    """Return P(B < rank), B binomial(events, q), term by term."""
    return sum(math.comb(events, k) * q**k * (1.0 - q) ** (events - k) for k in range(rank))


@pytest.mark.parametrize(("events", "q"), [(40, 0.5), (100, 0.9), (200, 0.95), (60, 0.1)])
def test_ranks_are_the_tightest_that_hold_the_level(events: int, q: float) -> None:
    ranks = quantile_ranks(events, q, 0.95)
    assert ranks is not None
    first, last = ranks
    assert plain_below(first, events, q) <= 0.025 < plain_below(first + 1, events, q)
    assert 1.0 - plain_below(last, events, q) <= 0.025 < 1.0 - plain_below(last - 1, events, q)


def test_ranks_of_a_median_are_those_of_the_tables() -> None:
    # Sign-test limits of a median, n = 10 and n = 20, 95 %: 2nd to 9th and 6th to 15th value.
    assert quantile_ranks(10, 0.5, 0.95) == (2, 9)
    assert quantile_ranks(20, 0.5, 0.95) == (6, 15)


def test_fewest_events_follow_from_the_closed_form() -> None:
    fewest = math.ceil(math.log(0.025) / math.log(0.995))
    assert fewest == 736
    values = np.arange(736.0)
    assert quantile_cut(values[:735]).problem == "too few events"
    assert quantile_cut(values).value == pytest.approx(0.995 * 735.0)


def test_cut_is_linear_between_order_statistics() -> None:
    # 1 + (n - 1) q = 1 + 100 x 0.905 = 91.5: midway between the 91st and the 92nd value.
    cut = quantile_cut(np.arange(1.0, 102.0) ** 2, 0.905)
    assert cut.value == pytest.approx((91.0**2 + 92.0**2) / 2.0)
    assert cut.evidence["interval_low"] == cut.evidence["rank_low"] ** 2
    assert cut.evidence["interval_high"] == cut.evidence["rank_high"] ** 2
    spread = 1.4826 * float(np.median(np.abs(np.arange(1.0, 102.0) ** 2 - 51.0**2)))
    width = cut.evidence["interval_high"] - cut.evidence["interval_low"]
    assert cut.quality == pytest.approx(spread / (spread + width))


def test_interval_covers_the_true_quantile(rng: np.random.Generator) -> None:
    covered = 0
    for _ in range(400):
        cut = quantile_cut(rng.random(1000), 0.98)
        covered += cut.evidence["interval_low"] <= 0.98 <= cut.evidence["interval_high"]
    assert covered >= 0.95 * 400 - 3 * math.sqrt(400 * 0.95 * 0.05)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([], "no events"),
        ([np.nan], "no events"),
        ([2.0] * 5000, "all values are equal"),
        ([1.0, 2.0], "too few events"),
    ],
)
def test_what_cannot_be_cut_is_a_problem(values: list[float], problem: str) -> None:
    cut = quantile_cut(values)
    assert (cut.value, cut.problem, cut.quality) == (None, problem, 0.0)


def test_wrong_options_are_refused() -> None:
    with pytest.raises(MethodError, match="NK-CYT-72"):
        quantile_cut([1.0], 1.0)
    with pytest.raises(MethodError, match="NK-CYT-72"):
        quantile_cut([1.0], level=0.0)
