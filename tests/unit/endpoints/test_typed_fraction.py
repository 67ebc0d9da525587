"""Which typed cells give the donor share."""

from collections.abc import Callable

import pytest

from nktrial.endpoints import Missing, TypedDna
from nktrial.endpoints.typed_fraction import ChosenDna, choose_typed, formula_of

ORDER = ("CD56", "lymphocytes", "WB")
BuildDna = Callable[..., TypedDna]


def test_the_first_of_the_protocols_order(dna: BuildDna) -> None:
    blood, sorted_nk = dna(0.5), dna(0.9)
    found = choose_typed({"WB": blood, "CD56": sorted_nk}, ORDER)
    assert found == ChosenDna("CD56", sorted_nk, ())


def test_a_failed_fraction_is_named_and_the_next_is_taken(dna: BuildDna) -> None:
    failed, blood = Missing("too few informative loci.", "NK-XXX"), dna(0.5)
    found = choose_typed({"WB": blood, "CD56": failed}, ORDER)
    assert isinstance(found, ChosenDna)
    assert (found.fraction, found.dna) == ("WB", blood)
    assert [fraction for fraction, _ in found.passed_over] == ["CD56", "lymphocytes"]


def test_names_are_compared_without_regard_to_case(dna: BuildDna) -> None:
    blood = dna(0.5)
    assert choose_typed({"wb ": blood}, ORDER) == choose_typed({"WB": blood}, ORDER)


def test_cells_outside_the_protocol_never_enter(dna: BuildDna) -> None:
    found = choose_typed({"CD3": dna(0.5)}, ORDER)
    assert isinstance(found, Missing)
    assert found.code == "NK-EXP-13"


def test_every_failure_is_told() -> None:
    found = choose_typed({"WB": Missing("no size standard.", "NK-ABC")}, ORDER)
    assert isinstance(found, Missing)
    assert found.code == "NK-EXP-13"
    assert "WB: no size standard" in found.reason
    assert "CD56" not in found.reason  # not typed is no failure


def test_two_spellings_side_by_side_are_not_chosen_from(dna: BuildDna) -> None:
    found = choose_typed({"WB": dna(0.5), "wb": dna(0.9)}, ("WB",))
    assert isinstance(found, Missing)
    assert "2 spellings" in found.reason
    passed = choose_typed({"CD56": dna(0.5), "cd56": dna(0.9), "WB": dna(0.7)}, ORDER)
    assert isinstance(passed, ChosenDna)
    assert passed.passed_over[0][1].code == "NK-EXP-17"


@pytest.mark.parametrize(
    ("fraction", "formula"),
    [("WB", "published_whole_blood"), ("cd56", "sorted_nk"), ("lymphocytes", "lymphocytes"), ("CD3", "other_cells")],
)
def test_whose_dna_makes_which_formula(fraction: str, formula: str) -> None:
    assert formula_of(fraction) == formula
