"""ASTCT grades of CRS and ICANS, as Lee 2019 words them."""

from typing import Any

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria.astct_crs import RULE as CRS_RULE
from nktrial.criteria.astct_crs import crs_grade
from nktrial.criteria.astct_icans import CAPD_0, icans_grade
from nktrial.criteria.astct_icans import RULE as ICANS_RULE
from nktrial.criteria.grade import Graded
from nktrial.model.rule import Value


def crs(temp_c: float | None = 38.5, **changed: Any) -> int | str:
    given: dict[str, Any] = {
        "fever_masked": False,
        "hypotension": False,
        "vasopressors": "none",
        "oxygen": "none",
        "death": False,
    }
    found = crs_grade(temp_c, **(given | changed))
    return found.grade if isinstance(found, Graded) else "NE"


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"temp_c": 37.9}, 0),
        ({"temp_c": 38.0}, 1),
        ({"temp_c": 41.0}, 1),
        ({"hypotension": True}, 2),
        ({"oxygen": "low_flow_nasal_cannula"}, 2),
        ({"oxygen": "nasal_cannula", "oxygen_l_per_min": 6.0}, 2),
        ({"oxygen": "nasal_cannula", "oxygen_l_per_min": 6.5}, 3),
        ({"oxygen": "high_flow_nasal_cannula"}, 3),
        ({"oxygen": "high_flow_nasal_cannula", "oxygen_l_per_min": 20.0}, 3),
        ({"oxygen": "blow_by"}, 2),
        ({"oxygen": "venturi"}, 3),
        ({"oxygen": "venturi_mask"}, 3),
        ({"oxygen": "nonrebreather"}, 3),
        ({"oxygen": "cpap"}, 4),
        ({"oxygen": "mechanical_ventilation"}, 4),
        ({"hypotension": True, "vasopressors": "one"}, 3),
        ({"hypotension": True, "vasopressors": "one_plus_vasopressin"}, 3),
        ({"hypotension": False, "vasopressors": "one"}, 3),
        ({"hypotension": True, "vasopressors": "multiple"}, 4),
        ({"death": True}, 5),
        ({"temp_c": 36.5, "death": True}, 5),
        ({"temp_c": 36.5, "fever_masked": True, "hypotension": True}, 2),
        ({"temp_c": None, "fever_masked": True, "oxygen": "cpap"}, 4),
        ({"temp_c": 36.5, "hypotension": True}, 0),  # never fever: no syndrome
        ({"oxygen": "cpap", "vasopressors": "", "hypotension": None}, 4),
        ({"vasopressors": "vasopressin_only", "oxygen": "facemask", "hypotension": True}, 3),
    ],
)
def test_crs(changed: dict[str, Any], wanted: int) -> None:
    assert crs(**changed) == wanted


@pytest.mark.parametrize(
    "changed",
    [
        {"temp_c": None},
        {"temp_c": 37.0, "fever_masked": None},
        {"temp_c": 37.0, "fever_masked": True},  # nothing is left to grade by: the words give neither 0 nor 1
        {"hypotension": None},
        {"vasopressors": ""},
        {"oxygen": ""},
        {"death": None},
        {"oxygen": "nasal_cannula"},
        {"oxygen": "high_flow_nasal_cannula", "oxygen_l_per_min": 5.0},
        {"hypotension": True, "vasopressors": "vasopressin_only"},
    ],
)
def test_crs_not_evaluable(changed: dict[str, Any]) -> None:
    assert crs(**changed) == "NE"


def test_crs_row() -> None:
    outcome = CRS_RULE.assess({"temp_c": 38.2, "hypotension": True, "vasopressors": "none", "oxygen_support": "none"})
    assert outcome.values == {"grade": "NE", "criteria_version": "ASTCT 2019"}
    assert outcome.not_evaluable == "whether death was due to CRS is not given (at least 2)"


def icans(**changed: Any) -> int | str:
    given: dict[str, Any] = {
        "age_years": 30.0,
        "ice": "10",
        "capd": "",
        "consciousness": "awake",
        "seizure": "none",
        "motor_weakness": False,
        "oedema": "none",
        "death": False,
    }
    found = icans_grade(**(given | changed))
    return found.grade if isinstance(found, Graded) else "NE"


CHILD = {"age_years": 0.7, "ice": ""}


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, 0),
        ({"ice": "9"}, 1),
        ({"ice": "7"}, 1),
        ({"ice": "6"}, 2),
        ({"ice": "3"}, 2),
        ({"ice": "2"}, 3),
        ({"ice": "0"}, 3),
        ({"ice": "0", "consciousness": "unarousable"}, 4),
        ({"ice": "unable"}, 3),
        ({"ice": "unable", "consciousness": "coma"}, 4),
        ({"ice": "", "seizure": "prolonged_gt5min"}, 4),  # a missing ICE score is at worst 3
        ({"consciousness": "awakens_to_voice"}, 2),
        ({"consciousness": "awakens_to_tactile"}, 3),
        ({"seizure": "nonconvulsive_resolving"}, 3),
        ({"seizure": "status_epilepticus"}, 4),
        ({"seizure": "repetitive_no_return_to_baseline"}, 4),
        ({"seizure": "nonconvulsive_resolving_with_intervention"}, 3),
        ({"consciousness": "awakens_spontaneously"}, 1),
        ({"consciousness": "awakens_to_vigorous_tactile"}, 4),
        ({"oedema": "focal"}, 3),
        ({"oedema": "papilledema"}, 4),
        ({"motor_weakness": True}, 4),
        ({"death": True, "ice": ""}, 5),
        ({"age_years": 12.0, "ice": "8", "capd": "20"}, 1),
        ({"age_years": 11.9, "ice": "8", "capd": "20"}, 3),
        (CHILD | {"capd": "1"}, 1),
        (CHILD | {"capd": "8"}, 1),
        (CHILD | {"capd": "8", "consciousness": "awakens_to_voice"}, 2),
        (CHILD | {"capd": "9"}, 3),
        (CHILD | {"capd": "unable"}, 4),
    ],
)
def test_icans(changed: dict[str, Any], wanted: int) -> None:
    assert icans(**changed) == wanted


@pytest.mark.parametrize(
    "changed",
    [
        {"age_years": None},
        {"ice": ""},
        CHILD | {"ice": "9"},
        {"consciousness": ""},
        {"seizure": ""},
        {"motor_weakness": None},
        {"oedema": ""},
        {"death": None},
    ],
)
def test_icans_not_evaluable(changed: dict[str, Any]) -> None:
    assert icans(**changed) == "NE"


@pytest.mark.parametrize("changed", [{"ice": "11"}, {"ice": "-1"}, {"ice": "7.5"}, {"capd": "33"}, {"ice": "ten"}])
def test_icans_score_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="NK-TOX-04"):
        icans(**changed)


@pytest.mark.parametrize(
    "changed", [{"seizure": "brief"}, {"seizure": "not_resolving"}, {"consciousness": "drowsy"}, {"oedema": "some"}]
)
def test_icans_word_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="Known parts"):
        icans(**changed)


def test_capd_0_is_marked() -> None:
    cells: dict[str, Value] = {
        "age_years": 2.0,
        "capd_score": "0",
        "consciousness": "awake",
        "seizure": "none",
        "motor_weakness": False,
        "cerebral_edema": "none",
        "death_due_to_icans": False,
    }
    outcome = ICANS_RULE.assess(cells)
    assert outcome.values == {"grade": 0, "criteria_version": "ASTCT 2019"}
    assert outcome.unverified == CAPD_0
