"""Donor NK cells before the infusion."""

from collections.abc import Callable

import pytest

from nktrial.endpoints import BaselineValue, DonorNkEstimate, Missing, NoBaseline, SampleFactors, TypedDna, donor_nk
from nktrial.endpoints.baseline import derive_baseline
from nktrial.model.plan import ExpansionRule

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]


def before(samples: list[SampleFactors], rule: ExpansionRule, endpoint: SampleFactors) -> BaselineValue | NoBaseline:
    value = donor_nk(endpoint, rule)
    assert isinstance(value, DonorNkEstimate)
    return derive_baseline([*samples, endpoint], rule, value)


def test_the_last_sample_before_the_infusion(sample: BuildSample, rule: BuildRule) -> None:
    samples = [sample("Dm7", -7, alc=300.0), sample("Dm1", -1, alc=500.0), sample("D0", 0, alc=900.0)]
    found = before(samples, rule(), sample())
    assert isinstance(found, BaselineValue)
    assert found.estimate.sample_id == "Dm1"
    assert found.estimate.per_ul.value == pytest.approx(80.0)
    assert found.change.value == pytest.approx(160.0 - 80.0)
    low, high = found.change_ci95
    assert low < 80.0 < high
    # Independent values of sd 9.6 and 4.8 or so: the change's half-width is about 1.96 times their root sum of squares.
    assert 15.0 < (high - low) / 2 < 27.0


def test_day_0_counts_where_it_is_stated_to_be_before(sample: BuildSample, rule: BuildRule) -> None:
    found = before([sample("Dm1", -1), sample("D0", 0, before_infusion=True)], rule(), sample())
    assert isinstance(found, BaselineValue)
    assert found.estimate.sample_id == "D0"
    after = before([sample("D0", 0, before_infusion=False)], rule(), sample())
    assert isinstance(after, NoBaseline)


def test_a_donor_share_is_never_assumed(sample: BuildSample, rule: BuildRule) -> None:
    found = before([sample("Dm1", -1, alc=620.0, nk_events=146, lymphocytes=3671, typed={})], rule(), sample())
    assert isinstance(found, NoBaseline)
    assert (found.sample_id, found.day) == ("Dm1", -1)
    assert found.upper_per_ul == pytest.approx(620 * 146 / 3671)


def test_an_older_sample_with_all_factors_is_better_than_none(sample: BuildSample, rule: BuildRule) -> None:
    found = before([sample("Dm7", -7), sample("Dm1", -1, typed={})], rule(), sample())
    assert isinstance(found, BaselineValue)
    assert found.estimate.sample_id == "Dm7"


def test_a_last_sample_below_a_limit_is_not_replaced_by_an_older_one(
    sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    strict = rule(below_lod="not_evaluable")
    found = before([sample("Dm7", -7), sample("Dm1", -1, typed={"CD56": dna(0.01, lod=0.03)})], strict, sample())
    assert isinstance(found, NoBaseline)
    assert found.sample_id == "Dm1"
    assert found.upper_per_ul == pytest.approx(6.0)


def test_nothing_to_bound_it(sample: BuildSample, rule: BuildRule) -> None:
    found = before([sample("Dm1", -1, alc=Missing("not drawn."))], rule(), sample())
    assert isinstance(found, NoBaseline)
    assert (found.sample_id, found.upper_per_ul) == (None, None)
    assert "not drawn" in found.reason


def test_marrow_is_no_baseline(sample: BuildSample, rule: BuildRule) -> None:
    assert isinstance(before([sample("Dm1", -1, specimen="BM")], rule(), sample()), NoBaseline)


def test_the_same_cells_are_compared_where_they_can_be(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    endpoint = sample(typed={"WB": dna(0.8)})
    found = before([sample("Dm1", -1, typed={"WB": dna(0.5), "CD56": dna(0.9)})], rule(), endpoint)
    assert isinstance(found, BaselineValue)
    assert found.estimate.fraction_typed == "WB"
    assert found.findings == ()


def test_other_cells_are_told(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    found = before([sample("Dm1", -1, typed={"WB": dna(0.5)})], rule(), sample())
    assert isinstance(found, BaselineValue)
    assert [finding.code for finding in found.findings] == ["NK-EXP-35"]
