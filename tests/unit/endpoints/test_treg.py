"""Activated Treg before and after: ratio against the closed form, limits by events, origin, which samples."""

from collections.abc import Mapping
from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.special import ndtri

from nktrial.cytometry.absolute import dual_platform_count
from nktrial.cytometry.activated_treg import activated_treg
from nktrial.endpoints.factors import Missing, TypedDna
from nktrial.endpoints.treg import TregSample, change_ratio, derive_treg
from nktrial.model.plan import TregRule
from nktrial.model.uncertainty import PROBABILITIES, Uncertain, certain

RULE = TregRule("treg", "L", "L/CD4", "L/CD4/A", (-7, 0), (7, 28), "closest_then_earlier", 14)


def log_normal(median: float, spread: float) -> Uncertain:
    return Uncertain(median, tuple(median * np.exp(spread * ndtri(PROBABILITIES))))


def sample(
    day: int,
    events: int,
    *,
    name: str = "",
    cd4: int = 5_000,
    alc: float | None = 1_000.0,
    typed: Mapping[str, TypedDna | Missing] | None = None,
) -> TregSample:
    """A tube of 20,000 lymphocytes."""
    counted = activated_treg(dual_platform_count(events, 20_000, alc or 1.0, lymphocyte_gate="L"), cd4)
    per_ul = Missing("counts.csv has no row for the sample.", "NK-BLD-01") if alc is None else counted.count.per_ul
    name = name or f"d{day}"
    return TregSample(name, day, "PB", "ok", events, cd4, per_ul, counted.share_of_cd4, typed or {})


def recipient(share: float, *, sd: float = 0.005) -> TypedDna:
    donor = 1.0 - share
    quantiles = np.clip(donor + sd * ndtri(PROBABILITIES), 0.0, 1.0)
    return TypedDna(nk_donor=certain(0.0), any_donor=Uncertain(donor, tuple(quantiles)))


def codes(change: object) -> list[str]:
    return [finding.code for finding in change.findings]  # type: ignore[attr-defined]


def test_the_ratio_of_two_log_normal_quantities_has_the_closed_form() -> None:
    found = change_ratio(log_normal(4.0, 0.10), log_normal(10.0, 0.15))
    half = 1.959964 * sqrt(0.10**2 + 0.15**2)  # log ratio: difference of two independent normal deviates
    assert found.value == 2.5
    assert found.low == pytest.approx(2.5 * exp(-half), rel=0.01)
    assert found.high == pytest.approx(2.5 * exp(half), rel=0.01)


def test_literal_counts_give_the_ratio_of_the_products() -> None:
    # 100 of 20,000 lymphocytes at 400/uL are 2/uL; 300 of 20,000 at 800/uL are 12/uL; of 5,000 and 6,000 CD4+.
    change = derive_treg("S", [sample(-1, 100, alc=400.0), sample(14, 300, cd4=6_000, alc=800.0)], RULE)
    assert change.per_ul is not None
    assert change.of_cd4 is not None
    assert change.per_ul.value == pytest.approx(6.0)
    assert change.of_cd4.value == pytest.approx(2.5)  # 300 / 6,000 against 100 / 5,000
    assert change.rose is True
    # Plain arithmetic: counting 1/100 + 1/300, gating 2 x 0.05^2, analyser 2 x 0.05^2 on the log scale.
    half = 1.96 * sqrt(1 / 100 + 1 / 300 + 4 * 0.05**2)
    assert log(change.per_ul.high / 6.0) == pytest.approx(half, rel=0.06)
    assert log(6.0 / change.per_ul.low) == pytest.approx(half, rel=0.06)


def test_a_fall_is_said_and_no_change_is_neither() -> None:
    assert derive_treg("S", [sample(-1, 600), sample(14, 200)], RULE).rose is False
    assert derive_treg("S", [sample(-1, 200), sample(14, 210)], RULE).rose is None


@pytest.mark.parametrize(("before", "after"), [(49, 900), (5, 900), (0, 900), (900, 49), (40, 45)])
def test_nk_trg_02_below_fifty_events_nothing_rose(before: int, after: int) -> None:
    change = derive_treg("S", [sample(-1, before), sample(14, after)], RULE)
    assert change.rose is None
    assert "NK-TRG-02" in codes(change)


def test_none_before_has_no_ratio_but_a_finite_interval() -> None:
    change = derive_treg("S", [sample(-1, 0), sample(14, 300)], RULE)
    assert change.per_ul is not None
    assert change.per_ul.value is None
    assert 1.0 < change.per_ul.low < change.per_ul.high < np.inf


def test_nk_trg_03_without_a_lymphocyte_count_the_fractions_are_compared() -> None:
    change = derive_treg("S", [sample(-1, 100), sample(14, 300, alc=None)], RULE)
    assert (change.reason, change.per_ul, change.rose) == ("", None, None)
    assert change.of_cd4 is not None
    assert change.of_cd4.value == pytest.approx(3.0)
    assert codes(change) == ["NK-TRG-03"]


def test_nk_trg_04_number_and_fraction_to_different_sides() -> None:
    change = derive_treg("S", [sample(-1, 300, cd4=3_000, alc=200.0), sample(14, 300, cd4=9_000, alc=2_000.0)], RULE)
    assert change.rose is True
    assert codes(change) == ["NK-TRG-04"]


def test_a_missing_sample_is_named() -> None:
    change = derive_treg("S", [sample(14, 300), sample(1, 300)], RULE)
    assert "before the infusion (day -7 to 0)" in change.reason
    assert (change.before, change.per_ul, change.rose) == (None, None, None)


@pytest.mark.parametrize("odd", [{"specimen": "BM"}, {"status": "clotted"}])
def test_marrow_and_unusable_samples_are_not_compared(odd: dict[str, str]) -> None:
    change = derive_treg("S", [replace(sample(-1, 300), **odd), sample(14, 300)], RULE)  # type: ignore[arg-type]
    assert change.before is None


@pytest.mark.parametrize(
    ("pick", "before", "after"),
    [
        ("closest_then_earlier", -1, 13),
        ("closest_then_later", -1, 15),
        ("first", -6, 7),
        ("last", -1, 28),
    ],
)
def test_the_pick_orders_the_samples(pick: str, before: int, after: int) -> None:
    days = (-30, -6, -1, 1, 7, 13, 15, 28, 60)
    change = derive_treg("S", [sample(day, 300) for day in days], replace(RULE, pick=pick))  # type: ignore[arg-type]
    assert change.before is not None
    assert change.after is not None
    assert (change.before.day, change.after.day) == (before, after)


def test_nk_trg_01_two_samples_of_a_day() -> None:
    change = derive_treg("S", [sample(-1, 300), sample(14, 300, name="b"), sample(14, 400, name="a")], RULE)
    assert change.after is not None
    assert change.after.sample_id == "a"
    assert codes(change) == ["NK-TRG-01"]


@pytest.mark.parametrize(
    ("share", "sd", "origin"),
    [
        (0.99, 0.005, "recipient"),
        (0.01, 0.005, "donor"),
        (0.50, 0.05, "recipient and donor"),
        (0.95, 0.01, "not determined"),
        (0.97, 0.02, "not determined"),
    ],
)
def test_the_origin_is_that_of_sorted_treg(share: float, sd: float, origin: str) -> None:
    after = sample(14, 300, typed={"Treg": recipient(share, sd=sd), "CD4": recipient(0.5)})
    change = derive_treg("S", [sample(-1, 100), after], RULE)
    assert change.origin == origin
    assert f"{share:.1%}" in change.origin_reason
    assert codes(change) == []


def test_nk_trg_05_sorted_cd4_says_little() -> None:
    after = sample(14, 300, typed={"CD56": recipient(0.01), "CD4": recipient(0.99)})
    change = derive_treg("S", [sample(-1, 100), after], RULE)
    assert change.origin == "recipient"
    assert codes(change) == ["NK-TRG-05"]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({}, "was not typed"),
        ({"CD3": recipient(0.99)}, "was not typed"),
        ({"Treg": Missing("the lane failed.", "NK-STR-01")}, "the lane failed"),
        ({"Treg": TypedDna(nk_donor=certain(0.0))}, "is not given"),
    ],
)
def test_without_sorted_cells_the_origin_is_not_determined(typed: dict[str, TypedDna | Missing], reason: str) -> None:
    change = derive_treg("S", [sample(-1, 100, typed={"Treg": recipient(0.99)}), sample(14, 300, typed=typed)], RULE)
    assert change.origin == "not determined"
    assert reason in change.origin_reason
