"""Fever and febrile neutropenia at each limit of CTCAE v5.0."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria.ctcae_v5_fever import RULE, febrile_neutropenia_grade, fever_grade
from nktrial.criteria.grade import Graded, NotGraded


@pytest.mark.parametrize(
    ("temp_c", "hours", "wanted"),
    [
        (37.9, None, 0),
        (38.0, None, 1),
        (39.0, None, 1),
        (39.1, 0.0, 2),
        (40.0, None, 2),
        (40.1, 24.0, 3),
        (40.1, 24.5, 4),
    ],
)
def test_fever(temp_c: float, hours: float | None, wanted: int) -> None:
    found = fever_grade(temp_c, hours)
    assert isinstance(found, Graded)
    assert found.grade == wanted


def test_fever_not_evaluable() -> None:
    assert isinstance(fever_grade(None), NotGraded)
    assert fever_grade(40.5) == NotGraded("how long the temperature was above 40.0 is not given: grade 3 or 4")


def test_contradictions_are_refused() -> None:
    with pytest.raises(MethodError, match="NK-TOX-03"):
        fever_grade(39.5, 3.0)
    with pytest.raises(MethodError, match="NK-TOX-03"):
        febrile_neutropenia_grade(37.5, 500.0, sustained_38_over_1h=True)


@pytest.mark.parametrize(
    ("temp_c", "anc", "sustained", "wanted"),
    [
        (38.4, 999.0, None, 3),
        (38.3, 999.0, False, 0),
        (38.3, 999.0, True, 3),
        (38.0, 999.0, True, 3),
        (37.9, 500.0, None, 0),
        (39.0, 1000.0, True, 0),
        (None, 1000.0, None, 0),
        (None, 900.0, True, 3),
        (37.0, None, None, 0),
    ],
)
def test_febrile_neutropenia(
    temp_c: float | None,
    anc: float | None,
    sustained: bool | None,  # noqa: FBT001
    wanted: int,
) -> None:
    found = febrile_neutropenia_grade(temp_c, anc, sustained_38_over_1h=sustained)
    assert isinstance(found, Graded)
    assert found.grade == wanted


@pytest.mark.parametrize(("temp_c", "anc"), [(38.3, 500.0), (None, 500.0), (38.5, None)])
def test_febrile_neutropenia_not_evaluable(temp_c: float | None, anc: float | None) -> None:
    assert isinstance(febrile_neutropenia_grade(temp_c, anc, sustained_38_over_1h=None), NotGraded)


def test_row_without_a_term() -> None:
    assert RULE.assess({"term": None, "temp_c": 39.0}).values == {"grade": "NE", "criteria_version": "CTCAE v5.0"}
