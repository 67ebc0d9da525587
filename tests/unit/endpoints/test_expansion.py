"""The expansion endpoint of one patient."""

from collections.abc import Callable

import pytest

from nktrial.core.errors import MethodError
from nktrial.endpoints import (
    BaselineValue,
    Evaluable,
    Missing,
    NkOrigin,
    NoBaseline,
    NotEvaluable,
    SampleFactors,
    TypedDna,
    derive_expansion,
)
from nktrial.model.plan import ExpansionRule

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]
THIRD = NkOrigin("nk_donor", ("D2",), ("D1",))


def evaluable(found: Evaluable | NotEvaluable) -> Evaluable:
    assert isinstance(found, Evaluable)
    return found


def not_evaluable(found: Evaluable | NotEvaluable) -> NotEvaluable:
    assert isinstance(found, NotEvaluable)
    return found


def test_a_success(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    before = sample("Dm1", -1, alc=100.0, typed={"CD56": dna(0.04, 0.01)})
    found = evaluable(derive_expansion([before, sample()], rule(), THIRD))
    assert found.value.per_ul.value == pytest.approx(160.0)
    assert (found.value.success, found.borderline, found.origin) == (True, False, "nk_donor")
    assert isinstance(found.baseline, BaselineValue)
    assert found.baseline.change.value == pytest.approx(160.0 - 100.0 * 0.2 * 0.04)
    assert found.cautions == ()


def test_a_third_persons_dna_before_the_first_infusion_cannot_be(
    sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    before = sample("Dm1", -1, typed={"CD56": dna(0.84, 0.03)})
    found = not_evaluable(derive_expansion([before, sample()], rule(), THIRD))
    assert found.code == "NK-EXP-37"
    assert "Dm1" in found.reason


def test_an_undeclared_person_in_any_sample_spoils_the_references(sample: BuildSample, rule: BuildRule) -> None:
    before = sample("Dm1", -1, typed={"CD56": Missing("alleles of nobody declared.", "NK-MIX-06")})
    found = not_evaluable(derive_expansion([before, sample()], rule(), THIRD))
    assert found.code == "NK-EXP-38"


def test_the_point_value_decides_and_a_close_one_is_marked(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    found = evaluable(derive_expansion([sample(typed={"CD56": dna(0.49, 0.05)})], rule(), THIRD))
    assert found.value.per_ul.value == pytest.approx(98.0)
    assert (found.value.success, found.borderline) == (False, True)
    assert "NK-EXP-22" in [finding.code for finding in found.cautions]


def test_no_baseline_is_told_with_its_bound(sample: BuildSample, rule: BuildRule) -> None:
    found = evaluable(derive_expansion([sample("Dm1", -1, typed={}), sample()], rule(), THIRD))
    assert isinstance(found.baseline, NoBaseline)
    told = [finding for finding in found.cautions if finding.code == "NK-EXP-23"]
    assert len(told) == 1
    assert "200/uL" in told[0].message


def test_a_choice_that_would_decide_otherwise_is_told(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    found = evaluable(derive_expansion([sample(typed={"CD56": dna(0.8), "WB": dna(0.1)})], rule(), THIRD))
    told = [finding for finding in found.cautions if finding.code == "NK-EXP-36"]
    assert len(told) == 1
    assert told[0].evidence == {"choices": ["chimerism of WB"]}


@pytest.mark.parametrize(("missing", "success"), [("not_evaluable", None), ("failure", 0)])
def test_no_sample_in_the_window(missing: str, success: int | None, sample: BuildSample, rule: BuildRule) -> None:
    found = not_evaluable(derive_expansion([sample("D21", 21)], rule(missing=missing), THIRD))
    assert (found.code, found.success, found.sample_id, found.origin) == ("NK-EXP-10", success, None, "nk_donor")
    assert found.success in {None, False}
    assert "D21" in found.reason


def test_a_missing_factor(sample: BuildSample, rule: BuildRule) -> None:
    broken = sample(nk_events=Missing("data would end beyond the file.", "NK-FCS-07"))
    found = not_evaluable(derive_expansion([broken], rule(), THIRD))
    assert (found.code, found.sample_id, found.day, found.success) == ("NK-EXP-12", "D14", 14, None)
    assert "NK-FCS-07" in found.reason


def test_below_lod_is_not_evaluable_where_the_protocol_says_so(
    sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    low = sample(typed={"CD56": dna(0.01, lod=0.03)})
    found = not_evaluable(derive_expansion([low], rule(below_lod="not_evaluable"), THIRD))
    assert found.code == "NK-EXP-14"
    assert found.upper_per_ul == pytest.approx(6.0)


def test_lymphocytes_below_the_analysers_limit_could_not_succeed(sample: BuildSample, rule: BuildRule) -> None:
    low = sample(alc=Missing("below the analyser's limit < 50/uL.", "NK-BLD-04", upper=50.0))
    found = not_evaluable(derive_expansion([low], rule(), THIRD))
    assert (found.code, found.upper_per_ul) == ("NK-EXP-11", 50.0)
    assert [finding.code for finding in found.cautions] == ["NK-EXP-27"]


def test_without_donor_roles_there_is_no_endpoint(sample: BuildSample, rule: BuildRule) -> None:
    found = not_evaluable(derive_expansion([sample()], rule(), Missing("no NK donor.", "NK-EXP-15")))
    assert (found.code, found.origin) == ("NK-EXP-15", None)


def test_a_rule_that_cannot_be_applied_is_refused(sample: BuildSample, rule: BuildRule) -> None:
    with pytest.raises(MethodError) as caught:
        derive_expansion([sample()], rule(window=(3, 5)), THIRD)
    assert caught.value.code == "NK-EXP-03"
