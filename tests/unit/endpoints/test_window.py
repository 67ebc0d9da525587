"""Which sample is the endpoint's."""

from collections.abc import Callable

import pytest

from nktrial.endpoints import Missing, SampleFactors, TypedDna, in_window
from nktrial.endpoints.window import ChosenSample, choose_sample
from nktrial.model.plan import ExpansionRule

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]


def chosen(found: ChosenSample | Missing) -> ChosenSample:
    assert isinstance(found, ChosenSample)
    return found


def test_both_ends_of_the_window_count(rule: BuildRule) -> None:
    assert [day for day in range(10, 20) if in_window(day, rule())] == [12, 13, 14, 15, 16]


@pytest.mark.parametrize(
    ("pick", "days", "expected"),
    [
        ("closest_then_earlier", (12, 13, 15), 13),
        ("closest_then_later", (12, 13, 15), 15),
        ("closest_then_earlier", (12, 15), 15),
        ("closest_then_later", (13, 16), 13),
        ("first", (12, 14, 16), 12),
        ("last", (12, 14, 16), 16),
    ],
)
def test_the_protocols_pick(
    pick: str, days: tuple[int, ...], expected: int, sample: BuildSample, rule: BuildRule
) -> None:
    found = chosen(choose_sample([sample(f"D{day}", day) for day in days], rule(pick=pick)))
    assert found.sample.day == expected
    assert {other.day for other in found.others} == set(days) - {expected}
    assert found.findings == ()


@pytest.mark.parametrize("wrong", [{"specimen": "BM"}, {"status": "clotted"}, {"day": 11}, {"day": 17}])
def test_what_cannot_be_a_candidate(wrong: dict[str, object], sample: BuildSample, rule: BuildRule) -> None:
    found = choose_sample([sample(**wrong)], rule())
    assert isinstance(found, Missing)
    assert found.code == "NK-EXP-10"


def test_why_there_is_none_is_told(sample: BuildSample, rule: BuildRule) -> None:
    late = choose_sample([sample("D21", 21), sample("D7", 7)], rule())
    assert isinstance(late, Missing)
    assert "D7 of day 7" in late.reason
    clotted = choose_sample([sample("D14", status="clotted")], rule())
    assert isinstance(clotted, Missing)
    assert "D14 (PB, status clotted)" in clotted.reason
    nothing = choose_sample([], rule())
    assert isinstance(nothing, Missing)
    assert "none at all" in nothing.reason


def test_a_sample_without_a_factor_is_passed_over_and_named(sample: BuildSample, rule: BuildRule) -> None:
    broken = sample("D14", 14, nk_events=Missing("the file is truncated.", "NK-FCS"))
    found = chosen(choose_sample([sample("D12", 12), broken], rule()))
    assert found.sample.sample_id == "D12"
    assert [finding.code for finding in found.findings] == ["NK-EXP-30"]
    assert "truncated" in found.findings[0].message


def test_a_sample_below_a_limit_is_not_passed_over(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    # It was measured; taking another one instead would choose by the outcome.
    low = sample("D14", 14, alc=Missing("below the analyser's limit.", "NK-BLD", upper=50.0))
    assert chosen(choose_sample([sample("D13", 13), low], rule())).sample.sample_id == "D14"
    trace = sample("D14", 14, typed={"CD56": dna(0.01, lod=0.03)})
    strict = rule(below_lod="not_evaluable")
    assert chosen(choose_sample([sample("D13", 13), trace], strict)).sample.sample_id == "D14"


def test_without_a_complete_sample_the_first_by_rank_stands_for_the_patient(
    sample: BuildSample, rule: BuildRule
) -> None:
    gone = Missing("not drawn.")
    found = chosen(choose_sample([sample("D13", 13, alc=gone), sample("D14", 14, typed={})], rule()))
    assert found.sample.sample_id == "D14"
    assert found.findings == ()


def test_two_samples_of_one_day(sample: BuildSample, rule: BuildRule) -> None:
    found = chosen(choose_sample([sample("D14-b"), sample("D14-a")], rule()))
    assert found.sample.sample_id == "D14-a"
    assert [finding.code for finding in found.findings] == ["NK-EXP-31"]
