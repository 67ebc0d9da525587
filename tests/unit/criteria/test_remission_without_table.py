"""Remission by CIBMTR, cytological remission and status of the central nervous system: published limits."""

from collections.abc import Mapping

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria import RULES
from nktrial.model.rule import Value

MARROW: Mapping[str, Value] = {
    "setting": "after_transplant",
    "bm_blasts_pct": 4.9,
    "normal_maturation": True,
    "extramedullary": False,
    "anc_per_ul": 1000.0,
    "plt_per_ul": 100_000.0,
    "transfusion_dependent": False,
    "weeks_criteria_met": 4.0,
}
CHILD: Mapping[str, Value] = {
    "setting": "after_transplant",
    "extramedullary": False,
    "anc_per_ul": 1000.0,
    "plt_per_ul": 100_000.0,
    "child": True,
    "marrow_routine_after_transplant": False,
    "cr_before_transplant": True,
    "donor_chimerism_pct": 95.0,
    "recipient_cells_detected": False,
    "weeks_without_transfusion": 4.0,
}


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "CR"),
        ({"bm_blasts_pct": 5.0}, "NOT_CR"),
        ({"anc_per_ul": 999.0}, "NOT_CR"),
        ({"plt_per_ul": 99_999.0}, "NOT_CR"),
        ({"normal_maturation": False}, "NOT_CR"),
        ({"extramedullary": True}, "NOT_CR"),
        ({"transfusion_dependent": True}, "NOT_CR"),
        ({"weeks_criteria_met": 3.9}, "NOT_CR"),
        ({"weeks_criteria_met": 3.9, "setting": "before_transplant"}, "CR"),
        ({"weeks_criteria_met": 3.9, "setting": None}, "NE"),
        ({"bm_blasts_pct": None}, "NE"),
        ({"bm_blasts_pct": None, "extramedullary": True}, "NOT_CR"),
    ],
)
def test_cibmtr_by_the_marrow(changes: dict[str, Value], level: str) -> None:
    assert RULES["all_cibmtr_response"].assess({**MARROW, **changes}).values["result"] == level


@pytest.mark.parametrize(
    ("changes", "level", "basis"),
    [
        ({}, "CR", "donor_chimerism"),
        ({"donor_chimerism_pct": 94.9}, "NOT_CR", "donor_chimerism"),
        ({"recipient_cells_detected": True}, "NOT_CR", "donor_chimerism"),
        ({"weeks_without_transfusion": 3.9}, "NOT_CR", "donor_chimerism"),
        ({"anc_per_ul": 999.0}, "NOT_CR", "donor_chimerism"),
        ({"extramedullary": True}, "NOT_CR", "donor_chimerism"),
        ({"donor_chimerism_pct": None}, "NE", None),
        ({"child": False}, "NE", None),
        ({"cr_before_transplant": False}, "NE", None),
        ({"cr_before_transplant": None}, "NE", None),
        ({"marrow_routine_after_transplant": True}, "NE", None),
        ({"setting": "before_transplant"}, "NE", None),
        ({"bm_blasts_pct": 8.0}, "NOT_CR", "marrow"),
    ],
)
def test_cibmtr_by_chimerism_for_children(changes: dict[str, Value], level: str, basis: str | None) -> None:
    assert RULES["all_cibmtr_response"].assess({**CHILD, **changes}).values == {"result": level, "basis": basis}


def test_95_percent_without_word_on_recipient_cells_is_unverified() -> None:
    outcome = RULES["all_cibmtr_response"].assess({**CHILD, "recipient_cells_detected": None})
    assert outcome.values["result"] == "CR"
    assert "recipient cells" in outcome.unverified


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"bm_blasts_pct": 4.9, "bm_adequate": True}, "Y"),
        ({"bm_blasts_pct": 5.0, "bm_adequate": True}, "N"),
        ({"bm_blasts_pct": 1.0, "bm_adequate": True, "auer_rods": True}, "N"),
        ({"bm_blasts_pct": 1.0, "bm_adequate": True, "pb_blasts": True}, "N"),
        ({"bm_blasts_pct": 1.0, "bm_adequate": True, "extramedullary": True}, "N"),
        ({"bm_blasts_pct": 1.0, "bm_adequate": False}, "NE"),
        ({"bm_blasts_pct": 1.0}, "NE"),
        ({"bm_adequate": True}, "NE"),
    ],
)
def test_cytological_remission(cells: dict[str, Value], expected: str) -> None:
    outcome = RULES["cytological_remission"].assess(cells)
    assert outcome.values == {"cytological_remission": expected}
    assert bool(outcome.unverified) == (expected != "NE")


@pytest.mark.parametrize(
    ("fluid", "expected"),
    [
        ((False, 20.0, 500.0, False, None, None), "CNS1"),
        ((False, None, None, False, None, None), "CNS1"),
        ((True, 4.9, 9.9, False, None, None), "CNS2a"),
        ((True, 4.9, 10.0, False, None, None), "CNS2b"),
        ((True, 5.0, 9.9, False, None, None), "CNS3a"),
        ((True, 60.0, 500.0, False, 100_000.0, 4_000_000.0), "CNS3b"),
        ((True, 20.0, 500.0, False, 100_000.0, 4_000_000.0), "CNS2c"),
        ((True, 25.1, 500.0, False, 100_000.0, 4_000_000.0), "CNS3b"),
        ((True, 25.0, 500.0, False, 100_000.0, 4_000_000.0), "CNS2c"),
        ((True, 60.0, 500.0, False, None, 4_000_000.0), "NE"),
        ((False, 1.0, 0.0, True, None, None), "CNS3c"),
        ((None, None, None, True, None, None), "CNS3c"),
        ((True, 5.0, 0.0, None, None, None), "CNS3a"),
        ((True, 1.0, 0.0, None, None, None), "NE"),
        ((None, 1.0, 0.0, False, None, None), "NE"),
    ],
)
def test_cns_status(fluid: tuple[Value, ...], expected: str) -> None:
    names = [column.name for column in RULES["cns_status"].columns]
    assert RULES["cns_status"].assess(dict(zip(names, fluid, strict=True))).values == {"cns_status": expected}


def test_blood_without_red_cells_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-CRI-02"):
        RULES["cns_status"].assess({"csf_blasts": True, "blood_rbc_per_ul": 0.0})
