"""Donor NK cells of one sample."""

from collections.abc import Callable

import pytest

from nktrial.endpoints import DonorNkEstimate, Missing, NkFraction, SampleFactors, TypedDna, donor_nk
from nktrial.endpoints.product import widened
from nktrial.model.plan import ExpansionRule
from nktrial.model.uncertainty import Uncertain, certain

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]


def had(found: DonorNkEstimate | Missing) -> DonorNkEstimate:
    assert isinstance(found, DonorNkEstimate)
    return found


def test_the_point_value_is_exactly_the_product(sample: BuildSample, rule: BuildRule) -> None:
    found = had(donor_nk(sample(), rule()))
    assert found.per_ul.value == 1000.0 * 0.2 * 0.8
    assert (found.success, found.could_succeed, found.below_lod) == (True, True, False)
    assert (found.fraction_typed, found.formula) == ("CD56", "sorted_nk")
    assert found.any_origin_per_ul == 1000.0 * 0.2
    assert found.ci95[0] < found.per_ul.value < found.ci95[1]


def test_without_uncertainty_the_interval_is_the_value(rule: BuildRule) -> None:
    exact = SampleFactors(
        "S", 14, "PB", "ok", certain(1000.0), NkFraction(certain(0.2), 400, 2000), {"WB": TypedDna(certain(0.5))}
    )
    found = had(donor_nk(exact, rule()))
    assert found.ci95[0] == pytest.approx(100.0)
    assert found.ci95[1] == pytest.approx(100.0)
    assert (found.success, found.p_success) == (False, 0.0)
    inclusive = had(donor_nk(exact, rule(comparison=">=")))
    assert (inclusive.success, inclusive.p_success) == (True, 1.0)


def test_each_missing_factor_is_named(sample: BuildSample, rule: BuildRule) -> None:
    gone = Missing("the tube clotted.", "NK-ABC")
    for changed, code in (
        (sample(alc=gone), "NK-EXP-11"),
        (sample(nk_events=gone), "NK-EXP-12"),
        (sample(typed={"CD56": gone}), "NK-EXP-13"),
    ):
        found = donor_nk(changed, rule())
        assert isinstance(found, Missing)
        assert found.code == code
        assert "the tube clotted" in found.reason


def test_a_factor_below_its_limit_bounds_the_product(sample: BuildSample, rule: BuildRule) -> None:
    alc = donor_nk(sample(alc=Missing("below the limit.", upper=50.0)), rule())
    assert isinstance(alc, Missing)
    assert alc.upper == 50.0
    nk = donor_nk(sample(nk_events=Missing("no event.", upper=0.01)), rule())
    assert isinstance(nk, Missing)
    assert nk.upper == pytest.approx(10.0)


def test_below_lod_as_estimated(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    low = sample(typed={"CD56": dna(0.01, 0.005, lod=0.03)})
    found = had(donor_nk(low, rule()))
    assert found.below_lod
    assert found.per_ul.value == pytest.approx(2.0)
    assert found.lod_per_ul == pytest.approx(1000 * 0.2 * 0.03)


def test_below_lod_as_zero(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    low = sample(typed={"CD56": dna(0.01, 0.001, lod=0.03)})
    found = had(donor_nk(low, rule(below_lod="zero")))
    assert (found.per_ul.value, found.donor_fraction.value, found.below_lod) == (0.0, 0.0, True)
    assert found.ci95[0] == 0.0
    assert found.ci95[1] == pytest.approx(2.4, abs=0.2)
    assert "NK-EXP-32" in [finding.code for finding in found.findings]


def test_below_lod_not_evaluable(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    low = sample(typed={"CD56": dna(0.01, lod=0.03)})
    found = donor_nk(low, rule(below_lod="not_evaluable"))
    assert isinstance(found, Missing)
    assert found.code == "NK-EXP-14"
    assert found.upper == pytest.approx(6.0)


def test_at_the_lod_is_not_below_it(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    assert not had(donor_nk(sample(typed={"CD56": dna(0.03, lod=0.03)}), rule())).below_lod


def test_the_interval_is_widened_to_the_point_value() -> None:
    interval, findings = widened(Uncertain(1.0, certain(0.9).quantiles), "S")
    assert interval == (0.9, 1.0)
    assert [finding.code for finding in findings] == ["NK-EXP-32"]
    assert widened(certain(0.9), "S") == ((0.9, 0.9), ())


def test_a_preferred_fraction_that_failed_is_told(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    typed = {"CD56": Missing("no peaks.", "NK-ABC"), "WB": dna(0.5)}
    found = had(donor_nk(sample(typed=typed), rule()))
    assert found.formula == "published_whole_blood"
    assert [finding.code for finding in found.findings] == ["NK-EXP-29"]


def test_a_fraction_that_nobody_typed_is_no_failure(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    assert had(donor_nk(sample(typed={"WB": dna(0.5)}), rule())).findings == ()


def test_too_few_lymphocytes_could_not_succeed(sample: BuildSample, rule: BuildRule) -> None:
    assert not had(donor_nk(sample(alc=100.0), rule())).could_succeed
    assert had(donor_nk(sample(alc=100.0), rule(comparison=">="))).could_succeed
