"""What the reader is told unasked."""

from collections.abc import Callable

import pytest

from nktrial.endpoints import DonorNkEstimate, SampleFactors, TypedDna, donor_nk
from nktrial.endpoints.cautions import is_borderline, value_cautions
from nktrial.model.plan import ExpansionRule

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]


def codes(one: SampleFactors, rule: ExpansionRule, age_days: int | None = None) -> list[str]:
    value = donor_nk(one, rule)
    assert isinstance(value, DonorNkEstimate)
    return [finding.code for finding in value_cautions(value, rule, age_days=age_days)]


def test_a_plain_success_needs_no_caution(sample: BuildSample, rule: BuildRule) -> None:
    assert codes(sample(alc=5000.0), rule()) == []


def test_whole_blood(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    assert codes(sample(alc=5000.0, typed={"WB": dna(0.8)}), rule()) == ["NK-EXP-20"]


@pytest.mark.parametrize("donor", [0.45, 0.5, 0.55])
def test_borderline(donor: float, sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    assert "NK-EXP-22" in codes(sample(typed={"CD56": dna(donor, 0.05)}), rule())


@pytest.mark.parametrize(("p", "expected"), [(0.0499, False), (0.05, True), (0.5, True), (0.95, True), (0.9501, False)])
def test_the_ends_of_borderline_belong_to_it(p: float, expected: bool) -> None:  # noqa: FBT001
    assert is_borderline(p) is expected


def test_another_day_than_the_nominal_one(sample: BuildSample, rule: BuildRule) -> None:
    assert codes(sample(day=13, alc=5000.0), rule()) == ["NK-EXP-24"]


@pytest.mark.parametrize(("events", "expected"), [(49, ["NK-EXP-25"]), (50, [])])
def test_few_nk_events(events: int, expected: list[str], sample: BuildSample, rule: BuildRule) -> None:
    assert codes(sample(alc=5000.0, nk_events=events, lymphocytes=250), rule()) == expected


def test_below_lod(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    assert codes(sample(typed={"CD56": dna(0.01, lod=0.03)}), rule()) == ["NK-EXP-26"]


def test_could_not_have_succeeded(sample: BuildSample, rule: BuildRule) -> None:
    assert codes(sample(alc=100.0, nk_events=200), rule()) == ["NK-EXP-27"]


def test_an_infants_own_nk_cells(sample: BuildSample, rule: BuildRule) -> None:
    assert codes(sample(alc=5000.0), rule(), age_days=240) == ["NK-EXP-28"]
    assert codes(sample(alc=5000.0), rule(), age_days=40 * 365) == []
