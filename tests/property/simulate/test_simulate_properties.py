"""Invariants of the simulation: Mendel's rule, closure of shares, independence of the order of writing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.formats.kits import load_kit
from nktrial.simulate.cohort import calibration_patient
from nktrial.simulate.genome import draw_child, draw_family
from nktrial.simulate.streams import stream

KIT = load_kit("identifiler")
SEEDS = st.integers(min_value=0, max_value=2**32)


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_child_has_one_allele_of_each_parent_at_every_locus(seed: int) -> None:
    family = draw_family(stream(seed, "family"), KIT, recipient="P", sex="F")
    child = draw_child(stream(seed, "child"), KIT, family.mother, family.father, person="C", sex="M")
    for person in (family.recipient, child):
        for locus, (first, second) in person.alleles.items():
            mother, father = set(family.mother.alleles[locus]), set(family.father.alleles[locus])
            assert (first in mother and second in father) or (second in mother and first in father)


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_alleles_stand_in_the_ladders_order(seed: int) -> None:
    family = draw_family(stream(seed, "family"), KIT, recipient="P", sex="M")
    for locus in KIT.loci:
        sizes = {rung.name: rung.size_bp for rung in locus.ladder}
        first, second = family.recipient.alleles[locus.name]
        assert sizes[first] <= sizes[second]


@given(seed=SEEDS, index=st.integers(min_value=1, max_value=10_000), day=st.integers(min_value=-1, max_value=40))
@settings(max_examples=150, deadline=None)
def test_shares_close_and_the_formula_is_true_for_sorted_nk_cells(seed: int, index: int, day: int) -> None:
    patient = calibration_patient(seed, KIT, index).patient
    blood = patient.blood(day)
    for typed in ("CD56", "CD3", "lymphocytes", "WB"):
        shares = blood.shares(typed)
        assert sum(shares.values()) == pytest.approx(1.0)
        assert min(shares.values()) >= 0.0
    assert patient.formula_per_ul(day, "CD56") == pytest.approx(patient.donor_nk_per_ul(day))
    assert blood.infused_nk_per_ul <= patient.donor_nk_per_ul(day) * (1.0 + 1e-12)


@given(seed=SEEDS, index=st.integers(min_value=1, max_value=10_000))
@settings(max_examples=150, deadline=None)
def test_random_patients_lie_between_10_and_1000_on_day_14(seed: int, index: int) -> None:
    patient = calibration_patient(seed, KIT, index).patient
    assert 9.999 <= patient.donor_nk_per_ul(14) <= 1000.001
    assert 0.07 <= patient.blood(14).nk_fraction <= 0.71
    near = calibration_patient(seed, KIT, index, targets_per_ul=(60.0, 170.0)).patient
    assert 59.999 <= near.donor_nk_per_ul(14) <= 170.001


@given(seed=SEEDS, index=st.integers(min_value=1, max_value=1_000))
@settings(max_examples=30, deadline=None)
def test_a_patient_is_the_same_whoever_was_drawn_before(seed: int, index: int) -> None:
    alone = calibration_patient(seed, KIT, index)
    calibration_patient(seed, KIT, index + 1)
    assert calibration_patient(seed, KIT, index) == alone
