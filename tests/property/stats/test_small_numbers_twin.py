"""Few patients and trial designs by their definitions: every sign, every table, every path, every design."""

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.stats import (
    BoinTrial,
    ExactP,
    MonitoringRule,
    boin_chances,
    boin_choice,
    boin_rule,
    boin_table,
    fisher_exact,
    hodges_lehmann,
    mid_p,
    sign_test,
    signed_rank,
    simon_two_stage,
    single_stage,
    three_plus_three_chances,
)
from nktrial.stats.boin import _monotone
from nktrial.stats.monitoring import boundaries, chances, posterior_wrong
from nktrial.stats.paired import Limits

CELLS = st.integers(0, 9)
State = tuple[tuple[int, ...], tuple[int, ...], int, int]
CHANGES = st.lists(st.integers(-4, 4), min_size=1, max_size=9)


def exactly(x: int, n: int, p: Fraction | float) -> Fraction | float:
    return comb(n, x) * p**x * (1 - p) ** (n - x) if 0 <= x <= n else 0


def above(x: int, n: int, p: Fraction | float) -> Fraction | float:
    return sum((exactly(k, n, p) for k in range(max(x + 1, 0), n + 1)), start=Fraction(0))


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.9, 0.95]))
def test_mid_p_halves_the_observed_count(counts: tuple[int, int], level: float) -> None:
    x, n = counts
    low, high = mid_p(x, n, level)
    if x > 0:
        assert float(above(x, n, low) + exactly(x, n, low) / 2) == pytest.approx((1 - level) / 2, rel=1e-7)
    if x < n:
        assert float(1 - above(x, n, high) - exactly(x, n, high) / 2) == pytest.approx((1 - level) / 2, rel=1e-6)


@given(CELLS, CELLS, CELLS, CELLS)
def test_fisher_counts_tables(a: int, b: int, c: int, d: int) -> None:
    if a + b + c + d == 0:
        return
    weight = {k: comb(a + b, k) * comb(c + d, a + c - k) for k in range(a + c + 1) if k <= a + b and a + c - k <= c + d}
    whole = sum(weight.values())
    found = fisher_exact(a, b, c, d)
    assert found.p_greater == pytest.approx(sum(v for k, v in weight.items() if k >= a) / whole, rel=1e-9)
    assert found.p_less == pytest.approx(sum(v for k, v in weight.items() if k <= a) / whole, rel=1e-9)
    assert found.p_two_sided == pytest.approx(sum(v for v in weight.values() if v <= weight[a]) / whole, rel=1e-9)
    assert found.smallest_p <= found.p_two_sided + 1e-12
    turned = fisher_exact(c, d, a, b)  # the groups exchanged: the odds ratio is turned over
    if found.odds_ratio not in {None, 0.0, float("inf")} and turned.odds_ratio is not None:
        assert found.odds_ratio == pytest.approx(1 / turned.odds_ratio, rel=1e-8)


@given(CHANGES, st.sampled_from(["drop", "pratt"]))
def test_signed_rank_lists_all_signs(changes: list[int], zeros: str) -> None:
    ranked = changes if zeros == "pratt" else [value for value in changes if value]
    size = [abs(value) for value in ranked]
    ranks = [
        Fraction(sum(other < own for other in size)) + Fraction(sum(other == own for other in size) + 1, 2)
        for own in size
    ]
    kept = [(value, rank) for value, rank in zip(ranked, ranks, strict=True) if value]
    observed = sum((rank for value, rank in kept if value > 0), start=Fraction(0))
    found = signed_rank(changes, zeros="pratt" if zeros == "pratt" else "drop")
    assert found.statistic == float(observed)
    assert (found.pairs, found.zeros) == (len(kept), changes.count(0))
    if not kept:
        assert not isinstance(found.p, ExactP)
        return
    assert isinstance(found.p, ExactP)
    sums = [
        sum((rank for sign, (_, rank) in zip(signs, kept, strict=True) if sign), start=Fraction(0))
        for signs in product((False, True), repeat=len(kept))
    ]
    greater = sum(value >= observed for value in sums) / len(sums)
    less = sum(value <= observed for value in sums) / len(sums)
    assert found.p.greater == pytest.approx(greater, rel=1e-12)
    assert found.p.less == pytest.approx(less, rel=1e-12)
    assert found.p.two_sided == pytest.approx(min(1.0, 2 * min(greater, less)), rel=1e-12)
    assert found.p.smallest <= found.p.two_sided


@given(CHANGES)
def test_signs_of_a_fair_coin(changes: list[int]) -> None:
    found = sign_test(changes)
    n, up = sum(value != 0 for value in changes), sum(value > 0 for value in changes)
    if isinstance(found.p, ExactP):
        assert found.p.greater == pytest.approx(float(above(up - 1, n, Fraction(1, 2))), rel=1e-12)
        assert found.p.less == pytest.approx(float(1 - above(up, n, Fraction(1, 2))), rel=1e-12)


@given(st.lists(st.integers(-40, 40), min_size=6, max_size=9, unique_by=lambda value: abs(value) + 1000 * (value == 0)))
def test_the_limits_hold_what_the_test_does_not_refuse(values: list[int]) -> None:
    changes = np.array(values, dtype=float) + np.linspace(0.0, 0.1, len(values)) ** 2 / 7.0  # no ties of averages
    found = hodges_lehmann(changes)
    assert isinstance(found.limits, Limits)
    assert found.limits.low <= found.estimate <= found.limits.high
    for shift, refused in ((found.limits.low - 1e-7, True), (found.limits.low + 1e-7, False)):
        moved = signed_rank(changes - shift).p
        assert isinstance(moved, ExactP)
        assert (moved.two_sided <= 0.05) is refused


def test_simon_tries_every_design() -> None:
    p0, p1, alpha, beta, most = 0.2, 0.55, 0.1, 0.2, 16
    fitting = []
    for n in range(2, most + 1):
        for n1, r1 in ((first, bound) for first in range(1, n) for bound in range(first)):
            for r in range(r1 + 1, n):
                kept = [
                    sum(exactly(x, n1, p) * above(r - x, n - n1, p) for x in range(r1 + 1, n1 + 1)) for p in (p0, p1)
                ]
                if kept[0] <= alpha and kept[1] >= 1 - beta:
                    stop = 1 - float(above(r1, n1, p0))
                    fitting.append((n1 + (1 - stop) * (n - n1), n, r1, n1, r))
    found = simon_two_stage(p0, p1, alpha, beta, n_max=most)
    expected, n, *_ = min(fitting)
    assert found.optimal.n == n
    assert found.optimal.expected_n == pytest.approx(expected, rel=1e-10)
    fewest = min(item[1] for item in fitting)
    least = min(item[0] for item in fitting if item[1] == fewest)
    assert found.minimax.n == fewest
    assert found.minimax.expected_n == pytest.approx(least, rel=1e-10)


@pytest.mark.parametrize(
    ("p0", "p1", "alpha", "beta"), [("1/20", "1/4", "1/20", "1/5"), ("1/5", "2/5", "1/20", "1/10")]
)
def test_single_stage_tries_every_size(p0: str, p1: str, alpha: str, beta: str) -> None:
    low, high, first, second = (Fraction(text) for text in (p0, p1, alpha, beta))

    def fits(n: int) -> int | None:
        r = next(r for r in range(n + 1) if above(r, n, low) <= first)
        return r if above(r, n, high) >= 1 - second else None

    found = single_stage(float(low), float(high), float(first), float(second), n_max=60)
    sizes = [n for n in range(1, 61) if fits(n) is not None]
    assert (found.n, found.r) == (sizes[0], fits(sizes[0]))
    assert found.always_from == max(n for n in range(1, 61) if n not in sizes) + 1
    assert found.type_1 == pytest.approx(float(above(found.r, found.n, low)), rel=1e-12)
    assert found.power == pytest.approx(float(above(found.r, found.n, high)), rel=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.15, 0.4, 1.0])
@pytest.mark.parametrize(
    "rule",
    [
        MonitoringRule("toxicity", (0.6, 1.4), 0.3, 0.8, 2, 9),
        MonitoringRule("futility", (1.0, 1.0), 0.4, 0.85, 3, 9),
    ],
)
def test_monitoring_plays_every_path(rule: MonitoringRule, rate: float) -> None:
    stop, early, expected = 0.0, 0.0, 0.0
    for path in product((0, 1), repeat=rule.last):
        chance = float(np.prod([rate if event else 1 - rate for event in path]))
        looks = (
            n for n in range(rule.first, rule.last + 1) if posterior_wrong(sum(path[:n]), n, rule) > rule.probability
        )
        ended = next(looks, None)
        stop += chance * (ended is not None)
        early += chance * (ended is not None and ended < rule.last)
        expected += chance * (ended or rule.last)
    found = chances(rule, rate)
    assert (found.stop, found.early_stop, found.expected_n) == pytest.approx((stop, early, expected), abs=1e-12)


@given(st.integers(1, 60), st.floats(0.05, 0.6), st.floats(0.6, 0.99))
def test_a_boundary_is_where_the_posterior_turns(n: int, limit: float, probability: float) -> None:
    rule = MonitoringRule("toxicity", (0.5, 0.5), limit, probability, n, n)
    (bound,) = boundaries(rule)
    stopping = [x for x in range(n + 1) if posterior_wrong(x, n, rule) > probability]
    assert bound.stop == (min(stopping) if stopping else None)
    assert stopping == list(range(n + 1 - len(stopping), n + 1))


def play_three_plus_three(rates: list[Fraction], *, confirm: bool) -> dict[int, Fraction]:
    """Play every cohort of every trial: the chance of each dose, -1 for none."""
    chosen: dict[int, Fraction] = {}

    def end(dose: int, seen: dict[int, list[int]], chance: Fraction) -> None:
        if confirm and dose >= 0 and len(seen[dose]) == 1:
            for x in range(4):
                more = {**seen, dose: [*seen[dose], x]}
                share = chance * Fraction(exactly(x, 3, rates[dose]))
                if sum(more[dose]) <= 1:
                    chosen[dose] = chosen.get(dose, Fraction(0)) + share
                else:
                    end(dose - 1, more, share)
            return
        chosen[dose] = chosen.get(dose, Fraction(0)) + chance

    def treat(dose: int, seen: dict[int, list[int]], chance: Fraction) -> None:
        for x in range(4):
            now = [*seen.get(dose, []), x]
            share = chance * Fraction(exactly(x, 3, rates[dose]))
            told = {**seen, dose: now}
            if len(now) == 1 and x == 1:
                treat(dose, told, share)
            elif sum(now) > 1:
                end(dose - 1, told, share)
            elif dose + 1 == len(rates):
                end(dose, told, share)
            else:
                treat(dose + 1, told, share)

    treat(0, {}, Fraction(1))
    return chosen


@pytest.mark.parametrize("confirm", [False, True])
def test_three_plus_three_plays_every_cohort(*, confirm: bool) -> None:
    rates = [Fraction(1, 20), Fraction(1, 5), Fraction(2, 5), Fraction(3, 5)]
    played = play_three_plus_three(rates, confirm=confirm)
    found = three_plus_three_chances([float(rate) for rate in rates], confirm=confirm)
    assert found.none == pytest.approx(float(played[-1]), rel=1e-12)
    assert found.chosen == pytest.approx([float(played[dose]) for dose in range(4)], rel=1e-12)
    assert sum(found.chosen) + found.none == pytest.approx(1.0, rel=1e-12)


def test_boin_simulated_is_boin_counted() -> None:
    rates, rule, cohorts, size = [0.15, 0.3, 0.5], boin_rule(0.3), 4, 3
    steps = boin_table(rule, cohorts * size)
    states: dict[State, float] = {((0, 0, 0), (0, 0, 0), 0, 3): 1.0}  # toxicities, patients, dose, doses not given up
    for _ in range(cohorts):
        later: dict[State, float] = {}
        for (x, n, dose, usable), chance in states.items():
            if usable == 0:
                later[x, n, dose, usable] = later.get((x, n, dose, usable), 0.0) + chance
                continue
            for events in range(size + 1):
                seen = tuple(value + events * (place == dose) for place, value in enumerate(x))
                treated = tuple(value + size * (place == dose) for place, value in enumerate(n))
                step = steps[treated[dose] - 1]
                left = dose if step.eliminate is not None and seen[dose] >= step.eliminate else usable
                if seen[dose] <= step.escalate:
                    to = dose + 1 if dose + 1 < left else dose
                else:
                    to = dose - 1 if seen[dose] >= step.deescalate and dose else dose
                key = (seen, treated, to, left)
                later[key] = later.get(key, 0.0) + chance * float(exactly(events, size, rates[dose]))
        states = later
    exact = [0.0] * 4
    patients = [0.0] * 3
    for (x, n, *_), chance in states.items():
        chosen = boin_choice(rule, x, n)
        exact[3 if chosen is None else chosen] += chance
        patients = [value + chance * own for value, own in zip(patients, n, strict=True)]
    found = boin_chances(BoinTrial(rule, cohorts, size), rates, trials=40_000, generator=np.random.default_rng(7))
    assert found.error is not None
    assert [*found.chosen, found.none] == pytest.approx(exact, abs=5 * found.error)
    assert found.patients == pytest.approx(patients, abs=0.15)
    assert (found.counted, found.trials) == ("simulated", 40_000)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.1, 50.0)), min_size=1, max_size=7))
def test_pooling_is_the_monotone_fit(pairs: list[tuple[float, float]]) -> None:
    rates, weights = (np.array(column) for column in zip(*pairs, strict=True))
    pooled = np.array(_monotone(rates, weights))
    assert (np.diff(pooled) >= -1e-12).all()
    # The isotonic fit by its max-min formula.
    size = rates.size
    means = [
        max(
            min(float(np.average(rates[a : b + 1], weights=weights[a : b + 1])) for b in range(at, size))
            for a in range(at + 1)
        )
        for at in range(size)
    ]
    assert pooled == pytest.approx(means, rel=1e-9)
