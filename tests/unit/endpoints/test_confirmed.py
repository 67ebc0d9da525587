"""Whether a sample confirms whose the NK donor's reference is."""

from collections.abc import Callable

import pytest

from nktrial.endpoints import Missing, NkOrigin, NotEvaluable, SampleFactors, TypedDna, derive_expansion
from nktrial.model.origin import Finding
from nktrial.model.plan import ExpansionRule

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]
THIRD = NkOrigin("nk_donor", ("D2",), ("D1",))


def told(samples: list[SampleFactors], rule: ExpansionRule) -> list[Finding]:
    cautions = derive_expansion(samples, rule, THIRD).cautions
    return [finding for finding in cautions if finding.code in {"NK-EXP-40", "NK-EXP-41"}]


@pytest.mark.parametrize(
    ("share", "sd", "lod"),
    [(0.01, 0.001, 0.03), (0.04, 0.03, 0.02), (0.0, 0.0, 0.02)],
    ids=["below its limit of detection", "interval reaches 0", "nothing"],
)
def test_a_sample_with_almost_no_dna_of_the_nk_donor_confirms_no_reference(
    share: float, sd: float, lod: float, sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    (one,) = told([sample(typed={"CD56": dna(share, sd, lod=lod)})], rule())
    assert (one.code, one.severity, one.subject) == ("NK-EXP-40", "warning", "D14")
    assert "D2" in one.message


def test_a_clear_share_needs_no_word(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    assert told([sample(typed={"CD56": dna(0.3, 0.03, lod=0.02)})], rule()) == []


def test_another_day_that_confirms_the_reference_is_named(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    low = sample(typed={"CD56": dna(0.01, 0.001, lod=0.03)})
    (one,) = told([low, sample("D7", 7, typed={"CD56": dna(0.4, lod=0.03)})], rule())
    assert (one.code, one.severity) == ("NK-EXP-41", "info")
    assert "D7 (CD56, day 7)" in one.message


def test_another_cell_fraction_that_confirms_the_reference_is_named(
    sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    low = sample(typed={"WB": dna(0.01, 0.001, lod=0.03), "CD3": dna(0.4, lod=0.03)})
    (one,) = told([low], rule())
    assert one.code == "NK-EXP-41"
    assert "D14 (CD3, day 14)" in one.message


@pytest.mark.parametrize("other", ["unsure", "unusable", "called elsewhere"])
def test_what_cannot_confirm_a_reference(other: str, sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    share = {"unsure": dna(0.05, 0.01, lod=0.03), "unusable": dna(0.4, lod=0.03), "called elsewhere": dna(0.4)}[other]
    status = "mislabelled" if other == "unusable" else "ok"
    low = sample(typed={"CD56": dna(0.01, 0.001, lod=0.03)})
    (one,) = told([low, sample("D7", 7, typed={"CD56": share}, status=status)], rule())
    assert one.code == "NK-EXP-40"


def test_a_share_called_elsewhere_rests_on_no_reference_here(
    sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    assert told([sample(typed={"CD56": dna(0.001, 0.01)})], rule()) == []


def test_it_is_told_where_the_protocol_calls_such_a_share_not_evaluable(
    sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    low = sample(typed={"CD56": dna(0.01, 0.001, lod=0.03)})
    found = derive_expansion([low], rule(below_lod="not_evaluable"), THIRD)
    assert isinstance(found, NotEvaluable)
    assert [finding.code for finding in found.cautions if finding.code == "NK-EXP-40"] == ["NK-EXP-40"]


def test_it_is_not_told_where_another_factor_is_missing(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    low = sample(alc=Missing("not drawn.", "NK-BLD-01"), typed={"CD56": dna(0.01, 0.001, lod=0.03)})
    assert told([low], rule()) == []
