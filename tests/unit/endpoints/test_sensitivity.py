"""The endpoint with one choice made otherwise."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from nktrial.endpoints import DonorNkEstimate, Missing, NkFraction, SampleFactors, TypedDna, donor_nk
from nktrial.endpoints.sensitivity import sensitivity_rows
from nktrial.endpoints.window import ChosenSample
from nktrial.model.plan import ExpansionRule
from nktrial.model.results import Origin, Sensitivity
from nktrial.model.uncertainty import certain

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]


def rows(
    one: SampleFactors, rule: ExpansionRule, *others: SampleFactors, origin: Origin = "nk_donor"
) -> dict[str, Sensitivity]:
    used = donor_nk(one, rule)
    assert isinstance(used, DonorNkEstimate)
    return {row.choice: row for row in sensitivity_rows(ChosenSample(one, others, ()), used, rule, origin)}


def test_the_published_formula_beside_the_sorted_one(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    found = rows(sample(typed={"CD56": dna(0.8), "WB": dna(0.3), "CD3": dna(0.9)}), rule())
    assert set(found) == {"chimerism of lymphocytes", "chimerism of WB"}
    blood = found["chimerism of WB"]
    assert blood.value_per_ul == pytest.approx(1000 * 0.2 * 0.3)
    assert blood.success is False
    assert "published_whole_blood" in blood.note
    missing = found["chimerism of lymphocytes"]
    assert (missing.value_per_ul, missing.success, missing.note) == (None, None, "DNA of lymphocytes was not typed.")


def test_a_known_formula_outside_the_protocol_is_shown(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    found = rows(sample(typed={"CD56": dna(0.8), "WB": dna(0.3)}), rule(chimerism=("CD56",)))
    assert found["chimerism of WB"].value_per_ul == pytest.approx(60.0)


def test_other_samples_of_the_window(sample: BuildSample, rule: BuildRule) -> None:
    found = rows(sample(), rule(), sample("D12", 12, alc=500.0), sample("D16", 16, alc=Missing("not drawn.")))
    assert found["sample D12"].value_per_ul == pytest.approx(80.0)
    assert found["sample D12"].success is False
    assert found["sample D16"].value_per_ul is None
    assert "not drawn" in found["sample D16"].note


def test_the_count_had_the_other_way(sample: BuildSample, rule: BuildRule) -> None:
    one = sample(alc_other=certain(900.0), alc_other_basis="WBC x LYMPH_PCT")
    assert rows(one, rule())["ALC from WBC x LYMPH_PCT"].value_per_ul == pytest.approx(900 * 0.2 * 0.8)


def test_another_denominator(sample: BuildSample, rule: BuildRule) -> None:
    one = sample(nk_other=(NkFraction(certain(0.1), 400, 4000, "NK of all lymphocytes"),))
    row = rows(one, rule())["NK fraction: NK of all lymphocytes"]
    assert row.value_per_ul == pytest.approx(1000 * 0.1 * 0.8)
    assert row.note == "400 of 4000 events"


def test_the_classical_share(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    found = rows(sample(typed={"CD56": dna(0.8, classical=0.7)}), rule())
    assert found["classical donor share"].value_per_ul == pytest.approx(140.0)


def test_all_donors_beside_a_third_partys_share(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    one = sample(typed={"CD56": replace(dna(0.3), any_donor=certain(0.9))})
    assert rows(one, rule())["all donors' DNA"].value_per_ul == pytest.approx(180.0)
    assert "all donors' DNA" not in rows(one, rule(), origin="nk_or_hsct_donor")


@pytest.mark.parametrize(
    ("protocol", "choice", "value"),
    [("report_estimate", "below LOD: zero", 0.0), ("zero", "below LOD: report_estimate", 2.0)],
)
def test_the_other_rule_for_a_share_below_lod(
    protocol: str, choice: str, value: float, sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    found = rows(sample(typed={"CD56": dna(0.01, 0.005, lod=0.03)}), rule(below_lod=protocol))
    assert found[choice].value_per_ul == pytest.approx(value)


def test_a_share_corrected_for_purity(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    typed = {"CD56": dna(0.65, purity=0.9), "WB": dna(0.2)}
    assert rows(sample(typed=typed), rule())["corrected for a purity of 0.9"].value_per_ul == pytest.approx(140.0)


@pytest.mark.parametrize("blood", [None, 0.999])
def test_a_correction_that_cannot_be_made_says_why(
    blood: float | None, sample: BuildSample, rule: BuildRule, dna: BuildDna
) -> None:
    typed = {"CD56": dna(0.05, purity=0.5)} | ({} if blood is None else {"WB": dna(blood)})
    row = rows(sample(typed=typed), rule())["corrected for a purity of 0.5"]
    assert row.value_per_ul is None
    assert ("NK-EXP-02" in row.note) == (blood is not None)
    assert ("lies between 0.0000 and" in row.note) == (blood is None)
