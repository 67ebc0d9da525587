"""Lymphocytes against healthy children: limits, ages, units, and what is refused."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria import RULES
from nktrial.criteria.lymphocyte_reference_range import age_in_months
from nktrial.model.rule import Value

RULE = RULES["lymphocyte_reference_range"]
INFANT: dict[str, Value] = {"subset": "NK", "value": 500.0, "unit": "/uL", "age_months": 7.0}


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (159.9, "/uL", "BELOW"),
        (160.0, "/uL", "WITHIN"),
        (0.16, "10^9/L", "WITHIN"),
        (950.0, "cells/uL", "WITHIN"),
        (950.1, "/mm3", "ABOVE"),
        (0.9501, "K/µL", "ABOVE"),
        (0.0, "/uL", "BELOW"),
    ],
)
def test_nk_cells_at_seven_months(value: float, unit: str, expected: str) -> None:
    outcome = RULE.assess({**INFANT, "value": value, "unit": unit})
    assert outcome.values["result"] == expected
    assert (outcome.values["low_per_ul"], outcome.values["high_per_ul"]) == (160.0, 950.0)
    assert outcome.values["percentiles"] == "10th to 90th percentile"
    assert "not read in the paper" in outcome.unverified


@pytest.mark.parametrize(
    ("age", "low"),
    [
        ({"age_days": 91.0}, 1600.0),
        ({"age_days": 92.0}, 1800.0),
        ({"age_months": 2.99}, 1600.0),
        ({"age_months": 3.0}, 1800.0),
        ({"age_days": 0.0}, 1600.0),
        ({"age_months": 24.0}, 700.0),
        ({"age_months": 215.9}, 530.0),
        ({"age_days": 91.0, "age_months": 3.0}, 1600.0),
    ],
)
def test_the_band_of_an_age(age: dict[str, Value], low: float) -> None:
    cells = {"subset": "CD4", "value": 2.0, "unit": "10^9/L", **age}
    assert RULE.assess(cells).values["low_per_ul"] == low


def test_all_lymphocytes_are_held_to_narrower_percentiles() -> None:
    outcome = RULE.assess({**INFANT, "subset": "lymphocytes", "value": 5.29, "unit": "10^9/L"})
    assert outcome.values["result"] == "BELOW"
    assert outcome.values["percentiles"] == "25th to 75th percentile"
    assert "textbook" in outcome.unverified


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"age_months": 216.0}, "the table of NK ends below 18 years"),
        ({"subset": "lymphocytes", "age_months": 36.0}, "the table of lymphocytes ends below 3 years"),
        ({"age_months": None}, "not given: the age"),
        ({"value": None}, "not given: the count"),
        ({"unit": None}, "not given: its unit"),
        ({"subset": None}, "not given: subset"),
    ],
)
def test_not_evaluable(changes: dict[str, Value], reason: str) -> None:
    outcome = RULE.assess({**INFANT, **changes})
    assert (outcome.values["result"], outcome.not_evaluable) == ("NE", reason)
    assert outcome.values["low_per_ul"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unit": "10^9"}, "NK-COR-06"),
        ({"value": 2900.0, "unit": "10^9/L"}, "NK-COR-05"),
        ({"age_days": 30.0, "age_months": 7.0}, "NK-CRI-02"),
    ],
)
def test_refused(changes: dict[str, Value], code: str) -> None:
    with pytest.raises(MethodError, match=code):
        RULE.assess({**INFANT, **changes})


@pytest.mark.parametrize(("days", "months"), [(-1.0, None), (None, -0.1), (None, 1441.0), (float("nan"), None)])
def test_an_age_that_nobody_has_is_refused(days: float | None, months: float | None) -> None:
    with pytest.raises(MethodError, match="NK-COR-05"):
        age_in_months(days, months)
