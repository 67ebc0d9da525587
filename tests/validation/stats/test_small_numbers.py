"""Tests and limits of few patients, and trial designs, against R, clinfun and published boundaries."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats.contingency import odds_ratio

from nktrial.stats import (
    BoinTrial,
    ExactP,
    boin_chances,
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
)
from nktrial.stats.paired import Limits

PRECISION = 1e-8


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "clinical" / "exact_stats" / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def close(value: float | None, expected: str | float) -> bool:
    return value is not None and (value == float(expected) or math.isclose(value, float(expected), rel_tol=PRECISION))


def test_mid_p_limits(data_dir: Path) -> None:
    table = rows(data_dir, "proportion_ci.csv")
    assert len(table) == 182
    for row in table:
        low, high = mid_p(int(row["x"]), int(row["n"]), float(row["conf"]))
        assert close(low, row["midp_lower"]), row
        assert close(high, row["midp_upper"]), row


def test_p_of_fishers_test(data_dir: Path) -> None:
    table = rows(data_dir, "fisher_2x2.csv")
    assert len(table) == 5
    for row in table:
        found = fisher_exact(*(int(row[cell]) for cell in "abcd"))
        assert close(found.p_two_sided, row["p_two_sided"])
        assert close(found.p_greater, row["p_greater"])
        assert close(found.p_less, row["p_less"])


def test_odds_ratios_within_the_tolerance_of_rs_root_finder(data_dir: Path) -> None:
    # R: uniroot(tol = .Machine$double.eps^0.25), on the odds ratio below 1 and on its inverse above 1.
    tolerance = 1.3e-4
    for row in rows(data_dir, "fisher_2x2.csv"):
        found = fisher_exact(*(int(row[cell]) for cell in "abcd"))
        assert found.odds_ratio is not None
        for value, name in ((found.odds_ratio, "or_cmle"), (found.low, "or_lower"), (found.high, "or_upper")):
            expected = float(row[name])
            scaled = (value, expected) if expected <= 1 else (1 / value, 1 / expected)
            assert scaled[0] == pytest.approx(scaled[1], abs=tolerance), (row, name)


@pytest.mark.parametrize(
    ("table", "expected"),
    [  # R 4.2.2: the equations of fisher.test, solved by uniroot on the log odds ratio with tol = 1e-15
        ((3, 1, 1, 3), (6.40831965819967, 0.211735595446578, 626.243530588814)),
        ((6, 0, 1, 5), (math.inf, 1.68294487649576, math.inf)),
        ((5, 0, 5, 6), (math.inf, 0.665313681771929, math.inf)),
        ((2, 0, 0, 2), (math.inf, 0.219421500623128, math.inf)),
        ((10, 4, 3, 12), (9.06784088768965, 1.42226628981759, 80.3479087748257)),
    ],
)
def test_odds_ratios_where_r_solves_to_the_end(
    table: tuple[int, int, int, int], expected: tuple[float, float, float]
) -> None:
    found = fisher_exact(*table)
    assert (found.odds_ratio, found.low, found.high) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("table", [(3, 1, 1, 3), (10, 4, 3, 12), (0, 6, 4, 2), (7, 40, 2, 31)])
def test_odds_ratios_of_scipy(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    other: Any = odds_ratio([[a, b], [c, d]], kind="conditional")
    limits = other.confidence_interval(0.95)
    found = fisher_exact(*table)
    assert (found.odds_ratio, found.low, found.high) == pytest.approx(
        (other.statistic, limits.low, limits.high), rel=1e-6
    )


@pytest.mark.parametrize("name", ["n2", "n5", "n8"])
def test_pairs(data_dir: Path, name: str) -> None:
    known = json.loads((data_dir / "clinical" / "exact_stats" / "paired_exact.json").read_text())[name]
    change = np.subtract(known["post"], known["pre"])
    ranks, signs = signed_rank(change), sign_test(change)
    assert isinstance(ranks.p, ExactP)
    assert isinstance(signs.p, ExactP)
    assert ranks.statistic == known["V"]
    assert close(ranks.p.two_sided, known["wilcoxon_p_two"])
    assert close(ranks.p.greater, known["wilcoxon_p_greater"])
    assert close(signs.p.two_sided, known["sign_p_two"])
    ratio = geometric_mean_ratio(known["pre"], known["post"])
    assert close(ratio.ratio, known["geo_mean_ratio"])
    assert close(ratio.low, known["gmr_lower"])
    assert close(ratio.high, known["gmr_upper"])
    assert close(ratio.t, known["t_log"])
    assert close(ratio.p_two_sided, known["t_log_p"])


TWELVE = (1.1, -2.3, 3.7, 4.2, 5.9, -0.6, 7.4, 8.8, 9.1, 10.3, 11.7, 12.2)


@pytest.mark.parametrize(("level", "low", "high"), [(0.9, 3.4, 8.85), (0.95, 2.65, 9.55), (0.99, 1.1, 10.4)])
def test_limits_of_hodges_lehmann_as_wilcox_test_gives_them(level: float, low: float, high: float) -> None:
    found = hodges_lehmann(TWELVE, level=level)  # R 4.2.2: wilcox.test(v, exact = TRUE, conf.int = TRUE)
    assert isinstance(found.limits, Limits)
    assert (found.limits.low, found.limits.high) == pytest.approx((low, high), rel=PRECISION)
    assert found.limits.reached >= level


def test_the_pairs_of_hollander_and_wolfe() -> None:
    # R 4.2.2, example of ?wilcox.test: V = 40, p = 0.0390625, pseudo-median 0.46, limits 0.010 and 0.786
    first = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    second = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    ranks, middle = signed_rank(first - second), hodges_lehmann(first - second)
    assert isinstance(ranks.p, ExactP)
    assert isinstance(middle.limits, Limits)
    assert (ranks.statistic, ranks.p.two_sided) == pytest.approx((40.0, 0.0390625), rel=PRECISION)
    assert (middle.estimate, middle.limits.low, middle.limits.high) == pytest.approx(
        (0.46, 0.010, 0.786), rel=PRECISION
    )


def test_simons_designs(data_dir: Path) -> None:
    table = rows(data_dir, "simon_two_stage.csv")
    assert len(table) == 20
    for row in table:
        both = simon_two_stage(*(float(row[name]) for name in ("p0", "p1", "alpha", "beta")))
        found = both.optimal if row["design"] == "optimal" else both.minimax
        assert [found.r1, found.n1, found.r, found.n] == [int(row[name]) for name in ("r1", "n1", "r", "n")], row
        assert close(found.expected_n, row["EN(p0)"])
        assert close(found.early_stop, row["PET(p0)"])
        assert found.type_1 <= float(row["alpha"])
        assert found.power >= 1 - float(row["beta"])


def test_boundaries_of_boin(data_dir: Path) -> None:
    for row in rows(data_dir, "boin_lambda.csv"):
        rule = boin_rule(float(row["target"]))
        assert close(rule.lambda_e, row["lambda_e"])
        assert close(rule.lambda_d, row["lambda_d"])
    decisions = rows(data_dir, "boin_decision.csv")
    assert len(decisions) == 54
    for row in decisions:
        step = boin_table(boin_rule(float(row["target"])), 18)[int(row["n"]) - 1]
        out = row["eliminate_if_dlt_ge"]
        assert step.escalate == int(row["escalate_if_dlt_le"])
        assert step.deescalate == int(row["deescalate_if_dlt_ge"])
        assert step.eliminate == (None if out == "NA" else int(out))


def test_posteriors_of_monitoring(data_dir: Path) -> None:
    table = rows(data_dir, "beta_binomial_monitoring.csv")
    assert len(table) == 243
    for row in table:
        found = posterior_above(int(row["x"]), int(row["n"]), float(row["pT"]), (float(row["a"]), float(row["b"])))
        assert close(found, row["post_prob_gt_pT"]), row


@pytest.mark.parametrize(
    ("design", "expected"),
    [  # R 4.2.2: the first n at which qbinom and pbinom keep both errors; r, n, type I, power
        ((0.05, 0.25, 0.05, 0.2), (2, 16, 0.0429378534858, 0.8028889501)),
        ((0.2, 0.4, 0.05, 0.1), (14, 47, 0.0366368930406, 0.901225667848)),
        ((0.1, 0.3, 0.05, 0.2), (5, 25, 0.0333999446115, 0.806511557912)),
        ((0.5, 0.7, 0.01, 0.1), (50, 80, 0.00915804875846, 0.908402110037)),
    ],
)
def test_single_stages(design: tuple[float, float, float, float], expected: tuple[int, int, float, float]) -> None:
    found = single_stage(*design)
    assert (found.r, found.n, found.type_1, found.power) == pytest.approx(expected, rel=PRECISION)


@pytest.mark.parametrize(
    ("target", "rates", "cohorts", "shares", "patients"),
    [  # R 4.2.2: the rules of BOIN 2.7.2's get.oc and select.mtd, 40,000 trials, seed 6; the last share: no dose
        (
            0.3,
            (0.05, 0.15, 0.3, 0.45, 0.6),
            10,
            (0.01117, 0.23250, 0.54975, 0.19195, 0.01428, 0.00035),
            (4.1575, 9.1585, 11.1434, 4.7411, 0.7904),
        ),
        (0.25, (0.3, 0.4, 0.5), 8, (0.62560, 0.11645, 0.01275, 0.24520), (16.1715, 4.0020, 0.8398)),
    ],
)
def test_trials_by_boin(
    target: float, rates: tuple[float, ...], cohorts: int, shares: tuple[float, ...], patients: tuple[float, ...]
) -> None:
    trial = BoinTrial(boin_rule(target), cohorts, 3)
    found = boin_chances(trial, rates, trials=40_000, generator=np.random.default_rng(2))
    errors = [math.sqrt(2 * max(share * (1 - share), 1e-4) / 40_000) for share in shares]  # of a difference
    for value, share, error in zip((*found.chosen, found.none), shares, errors, strict=True):
        assert value == pytest.approx(share, abs=4.5 * error)
    assert found.patients == pytest.approx(patients, abs=0.15)
