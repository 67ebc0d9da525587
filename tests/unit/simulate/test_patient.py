"""A virtual patient's blood: counts, shares, and the two meanings of donor NK cells."""

from types import MappingProxyType

import pytest

from nktrial.core.errors import MethodError
from nktrial.model.trace import Genotype
from nktrial.simulate.kinetics import Expansion, Recovery
from nktrial.simulate.patient import Blood, VirtualDonor, VirtualPatient

NOBODY = Genotype("", MappingProxyType({}))
# A curve that stands at its plateau from the day of transplantation on.
STEADY = {"half_day": -1000.0}


def patient(*donors: tuple[str, set[str]]) -> VirtualPatient:
    levels = {"T": 600, "B": 100, "own NK": 50, "graft NK": 50, "monocytes": 300, "granulocytes": 700}
    return VirtualPatient(
        subject_id="P",
        sex="F",
        diagnosis="ALL",
        age_days_at_hsct=200,
        transplant_day=-30,
        genotype=NOBODY,
        donors=tuple(VirtualDonor(name, frozenset(roles), "", "", NOBODY) for name, roles in donors),
        recovering={kind: Recovery(level, **STEADY) for kind, level in levels.items()},
        infused=Expansion(200.0, peak_day=14.0),
        recipient_lymphoid=0.2,
        recipient_myeloid=0.1,
    )


def test_three_genomes_are_told_apart() -> None:
    third = patient(("D1", {"hsct"}), ("D2", {"nk"}))
    blood = third.blood(14)
    assert blood.alc_per_ul == pytest.approx(1000.0)
    assert blood.wbc_per_ul == pytest.approx(2000.0)
    assert blood.nk_fraction == pytest.approx(0.3)
    assert blood.shares("CD56") == pytest.approx({"P": 50 / 300, "D1": 50 / 300, "D2": 200 / 300})
    assert third.donor_nk_per_ul(14) == pytest.approx(200.0)


def test_where_the_graft_donor_gave_the_nk_cells_graft_nk_cells_count_as_donor() -> None:
    same = patient(("D1", {"hsct", "nk"}))
    assert same.donor_nk_per_ul(14) == pytest.approx(250.0)
    assert same.blood(14).infused_nk_per_ul == pytest.approx(200.0)
    assert same.donor_nk_per_ul(-1) == pytest.approx(50.0)


def test_the_formula_is_true_for_sorted_nk_cells_and_not_for_whole_blood() -> None:
    third = patient(("D1", {"hsct"}), ("D2", {"nk"}))
    assert third.formula_per_ul(14, "CD56") == pytest.approx(200.0)
    # Of 2,000 leukocytes 200 carry the NK donor's genome: 1000 x 0.3 x 0.1.
    assert third.formula_per_ul(14, "WB") == pytest.approx(30.0)
    assert third.formula_per_ul(14, "CD3") == pytest.approx(0.0)


def test_an_unknown_cell_fraction_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-SIM-02"):
        Blood(0, {"NK": {"P": 1.0}}, 0.0).shares("CD34")


def test_a_patient_without_an_nk_donor_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-SIM-03"):
        patient(("D1", {"hsct"})).blood(14)
