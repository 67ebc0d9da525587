"""Laboratory grades at and beside each limit, as CTCAE v5.0 and v6.0 word them."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria.ctcae_lab_terms import LabValue
from nktrial.criteria.ctcae_v5_lab import RULE as RULE_V5
from nktrial.criteria.ctcae_v5_lab import ctcae_v5_lab_grade
from nktrial.criteria.ctcae_v6_lab import RULE as RULE_V6
from nktrial.criteria.ctcae_v6_lab import ctcae_v6_lab_grade
from nktrial.criteria.grade import Graded, NotGraded
from nktrial.model.rule import Value

VERSIONS = {5: ctcae_v5_lab_grade, 6: ctcae_v6_lab_grade}
COUNT = "10^9/L"


def grade(version: int, term: str, given: LabValue) -> int | str:
    found = VERSIONS[version](term, given)
    assert isinstance(found, Graded), found
    return found.grade


# version, term, unit, LLN, then (value, grade) at and beside each limit
FALLING = [
    (5, "Anemia", "g/dL", 12.0, [(12.0, 0), (11.9, 1), (10.0, 1), (9.9, 2), (8.0, 2), (7.9, 3)]),
    (5, "White blood cell decreased", COUNT, 4.0, [(4, 0), (3, 1), (2.9, 2), (2, 2), (1.9, 3), (1, 3), (0.9, 4)]),
    (5, "Neutrophil count decreased", COUNT, 1.8, [(1.8, 0), (1.5, 1), (1.4, 2), (1, 2), (0.9, 3), (0.5, 3), (0.4, 4)]),
    (5, "Platelet count decreased", COUNT, 150, [(150, 0), (75, 1), (74, 2), (50, 2), (49, 3), (25, 3), (24, 4)]),
    (5, "Lymphocyte count decreased", COUNT, 1.0, [(1, 0), (0.8, 1), (0.7, 2), (0.5, 2), (0.4, 3), (0.2, 3), (0.1, 4)]),
    (5, "CD4 lymphocytes decreased", "/uL", 600, [(600, 0), (500, 1), (499, 2), (200, 2), (199, 3), (50, 3), (49, 4)]),
    (6, "CD4 lymphocytes decreased", "/uL", 600, [(600, 0), (500, 1), (499, 2), (200, 2), (199, 3), (50, 3), (49, 4)]),
    (6, "Neutrophil count decreased", COUNT, 1.8, [(1.5, 0), (1.4, 1), (1, 1), (0.9, 2), (0.5, 2), (0.4, 3), (0.1, 3)]),
    (6, "Neutrophil count decreased", COUNT, None, [(1.5, 0), (0.09, 4)]),
    (6, "Thrombocytopenia", COUNT, 150, [(150, 0), (75, 1), (74, 2), (50, 2), (49, 3), (10, 3), (9, 4)]),
    (6, "Anemia", "g/dL", 10.5, [(10.5, 0), (10.4, 1), (10.0, 1), (9.9, 2), (7.9, 3)]),
]


@pytest.mark.parametrize(("version", "term", "unit", "lln", "expected"), FALLING)
def test_falling_limits(
    version: int, term: str, unit: str, lln: float | None, expected: list[tuple[float, int]]
) -> None:
    for value, wanted in expected:
        assert grade(version, term, LabValue(value, unit, lln=lln)) == wanted, value


@pytest.mark.parametrize("version", [5, 6])
def test_rising_counts(version: int) -> None:
    for value, wanted in [(4.0, 0), (4.1, 2), (20.0, 2), (20.1, 3)]:
        assert grade(version, "Lymphocyte count increased", LabValue(value, COUNT)) == wanted
    for value, wanted in [(100.0, 0), (100.1, 3)]:
        assert grade(version, "Leukocytosis", LabValue(value, COUNT)) == wanted


# version, term, unit, ULN, baseline, then (value, grade)
NORMAL_BASELINE = [
    (
        5,
        "Alanine aminotransferase increased",
        "U/L",
        40,
        [(40, 0), (41, 1), (120, 1), (121, 2), (200, 2), (201, 3), (801, 4)],
    ),
    (6, "Aspartate aminotransferase increased", "U/L", 40, [(40, 0), (120, 1), (121, 2), (201, 3), (800, 3), (801, 4)]),
    (5, "Alkaline phosphatase increased", "U/L", 100, [(100, 0), (250, 1), (251, 2), (500, 2), (501, 3), (2001, 4)]),
    (5, "GGT increased", "U/L", 100, [(100, 0), (250, 1), (251, 2), (500, 2), (2000, 3), (2001, 4)]),
    (6, "GGT increased", "U/L", 100, [(100, 0), (250, 1), (251, 2), (500, 2), (2000, 3), (2001, 4)]),
    (
        5,
        "Blood bilirubin increased",
        "mg/dL",
        1.2,
        [(1.2, 0), (1.8, 1), (1.9, 2), (3.6, 2), (3.7, 3), (12, 3), (12.1, 4)],
    ),
    (6, "Blood bilirubin increased", "mg/dL", 1.2, [(1.2, 0), (1.8, 1), (1.9, 2), (3.6, 2), (12, 3), (12.1, 4)]),
]
RAISED_BASELINE = [
    (
        5,
        "Alanine aminotransferase increased",
        40,
        100,
        [(149, 0), (150, 1), (300, 1), (301, 2), (500, 2), (501, 3), (2001, 4)],
    ),
    (
        6,
        "Alanine aminotransferase increased",
        40,
        100,
        [(99, 0), (100, 1), (150, 1), (151, 2), (201, 3), (400, 3), (401, 4)],
    ),
    (5, "GGT increased", 40, 100, [(199, 0), (200, 1), (250, 1), (251, 2), (501, 3), (2001, 4)]),
    (5, "Alkaline phosphatase increased", 40, 100, [(199, 0), (200, 1), (250, 1), (251, 2), (501, 3), (2001, 4)]),
    (6, "GGT increased", 40, 100, [(99, 0), (100, 1), (150, 1), (151, 2), (300, 2), (301, 3), (1000, 3), (1001, 4)]),
]


@pytest.mark.parametrize(("version", "term", "unit", "uln", "expected"), NORMAL_BASELINE)
def test_multiples_of_uln(version: int, term: str, unit: str, uln: float, expected: list[tuple[float, int]]) -> None:
    for value, wanted in expected:
        for status in ("NORMAL", "LOW"):
            given = LabValue(
                value, unit, uln=uln, baseline=uln / 2, baseline_status="LOW" if status == "LOW" else "NORMAL"
            )
            assert grade(version, term, given) == wanted, value


@pytest.mark.parametrize(("version", "term", "uln", "baseline", "expected"), RAISED_BASELINE)
def test_multiples_of_a_raised_baseline(
    version: int, term: str, uln: float, baseline: float, expected: list[tuple[float, int]]
) -> None:
    for value, wanted in expected:
        assert (
            grade(version, term, LabValue(value, "U/L", uln=uln, baseline=baseline, baseline_status="HIGH")) == wanted
        )
        assert grade(version, term, LabValue(value, "U/L", uln=uln, baseline=baseline)) == wanted, (
            "status from the limits"
        )


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (5, [(2.0, 0), (2.1, 1), (3.0, 1), (3.1, 2), (6.0, 2), (6.1, 3), (20.1, 4)]),
        (6, [(1.9, 0), (2.0, 1), (3.0, 1), (3.1, 2), (5.0, 2), (5.1, 3), (20.1, 4)]),
    ],
)
def test_bilirubin_with_a_raised_baseline(version: int, expected: list[tuple[float, int]]) -> None:
    for value, wanted in expected:
        given = LabValue(value, "mg/dL", uln=1.2, baseline=2.0, baseline_status="HIGH")
        assert grade(version, "Blood bilirubin increased", given) == wanted, value


def test_creatinine_rise_within_normal_is_grade_2_in_v5_and_0_in_v6() -> None:
    given = LabValue(0.5, "mg/dL", uln=0.6, baseline=0.3, baseline_status="NORMAL")
    five = ctcae_v5_lab_grade("Creatinine increased", given)
    assert isinstance(five, Graded)
    assert five.grade == 2
    assert "within the given limits of normal" in five.caution
    assert grade(6, "Creatinine increased", given) == 0


def test_creatinine_with_a_low_baseline_in_v6() -> None:
    for value, wanted in [(0.45, 0), (0.46, 2), (0.9, 2), (0.91, 3), (3.7, 4)]:
        given = LabValue(value, "mg/dL", uln=0.6, baseline=0.3, baseline_status="LOW")
        assert grade(6, "Creatinine increased", given) == wanted, value


def test_creatinine_by_uln() -> None:
    for version in (5, 6):
        for value, wanted in [(1.0, 0), (1.1, 1), (1.5, 1), (1.6, 2), (3.0, 2), (3.1, 3), (6.0, 3), (6.1, 4)]:
            given = LabValue(value, "mg/dL", uln=1.0, baseline=1.0, baseline_status="NORMAL")
            assert grade(version, "Creatinine increased", given) == wanted, value


def test_alkaline_phosphatase_in_v6_has_grade_1_only() -> None:
    term = "Alkaline phosphatase increased"
    assert grade(6, term, LabValue(9000, "U/L", uln=100, baseline=90)) == 1
    assert grade(6, term, LabValue(150, "U/L", uln=100, baseline=160)) == 0
    assert grade(6, term, LabValue(100, "U/L", uln=100)) == 0
    assert isinstance(ctcae_v6_lab_grade(term, LabValue(150, "U/L", uln=100)), NotGraded)


@pytest.mark.parametrize(
    ("term", "given", "said"),
    [
        ("Anemia", LabValue(None, "g/dL", lln=12), "value"),
        ("Anemia", LabValue(11.0, "", lln=12), "unit"),
        ("Anemia", LabValue(11.0, "g/dL"), "lower limit"),
        ("Alanine aminotransferase increased", LabValue(50, "U/L", uln=40), "baseline"),
        (
            "Alanine aminotransferase increased",
            LabValue(50, "U/L", baseline=30, baseline_status="NORMAL"),
            "upper limit",
        ),
        ("Alanine aminotransferase increased", LabValue(50, "U/L", uln=40, baseline_status="HIGH"), "baseline"),
        ("Creatinine increased", LabValue(2.0, "mg/dL", uln=1.0), "baseline"),
        ("Creatinine increased", LabValue(4.0, "mg/dL", baseline=1.0), "upper limit"),
    ],
)
def test_missing_is_not_graded(term: str, given: LabValue, said: str) -> None:
    found = ctcae_v5_lab_grade(term, given)
    assert isinstance(found, NotGraded)
    assert said in found.reason


def test_missing_that_cannot_matter_does_not() -> None:
    assert grade(5, "Anemia", LabValue(7.0, "g/dL")) == 3
    assert grade(5, "Creatinine increased", LabValue(6.1, "mg/dL", uln=1.0)) == 4
    assert grade(5, "Creatinine increased", LabValue(3.1, "mg/dL", uln=1.0)) == 3


@pytest.mark.parametrize(
    ("term", "unit", "value", "lln", "uln", "baseline", "wanted"),
    [
        ("Anemia", "g/L", 99.0, 120.0, None, None, 2),
        ("Anemia", "g/L", 100.0, 120.0, None, None, 1),
        ("Platelet count decreased", "10^3/uL", 49.0, 150.0, None, None, 3),
        ("Platelet count decreased", "/uL", 49_000.0, 150_000.0, None, None, 3),
        ("CD4 lymphocytes decreased", COUNT, 0.199, 0.6, None, None, 3),
        ("Blood bilirubin increased", "µmol/L", 1.5 * 20.52, None, 20.52, 10.0, 1),
        ("Blood bilirubin increased", "umol/L", 31.0, None, 20.52, 10.0, 2),
        ("Creatinine increased", "umol/L", 3.1 * 88.4, None, 88.4, 88.4, 3),
    ],
)
def test_units(
    term: str, unit: str, value: float, lln: float | None, uln: float | None, baseline: float | None, wanted: int
) -> None:
    assert grade(5, term, LabValue(value, unit, lln=lln, uln=uln, baseline=baseline)) == wanted


@pytest.mark.parametrize(
    ("code", "term", "given"),
    [
        ("NK-TOX-01", "Hyperkalaemia", LabValue(7.0, "mmol/L")),
        ("NK-TOX-02", "Anemia", LabValue(6.0, "mmol/L", lln=7.0)),
        ("NK-COR-06", "Platelet count decreased", LabValue(20.0, "g/dL", lln=150.0)),
        ("NK-TOX-03", "Anemia", LabValue(9.0, "g/dL", lln=16.0, uln=12.0)),
        ("NK-TOX-06", "Thrombocytopenia", LabValue(20.0, COUNT, lln=150.0)),
    ],
)
def test_refused(code: str, term: str, given: LabValue) -> None:
    with pytest.raises(MethodError) as caught:
        ctcae_v5_lab_grade(term, given)
    assert caught.value.code == code


def test_unknown_term_names_the_known_ones() -> None:
    with pytest.raises(MethodError, match=r"Anemia.*Platelet count decreased"):
        ctcae_v5_lab_grade("Platelets", LabValue(1.0, COUNT))


@pytest.mark.parametrize(
    ("term", "said"), [("Lymphocyte count decreased", "not known"), ("Platelet count decreased", "Thrombocytopenia")]
)
def test_v6_refuses_with_the_reason(term: str, said: str) -> None:
    with pytest.raises(MethodError, match=said) as caught:
        ctcae_v6_lab_grade(term, LabValue(0.3, COUNT, lln=1.0))
    assert caught.value.code == "NK-TOX-06"


@pytest.mark.parametrize(
    ("term", "given", "said"),
    [
        ("Anemia", LabValue(9.8, "g/dL", lln=9.5), "within the given limits of normal"),
        ("Neutrophil count decreased", LabValue(1.2, COUNT, lln=1.0), "within the given limits of normal"),
        ("Lymphocyte count increased", LabValue(6.0, COUNT, uln=10.5), "within the given limits of normal"),
        ("Lymphocyte count increased", LabValue(6.0, COUNT, age_days=200), "usual at this age: infants"),
        ("Lymphocyte count increased", LabValue(6.0, COUNT), "if the patient is below one year"),
        ("Anemia", LabValue(9.6, "g/dL", age_days=90), "may be normal at this age"),
    ],
)
def test_the_words_are_followed_and_the_infant_trap_is_told(term: str, given: LabValue, said: str) -> None:
    found = ctcae_v5_lab_grade(term, given)
    assert isinstance(found, Graded)
    assert found.grade == 2
    assert said in found.caution


def test_no_caution_where_nothing_is_to_beware_of() -> None:
    for term, given in [
        ("Lymphocyte count increased", LabValue(6.0, COUNT, age_days=4000)),
        ("Lymphocyte count increased", LabValue(11.0, COUNT, age_days=200)),
        ("Anemia", LabValue(9.0, "g/dL", lln=12.0)),
    ]:
        found = ctcae_v5_lab_grade(term, given)
        assert isinstance(found, Graded)
        assert found.caution == ""


def test_a_status_that_contradicts_the_baseline_is_told() -> None:
    given = LabValue(301, "U/L", uln=40, baseline=30, baseline_status="HIGH")
    found = ctcae_v5_lab_grade("Alanine aminotransferase increased", given)
    assert isinstance(found, Graded)
    assert "does not go with" in found.caution


def test_v6_grade_3_beyond_a_baseline_of_5_uln_is_told() -> None:
    found = ctcae_v6_lab_grade("Alanine aminotransferase increased", LabValue(500, "U/L", uln=40, baseline=201))
    assert isinstance(found, Graded)
    assert found.grade == 3
    assert "5 x ULN" in found.caution


def test_every_output_names_the_version() -> None:
    cells: dict[str, Value] = {"term": "anemia", "unit": "g/dL", "value": 9.0, "lln": 12.0}
    assert RULE_V5.assess(cells).values["criteria_version"] == "CTCAE v5.0"
    assert RULE_V6.assess(cells).values["criteria_version"] == "CTCAE v6.0"
    nothing = RULE_V6.assess({"term": None, "value": 9.0})
    assert nothing.values["grade"] == "NE"
    assert nothing.values["criteria_version"] == "CTCAE v6.0"
