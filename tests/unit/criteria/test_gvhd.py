"""Organ stages and grades of GVHD, as Harris 2016 and the NIH criteria word them."""

from typing import Any

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria.cgvhd_nih2014 import RULE as CHRONIC
from nktrial.criteria.cgvhd_nih2014 import SITES, global_severity
from nktrial.criteria.grade import Graded, NotGraded
from nktrial.criteria.magic_organ_stage import RULE as STAGE
from nktrial.criteria.magic_organ_stage import bilirubin_stage, rash_stage, stool_stage
from nktrial.criteria.magic_overall_grade import overall_grade


def test_rash() -> None:
    for pct, wanted in [(0, 0), (0.5, 1), (24.9, 1), (25, 2), (50, 2), (50.1, 3), (100, 3)]:
        assert rash_stage(pct).grade == wanted


def test_bilirubin() -> None:
    for value, wanted in [(1.9, 0), (2.0, 1), (3.0, 1), (3.1, 2), (6.0, 2), (6.1, 3), (15.0, 3), (15.1, 4)]:
        found = bilirubin_stage(value)
        assert found.grade == wanted
        assert found.unverified == ""


@pytest.mark.parametrize(("value", "wanted"), [(3.04, 2), (6.05, 3)])
def test_bilirubin_between_the_decimals_of_the_table_is_marked(value: float, wanted: int) -> None:
    found = bilirubin_stage(value)
    assert found.grade == wanted
    assert "one decimal" in found.unverified


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"volume_ml": 499.0, "child": False}, 0),
        ({"volume_ml": 500.0, "child": False}, 1),
        ({"volume_ml": 999.5, "child": False}, 1),
        ({"volume_ml": 1000.0, "child": False, "weight_kg": 40.0}, 2),
        ({"volume_ml": 1500.0, "child": False}, 2),
        ({"volume_ml": 1501.0, "child": False}, 3),
        ({"volume_ml": 79.0, "child": True, "weight_kg": 8.0}, 0),
        ({"volume_ml": 80.0, "child": True, "weight_kg": 8.0}, 1),
        ({"volume_ml": 159.9, "child": True, "weight_kg": 8.0}, 1),
        ({"volume_ml": 160.0, "child": True, "weight_kg": 8.0}, 2),
        ({"volume_ml": 240.0, "child": True, "weight_kg": 8.0}, 2),
        ({"volume_ml": 241.0, "child": True, "weight_kg": 8.0}, 3),
        ({"volume_ml": 1000.0, "child": True, "weight_kg": 50.0}, 2),  # 20 mL/kg
        ({"volume_ml": 510.0, "child": True, "weight_kg": 51.0}, 1),
        ({"volume_ml": 1501.0, "child": True, "weight_kg": 51.0}, 3),  # 29.4 mL/kg would be 2
        ({"episodes": 3.0, "child": True, "weight_kg": 9.0}, 0),
        ({"episodes": 3.0, "child": True, "weight_kg": 51.0}, 1),
        ({"episodes": 4.0, "child": True}, 1),  # the same by both limits
        ({"episodes": 11.0, "child": True}, 3),
        ({"episodes": 2.0, "child": False}, 0),
        ({"episodes": 5.0, "child": False}, 2),
        ({"episodes": 7.0, "child": False}, 2),
        ({"episodes": 8.0, "child": False}, 3),
        ({"episodes": 7.0, "child": True, "weight_kg": 9.0}, 2),
        ({"episodes": 10.0, "child": True, "weight_kg": 9.0}, 2),
    ],
)
def test_stool(given: dict[str, Any], wanted: int) -> None:
    found = stool_stage(**({"weight_kg": None} | given))
    assert isinstance(found, Graded)
    assert found.grade == wanted


def test_stool_of_a_child_without_weight() -> None:
    assert isinstance(stool_stage(volume_ml=300.0, child=True, weight_kg=None), NotGraded)
    assert isinstance(stool_stage(episodes=8.0, child=True, weight_kg=None), NotGraded)


def row(organ: str, measure: str, value: str, unit: str = "", *, weight_kg: float | None = None) -> Any:
    cells = {"organ": organ, "measure": measure, "value": value, "unit": unit, "weight_kg": weight_kg}
    return STAGE.assess(cells).values["stage"]


def test_rows() -> None:
    assert row("liver", "bilirubin", "51.3", "umol/L") == 1  # 3.0 mg/dL
    assert row("liver", "bilirubin", "53.01", "µmol/L") == 2  # 3.1 mg/dL
    assert row("lower_gi", "stool_volume_child", "20", "mL/kg/day", weight_kg=8.0) == 2
    assert row("lower_gi", "stool_volume_child", "20", "mL/kg/day") == "NE"
    assert row("lower_gi", "severe_sign", "severe_abdominal_pain_with_ileus") == 4
    assert row("upper_gi", "anorexia_nausea_vomiting", "intermittent") == 0
    assert row("skin", "morphology", "erythroderma_with_bullae_and_desquamation_le5pct") == 3
    assert row("skin", "morphology", "erythroderma_with_bullae_and_desquamation_gt5pct") == 4
    assert row("skin", "morphology", "generalized_erythroderma") == 3
    assert row("skin", "morphology", "erythroderma_with_bullae") == "NE"  # desquamation is not told
    assert row("skin", "morphology", "none") == 0
    assert row("skin", "rash_bsa", "") == "NE"
    assert row("skin", "rash_bsa", "30") == "NE"


@pytest.mark.parametrize(
    ("code", "cells"),
    [
        ("NK-TOX-04", ("skin", "morphology", "blisters")),
        ("NK-TOX-04", ("skin", "bilirubin", "3")),
        ("NK-TOX-02", ("liver", "bilirubin", "3", "g/L")),
        ("NK-TOX-02", ("lower_gi", "stool_volume_adult", "20", "mL/kg/day")),
        ("NK-TOX-05", ("skin", "rash_bsa", "120", "% BSA")),
        ("NK-TOX-05", ("liver", "bilirubin", "high", "mg/dL")),
        ("NK-TOX-05", ("lower_gi", "stool_episodes_adult", "-1", "/day")),
        ("NK-TOX-05", ("liver", "bilirubin", "nan", "mg/dL")),
    ],
)
def test_rows_refused(code: str, cells: tuple[str, ...]) -> None:
    with pytest.raises(MethodError) as caught:
        row(*cells)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("stages", "wanted"),
    [
        ((0, 0, 0, 0), "0"),
        ((2, 0, 0, 0), "I"),
        ((3, 0, 0, 0), "II"),
        ((0, 1, 0, 0), "II"),
        ((0, 0, 1, 0), "II"),
        ((0, 0, 0, 1), "II"),
        ((0, 2, 0, 0), "III"),
        ((3, 3, 1, 3), "III"),
        ((4, 0, 0, 0), "IV"),
        ((0, 4, 0, 0), "IV"),
        ((0, 0, 0, 4), "IV"),
        ((4, None, None, None), "IV"),
        ((0, 2, None, 0), "III"),  # the upper gut cannot make it worse
    ],
)
def test_overall(stages: tuple[int | None, ...], wanted: str) -> None:
    skin, liver, upper_gi, lower_gi = stages
    found = overall_grade(skin=skin, liver=liver, upper_gi=upper_gi, lower_gi=lower_gi)
    assert isinstance(found, Graded)
    assert found.grade == wanted


def test_overall_not_evaluable_or_refused() -> None:
    missing = overall_grade(skin=3, liver=None, upper_gi=0, lower_gi=0)
    assert missing == NotGraded("the stage of liver is not given (at least II)")
    with pytest.raises(MethodError, match="NK-TOX-05"):
        overall_grade(skin=1, liver=0, upper_gi=2, lower_gi=0)


def chronic(**scores: int) -> str | int:
    found = global_severity(dict.fromkeys(SITES, 0) | scores)
    assert isinstance(found, Graded)
    return found.grade


def test_chronic() -> None:
    assert chronic() == "none"
    assert chronic(skin=1) == "mild"
    assert chronic(skin=1, eyes=1) == "mild"
    assert chronic(skin=1, eyes=1, mouth=1) == "moderate"
    assert chronic(liver=2) == "moderate"
    assert chronic(lungs=1) == "moderate"
    assert chronic(lungs=2) == "severe"
    assert chronic(lungs=3) == "severe"
    assert chronic(genital=3) == "severe"


def test_chronic_with_a_site_not_scored() -> None:
    scores = dict.fromkeys(SITES, 0) | {"skin": 1, "genital": None}
    assert global_severity(scores) == NotGraded("not scored: genital (at least mild)")
    severe = global_severity(scores | {"lungs": 2})
    assert isinstance(severe, Graded)
    assert severe.grade == "severe"
    assert CHRONIC.assess(dict.fromkeys(SITES, 0)).unverified


def test_chronic_refused() -> None:
    with pytest.raises(MethodError, match="NK-TOX-05"):
        global_severity({"skin": 4})
    with pytest.raises(MethodError, match="NK-TOX-04"):
        global_severity({"hair": 1})
