"""What other choices would have given a patient who is not evaluable."""

from collections.abc import Callable

import pytest

from nktrial.endpoints import Missing, NkOrigin, NotEvaluable, SampleFactors, TypedDna, derive_expansion
from nktrial.model.plan import ExpansionRule
from nktrial.model.results import Sensitivity

BuildSample = Callable[..., SampleFactors]
BuildRule = Callable[..., ExpansionRule]
BuildDna = Callable[..., TypedDna]
THIRD = NkOrigin("nk_donor", ("D2",), ("D1",))


def rows(
    samples: list[SampleFactors], rule: ExpansionRule, origin: NkOrigin | Missing = THIRD
) -> dict[str, Sensitivity]:
    found = derive_expansion(samples, rule, origin)
    assert isinstance(found, NotEvaluable)
    return {row.choice: row for row in found.sensitivity}


def test_other_choices_below_the_limit_of_detection(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    low = sample(typed={"CD56": dna(0.01, lod=0.03), "WB": dna(0.6, lod=0.03)})
    other = sample("D12", 12, alc=500.0)
    found = rows([low, other], rule(below_lod="not_evaluable"))
    assert set(found) == {"chimerism of WB", "sample D12", "below LOD: report_estimate", "below LOD: zero"}
    assert found["chimerism of WB"].value_per_ul == pytest.approx(1000 * 0.2 * 0.6)
    assert found["chimerism of WB"].success is True
    assert found["sample D12"].value_per_ul == pytest.approx(500 * 0.2 * 0.8)
    assert found["below LOD: report_estimate"].value_per_ul == pytest.approx(1000 * 0.2 * 0.01)
    assert found["below LOD: zero"].value_per_ul == 0.0
    assert all(row.note.startswith("not the protocol's answer: ") for row in found.values())


def test_cells_that_the_protocol_does_not_list(sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    found = rows([sample(typed={"WB": dna(0.3), "CD3": dna(0.9)})], rule(chimerism=("CD56",)))
    assert {choice: row.value_per_ul for choice, row in found.items()} == {
        "chimerism of WB": pytest.approx(1000 * 0.2 * 0.3)
    }


def test_another_sample_where_the_first_is_below_the_analysers_limit(sample: BuildSample, rule: BuildRule) -> None:
    low = sample(alc=Missing("below the analyser's limit.", "NK-BLD-04", upper=50.0))
    found = rows([low, sample("D12", 12)], rule())
    assert {choice: row.value_per_ul for choice, row in found.items()} == {"sample D12": pytest.approx(160.0)}


def test_no_row_without_a_value(sample: BuildSample, rule: BuildRule) -> None:
    assert rows([sample(alc=Missing("not drawn.", "NK-BLD-01"))], rule()) == {}
    assert rows([sample("D21", 21)], rule()) == {}


@pytest.mark.parametrize("case", ["origin", "before the infusion", "nobody declared", "two references", "nk gate"])
def test_no_row_where_the_inputs_contradict(case: str, sample: BuildSample, rule: BuildRule, dna: BuildDna) -> None:
    protocol = rule(chimerism=("CD56",), below_lod="not_evaluable")
    whole = {"CD56": dna(0.01, lod=0.03), "WB": dna(0.6, lod=0.03)}
    low = sample(typed=whole)
    assert rows([low], protocol)
    match case:
        case "origin":
            assert rows([low], protocol, Missing("two persons gave NK cells.", "NK-RUN-06")) == {}
        case "before the infusion":
            assert rows([low, sample("Dm1", -1, typed={"CD56": dna(0.8)})], protocol) == {}
        case "nobody declared":
            assert rows([sample(typed=whole | {"CD3": Missing("a stranger.", "NK-MIX-06")})], protocol) == {}
        case "two references":
            assert rows([sample(typed=whole | {"CD56": Missing("they differ.", "NK-RUN-18")})], protocol) == {}
        case _:
            refused = sample("D12", 12, nk_events=Missing("it holds T cells.", "NK-RUN-30"))
            assert rows([low, refused], protocol) == {}
