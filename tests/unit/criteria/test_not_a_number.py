"""A number that is none, or impossible, never becomes a grade."""

import math
from collections.abc import Callable

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria.astct_crs import crs_grade
from nktrial.criteria.astct_icans import icans_grade
from nktrial.criteria.ctcae_lab_terms import LabValue
from nktrial.criteria.ctcae_v5_fever import febrile_neutropenia_grade, fever_grade
from nktrial.criteria.ctcae_v5_lab import ctcae_v5_lab_grade
from nktrial.criteria.dlt import DltEvent, dose_limiting
from nktrial.criteria.grade import Grade
from nktrial.criteria.magic_organ_stage import bilirubin_stage, rash_stage, stool_stage


def crs(temp_c: float, flow: float) -> Grade:
    return crs_grade(
        temp_c,
        fever_masked=False,
        hypotension=False,
        vasopressors="none",
        oxygen="nasal_cannula",
        oxygen_l_per_min=flow,
        death=False,
    )


def icans(age_years: float) -> Grade:
    return icans_grade(
        age_years=age_years,
        ice="10",
        capd="0",
        consciousness="awake",
        seizure="none",
        motor_weakness=False,
        oedema="none",
        death=False,
    )


def dlt(lasted_h: float) -> Grade:
    event = DltEvent("Infusion related reaction", "x", 3, 0, related=True, cause="y", lasted_h=lasted_h, graded_by="z")
    return dose_limiting(event, (0,))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
@pytest.mark.parametrize(
    "graded",
    [
        lambda bad: ctcae_v5_lab_grade("Anemia", LabValue(bad, "g/dL", lln=12.0)),
        lambda bad: ctcae_v5_lab_grade("Anemia", LabValue(11.0, "g/dL", lln=bad)),
        lambda bad: ctcae_v5_lab_grade("Creatinine increased", LabValue(1.0, "mg/dL", uln=1.0, baseline=bad)),
        fever_grade,
        lambda bad: fever_grade(41.0, bad),
        lambda bad: febrile_neutropenia_grade(bad, 500.0, sustained_38_over_1h=None),
        lambda bad: febrile_neutropenia_grade(39.0, bad, sustained_38_over_1h=None),
        lambda bad: crs(bad, 3.0),
        lambda bad: crs(39.0, bad),
        icans,
        rash_stage,
        lambda bad: stool_stage(volume_ml=bad, child=False, weight_kg=None),
        lambda bad: stool_stage(episodes=bad, child=False, weight_kg=None),
        lambda bad: stool_stage(episodes=5.0, child=True, weight_kg=bad),
        dlt,
    ],
)
def test_refused(graded: Callable[[float], Grade], bad: float) -> None:
    with pytest.raises(MethodError):
        graded(bad)


@pytest.mark.parametrize("bad", [math.nan, -1.0])
def test_bilirubin_refused(bad: float) -> None:
    with pytest.raises(MethodError, match="NK-TOX-05"):
        bilirubin_stage(bad)


def test_fahrenheit_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-COR-05"):
        fever_grade(101.3)
