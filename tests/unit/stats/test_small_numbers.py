"""Tests of few pairs and tables, and trial designs: outcomes, ends and refusals."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.stats import (
    AsymptoticP,
    BoinTrial,
    ExactP,
    MonitoringRule,
    NoP,
    TwoStage,
    boin_chances,
    boin_choice,
    boin_rule,
    boin_table,
    fisher_exact,
    geometric_mean_ratio,
    hodges_lehmann,
    mid_p,
    posterior_above,
    sign_test,
    signed_rank,
    simon_two_stage,
    single_stage,
    three_plus_three_chances,
    two_stage_chances,
)
from nktrial.stats.monitoring import boundaries, chances
from nktrial.stats.paired import NoLimits

TOXICITY = MonitoringRule("toxicity", (1.0, 1.0), 0.3, 0.9, 1, 10)


@pytest.mark.parametrize(("pairs", "smallest"), [(1, 1.0), (2, 0.5), (5, 0.0625)])
def test_few_pairs_give_no_asymptotic_p_and_say_the_smallest(pairs: int, smallest: float) -> None:
    p = signed_rank(np.arange(1.0, pairs + 1), method="asymptotic").p
    assert isinstance(p, NoP)
    assert p.smallest == smallest  # 2 of 2^n signs
    assert "too few" in p.reason
    exact = signed_rank(np.arange(1.0, pairs + 1)).p
    assert isinstance(exact, ExactP)
    assert exact.two_sided == exact.smallest == smallest


def test_the_asymptotic_p_of_r() -> None:
    # R 4.2.2: wilcox.test(v, exact = FALSE, correct = FALSE), without and with ties
    free = signed_rank([1.1, -2.3, 3.7, 4.2, 5.9, -0.6, 7.4, 8.8, 9.1, 10.3, 11.7, 12.2], method="asymptotic").p
    tied = signed_rank([1, 1, 2, 2, 3, -1, 4, 5], method="asymptotic").p
    assert isinstance(free, AsymptoticP)
    assert isinstance(tied, AsymptoticP)
    assert free.two_sided == pytest.approx(0.00603955904865683, rel=1e-8)
    assert tied.two_sided == pytest.approx(0.0241770591902683, rel=1e-8)


def test_zeros_are_dropped_or_ranked_by_name() -> None:
    # By hand. drop: ranks 1, 2, 3 of -1, 2, 3. pratt: zeros take ranks 1 and 2, so that 2 and 3 have 4 and 5.
    assert signed_rank([0, 0, -1, 2, 3]).statistic == 5.0
    assert signed_rank([0, 0, -1, 2, 3], zeros="pratt").statistic == 9.0
    nothing = signed_rank([0.0, 0.0])
    assert (nothing.pairs, nothing.zeros) == (0, 2)
    assert isinstance(nothing.p, NoP)
    assert isinstance(sign_test([0.0]).p, NoP)


def test_five_pairs_have_no_95_percent_limits() -> None:
    found = hodges_lehmann([1.0, 2.0, 3.0, 4.0, 5.0])
    assert isinstance(found.limits, NoLimits)
    assert found.limits.most == 0.9375
    assert "0.9375" in found.limits.reason


def test_one_pair_has_a_ratio_without_limits() -> None:
    found = geometric_mean_ratio([2.0], [8.0])
    assert found.ratio == pytest.approx(4.0)
    assert (found.low, found.p_two_sided, found.smallest_p) == (None, None, 1.0)


def test_a_margin_of_nothing_has_no_odds_ratio() -> None:
    found = fisher_exact(0, 3, 0, 4)
    assert (found.odds_ratio, found.low, found.high, found.p_two_sided) == (None, 0.0, math.inf, 1.0)
    assert fisher_exact(0, 3, 3, 0).odds_ratio == 0.0
    assert fisher_exact(2, 0, 0, 2).smallest_p == pytest.approx(1 / 3)


def test_mid_p_of_nothing_is_the_one_sided_limit() -> None:
    assert mid_p(0, 2) == pytest.approx((0.0, 1 - 0.05**0.5), rel=1e-12)  # (1 - p)^2 / 2 = 0.025


def test_a_two_stage_design_at_its_ends() -> None:
    design = TwoStage(1, 10, 5, 29, 0.0, 0.0, 0.0, 0.0)
    never, always = two_stage_chances(design, 0.0), two_stage_chances(design, 1.0)
    assert (never.success, never.early_stop, never.expected_n) == (0.0, 1.0, 10.0)
    assert (always.success, always.early_stop, always.expected_n) == (1.0, 0.0, 29.0)


def test_two_of_two_toxicities_under_a_flat_prior() -> None:
    assert posterior_above(2, 2, 0.3, (1.0, 1.0)) == pytest.approx(1 - 0.3**3)  # beta(3, 1)
    assert [(item.n, item.stop) for item in boundaries(TOXICITY)[:2]] == [(1, 1), (2, 2)]  # 1 - 0.3^2 = 0.91
    assert chances(TOXICITY, 1.0).expected_n == 1.0
    assert chances(TOXICITY, 0.0).stop == 0.0


def test_a_futility_rule_that_cannot_stop_yet() -> None:
    rule = MonitoringRule("futility", (1.0, 1.0), 0.3, 0.9, 1, 8)  # 0 of n: P(rate < 0.3) = 1 - 0.7^(n + 1)
    assert [item.stop for item in boundaries(rule)] == [None] * 5 + [0, 0, 0]


def test_boin_chooses_among_what_was_used_and_not_given_up() -> None:
    rule = boin_rule(0.3)
    assert boin_choice(rule, [0, 1, 3], [3, 6, 3]) == 1  # three of three give up the highest
    assert boin_choice(rule, [3, 0, 0], [3, 0, 0]) is None
    assert boin_choice(rule, [0, 0], [3, 3]) == 1  # equal rates below the target: the higher dose
    assert boin_choice(rule, [2, 2], [4, 4]) == 0  # and above it the lower one


def test_three_plus_three_at_the_ends() -> None:
    free = three_plus_three_chances([0.0, 0.0])
    assert (free.chosen, free.none, free.patients) == ((0.0, 1.0), 0.0, (3.0, 3.0))
    assert three_plus_three_chances([0.0, 0.0], confirm=True).patients == (3.0, 6.0)
    assert three_plus_three_chances([1.0]).none == 1.0


def test_the_same_seed_gives_the_same_trials() -> None:
    trial = BoinTrial(boin_rule(0.25), 5, 3)
    one, two = (boin_chances(trial, [0.1, 0.3], trials=200, generator=np.random.default_rng(3)) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("NK-STA-30", lambda: fisher_exact(-1, 2, 3, 4)),
        ("NK-STA-30", lambda: fisher_exact(0, 0, 0, 0)),
        ("NK-STA-02", lambda: fisher_exact(1, 2, 3, 4, level=1.0)),
        ("NK-STA-31", lambda: signed_rank([1.0, math.nan])),
        ("NK-STA-31", lambda: sign_test([])),
        ("NK-STA-31", lambda: geometric_mean_ratio([1.0, 0.0], [1.0, 2.0])),
        ("NK-STA-31", lambda: geometric_mean_ratio([1.0], [1.0, 2.0])),
        ("NK-STA-32", lambda: signed_rank(np.arange(1.0, 302.0))),
        ("NK-STA-02", lambda: hodges_lehmann([1.0], level=0.0)),
        ("NK-STA-01", lambda: mid_p(3, 2)),
        ("NK-DSN-01", lambda: simon_two_stage(0.4, 0.2, 0.05, 0.2)),
        ("NK-DSN-01", lambda: single_stage(0.2, 0.4, 0.0, 0.2)),
        ("NK-DSN-01", lambda: chances(TOXICITY, 1.5)),
        ("NK-DSN-02", lambda: simon_two_stage(0.2, 0.4, 0.05, 0.2, n_max=1)),
        ("NK-DSN-02", lambda: single_stage(0.2, 0.4, 0.05, 0.2, n_max=5000)),
        ("NK-DSN-03", lambda: simon_two_stage(0.2, 0.25, 0.05, 0.2, n_max=30)),
        ("NK-DSN-03", lambda: single_stage(0.2, 0.25, 0.05, 0.2, n_max=30)),
        ("NK-DSN-04", lambda: posterior_above(0, 1, 0.3, (0.0, 1.0))),
        ("NK-DSN-04", lambda: boundaries(MonitoringRule("toxicity", (1.0, 1.0), 0.3, 1.0, 1, 2))),
        ("NK-DSN-05", lambda: boundaries(MonitoringRule("toxicity", (1.0, 1.0), 0.3, 0.9, 3, 2))),
        ("NK-DSN-05", lambda: boin_table(boin_rule(0.3), 0)),
        ("NK-DSN-06", lambda: boin_rule(0.8)),
        ("NK-DSN-07", lambda: three_plus_three_chances([])),
        ("NK-STA-01", lambda: boin_choice(boin_rule(0.3), [4], [3])),
    ],
)
def test_what_is_refused(code: str, call: Callable[[], object]) -> None:
    with pytest.raises(MethodError) as caught:
        call()
    assert caught.value.code == code
