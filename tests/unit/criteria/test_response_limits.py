"""Response criteria at the limits of their publications, with one finding changed at a time."""

from collections.abc import Mapping

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria import RULES
from nktrial.model.rule import Outcome, Value

IWG: Mapping[str, Value] = {
    "bm_blasts_pct": 2.0,
    "bm_spicules": True,
    "bm_nucleated_cells": 200.0,
    "auer_rods": False,
    "extramedullary": False,
    "anc_per_ul": 1001.0,
    "plt_per_ul": 100_001.0,
    "transfusion_dependent": False,
    "baseline_bm_blasts_pct": 60.0,
}
ELN: Mapping[str, Value] = {
    "bm_blasts_pct": 2.0,
    "bm_adequate": True,
    "pb_blasts": False,
    "extramedullary": False,
    "anc_e9_per_l": 1.0,
    "plt_e9_per_l": 100.0,
    "baseline_bm_blasts_pct": 60.0,
    "mrd_result": None,
    "landmark_reached": False,
}
MDS: Mapping[str, Value] = {
    "baseline_bm_blasts_pct": 12.0,
    "bm_blasts_pct": 5.0,
    "pb_blasts_pct": 0.0,
    "hgb_g_dl": 11.0,
    "plt_e9_per_l": 100.0,
    "anc_e9_per_l": 1.0,
    "response_duration_weeks": 4.0,
}
NCCN: Mapping[str, Value] = {
    "bm_blasts_pct": 4.9,
    "circulating_blasts": False,
    "extramedullary": False,
    "trilineage_hematopoiesis": True,
    "anc_per_ul": 1001.0,
    "plt_per_ul": 100_001.0,
    "weeks_without_recurrence": 4.0,
}


def judged(rule: str, cells: Mapping[str, Value], **changes: Value) -> Outcome:
    return RULES[rule].assess({**cells, **changes})


@pytest.mark.parametrize(
    ("changes", "free", "level"),
    [
        ({}, "Y", "CR"),
        ({"bm_blasts_pct": 5.0}, "N", "PR"),
        ({"bm_blasts_pct": 25.1}, "N", "NR"),
        ({"bm_blasts_pct": 30.1, "baseline_bm_blasts_pct": 60.2}, "N", "NR"),
        ({"bm_blasts_pct": 5.1, "baseline_bm_blasts_pct": 10.2}, "N", "PR"),
        ({"anc_per_ul": 999.0}, "Y", "CRi"),
        ({"plt_per_ul": 99_999.0}, "Y", "CRi"),
        ({"transfusion_dependent": True}, "Y", "MLFS"),
        ({"extramedullary": True}, "N", "NR"),
        ({"auer_rods": True}, "N", "PR"),
        ({"auer_rods": True, "anc_per_ul": 900.0}, "N", "NR"),
        ({"bm_nucleated_cells": 199.0}, None, "NE"),
        ({"bm_spicules": False}, None, "NE"),
        ({"bm_blasts_pct": None}, None, "NE"),
        ({"auer_rods": None}, None, "NE"),
        ({"bm_blasts_pct": None, "extramedullary": True}, "N", "NE"),
        ({"anc_per_ul": None}, "Y", "NE"),
        ({"bm_blasts_pct": 40.0, "anc_per_ul": None}, "N", "NR"),
        ({"bm_blasts_pct": 10.0, "baseline_bm_blasts_pct": None}, "N", "NE"),
    ],
)
def test_iwg_2003(changes: dict[str, Value], free: str | None, level: str) -> None:
    outcome = judged("aml_iwg2003_response", IWG, **changes)
    assert outcome.values == {"leukemia_free_state": free, "response": level}
    assert bool(outcome.not_evaluable) == (level == "NE")


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"anc_per_ul": 1000.0}, "CRi"),
        ({"plt_per_ul": 100_000.0}, "CR"),
        ({"anc_per_ul": 500.0, "plt_per_ul": 50_000.0}, "MLFS"),
        ({"bm_blasts_pct": 10.0, "extramedullary": True}, "NR"),
    ],
)
def test_iwg_2003_says_what_is_not_verified(changes: dict[str, Value], level: str) -> None:
    outcome = judged("aml_iwg2003_response", IWG, **changes)
    assert outcome.values["response"] == level
    assert outcome.unverified


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "CR"),
        ({"mrd_result": "negative"}, "CR_MRDneg"),
        ({"mrd_result": "positive"}, "CR"),
        ({"anc_e9_per_l": 0.99}, "CRh"),
        ({"plt_e9_per_l": 99.9}, "CRh"),
        ({"anc_e9_per_l": 0.5, "plt_e9_per_l": 50.0}, "CRh"),
        ({"anc_e9_per_l": 0.49}, "CRi"),
        ({"plt_e9_per_l": 49.0}, "CRi"),
        ({"anc_e9_per_l": 0.49, "plt_e9_per_l": 60.0}, "MLFS"),
        ({"anc_e9_per_l": 0.49, "plt_e9_per_l": 60.0, "mrd_result": "negative"}, "MLFS"),
        ({"bm_blasts_pct": 25.1}, "NR"),
        ({"bm_blasts_pct": 10.0, "mrd_result": "negative"}, "PR"),
        ({"bm_blasts_pct": 10.0, "landmark_reached": True}, "REFRACTORY"),
        ({"extramedullary": True}, "NR"),
        ({"extramedullary": True, "landmark_reached": True}, "REFRACTORY"),
        ({"bm_blasts_pct": 40.0, "landmark_reached": None}, "NE"),
        ({"anc_e9_per_l": None}, "NE"),
        ({"bm_blasts_pct": 40.0, "anc_e9_per_l": None, "plt_e9_per_l": None}, "NR"),
        ({"bm_blasts_pct": 10.0, "baseline_bm_blasts_pct": None}, "NE"),
        ({"bm_adequate": None}, "NE"),
        ({"pb_blasts": None}, "NE"),
    ],
)
def test_eln_2022(changes: dict[str, Value], level: str) -> None:
    assert judged("aml_eln2022_response", ELN, **changes).values == {"response": level}


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "CR"),
        ({"response_duration_weeks": 3.9}, "NE"),
        ({"response_duration_weeks": None}, "NE"),
        ({"pb_blasts_pct": 1.0}, "mCR"),
        ({"anc_e9_per_l": 0.9}, "mCR"),
        ({"hgb_g_dl": None}, "NE"),
        ({"bm_blasts_pct": 5.05}, "PR"),
        ({"bm_blasts_pct": 6.0}, "PR"),
        ({"bm_blasts_pct": 6.1, "response_duration_weeks": 8.0}, "NE"),
        ({"bm_blasts_pct": 6.1, "response_duration_weeks": 8.1}, "SD"),
        ({"baseline_bm_blasts_pct": 6.0, "bm_blasts_pct": 10.0, "response_duration_weeks": 9.0}, "SD"),
        ({"baseline_bm_blasts_pct": 6.0, "bm_blasts_pct": 10.1}, "PD"),
        ({"baseline_bm_blasts_pct": 5.0, "bm_blasts_pct": 8.0, "response_duration_weeks": 9.0}, "SD"),
        ({"baseline_bm_blasts_pct": 10.0, "bm_blasts_pct": 16.0}, "NE"),
        ({"baseline_bm_blasts_pct": 10.0, "bm_blasts_pct": 20.1}, "PD"),
        ({"baseline_bm_blasts_pct": 14.0, "bm_blasts_pct": 21.0}, "PD"),
        ({"baseline_bm_blasts_pct": 35.0, "bm_blasts_pct": 60.0}, "NE"),
        ({"bm_blasts_pct": 8.0, "progression_by_counts": True}, "PD"),
        ({"bm_blasts_pct": None}, "NE"),
    ],
)
def test_iwg_2006(changes: dict[str, Value], level: str) -> None:
    assert judged("mds_iwg2006_response", MDS, **changes).values == {"result": level}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("E", 10.9, 12.4, "g/dL", None, None, 8.0), "Y"),
        (("E", 109.0, 124.0, "g/L", None, None, 8.0), "Y"),
        (("E", 11.0, 13.0, "g/dL", None, None, 8.0), "N"),
        (("E", 9.1, 9.5, "g/dL", 8.0, 0.0, 8.0), "N"),
        (("E", 9.0, 9.5, "g/dL", 8.0, 4.0, 8.0), "Y"),
        (("E", 8.0, 8.5, "g/dL", 8.0, None, 8.0), "NE"),
        (("E", 8.0, 8.5, "g/dL", 3.0, None, 8.0), "N"),
        (("E", 9.0, 10.5, "g/dL", None, None, 7.9), "N"),
        (("E", 9.0, 10.5, "g/dL", None, None, None), "NE"),
        (("P", 100.0, 200.0, "e9/L", None, None, 8.0), "N"),
        (("P", 15.0, 30.0, "e9/L", None, None, 8.0), "Y"),
        (("P", 15_000.0, 30_000.0, "/uL", None, None, 8.0), "Y"),
        (("P", 10.0, 20.0, "e9/L", None, None, 8.0), "N"),
        (("P", 20.2, 45.0, "e9/L", None, None, 8.0), "N"),
        (("P", 10.0, 20.1, "e9/L", None, None, 8.0), "Y"),
        (("N", 0.3, 0.805, "e9/L", None, None, 8.0), "Y"),
        (("N", 0.5, 1.0, "e9/L", None, None, 8.0), "N"),
        (("N", 0.55, 1.1, "10^9/L", None, None, 8.0), "Y"),
        (("N", None, 1.1, "10^9/L", None, None, 8.0), "NE"),
    ],
)
def test_hematologic_improvement(cells: tuple[Value, ...], expected: str) -> None:
    names = [column.name for column in RULES["mds_iwg2006_hi"].columns]
    assert RULES["mds_iwg2006_hi"].assess(dict(zip(names, cells, strict=True))).values == {"hi": expected}


def test_a_unit_of_another_lineage_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-CRI-03"):
        RULES["mds_iwg2006_hi"].assess({"lineage": "E", "unit": "e9/L", "baseline": 8.0, "on_treatment": 10.0})


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "CR"),
        ({"circulating_blasts": True}, "NOT_CR"),
        ({"trilineage_hematopoiesis": False}, "NOT_CR"),
        ({"weeks_without_recurrence": 3.9}, "NOT_CR"),
        ({"anc_per_ul": 1000.0}, "CRi"),
        ({"anc_per_ul": None}, "NE"),
        ({"bm_blasts_pct": None}, "NE"),
        ({"bm_blasts_pct": None, "extramedullary": True}, "NOT_CR"),
        ({"anc_per_ul": 500.0, "plt_per_ul": 20_000.0}, "CRi"),
    ],
)
def test_nccn(changes: dict[str, Value], level: str) -> None:
    assert judged("all_response_nccn", NCCN, **changes).values == {"result": level}


def test_values_that_no_patient_has_are_refused() -> None:
    for rule, cells in (("aml_iwg2003_response", IWG), ("aml_eln2022_response", ELN), ("all_response_nccn", NCCN)):
        with pytest.raises(MethodError, match="NK-COR-05"):
            judged(rule, cells, bm_blasts_pct=101.0)
        with pytest.raises(MethodError, match="NK-COR-05"):
            judged(rule, cells, bm_blasts_pct=float("nan"))
