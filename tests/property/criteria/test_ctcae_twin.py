"""Laboratory and fever grades against plain twins; a worse value never improves a grade; units do not matter."""

from hypothesis import given
from hypothesis import strategies as st

from nktrial.criteria.ctcae_lab import lab_grade
from nktrial.criteria.ctcae_lab_terms import BaselineStatus, Falling, LabValue, Term
from nktrial.criteria.ctcae_v5_fever import fever_grade
from nktrial.criteria.ctcae_v5_lab import ctcae_v5_lab_grade
from nktrial.criteria.ctcae_v5_lab_limits import TERMS_V5
from nktrial.criteria.ctcae_v6_lab import ctcae_v6_lab_grade
from nktrial.criteria.ctcae_v6_lab_limits import TERMS_V6
from nktrial.criteria.grade import Graded

UNIT = {"count": "10^9/L", "hemoglobin": "g/dL", "enzyme": "U/L", "bilirubin": "mg/dL", "creatinine": "mg/dL"}
# The same values in another accepted unit: spelling and how many of it make one of the other.
OTHER = {
    "count": ("/uL", 1000.0),
    "hemoglobin": ("g/L", 10.0),
    "enzyme": ("IU/L", 1.0),
    "bilirubin": ("umol/L", 17.1),
    "creatinine": ("umol/L", 88.4),
}
terms = st.sampled_from([*TERMS_V5, *TERMS_V6])
tenths = st.integers(1, 3000).map(lambda whole: whole / 10)
statuses: tuple[BaselineStatus, ...] = ("LOW", "NORMAL", "HIGH")
status = st.sampled_from(statuses)


def grade(term: Term, lab: LabValue) -> int:
    found = lab_grade(lab, term)
    assert isinstance(found, Graded)
    return int(found.grade)


@given(terms, tenths, tenths, tenths, tenths, status)
def test_a_worse_value_never_has_a_lower_grade(
    term: Term, first: float, second: float, limit: float, baseline: float, known: BaselineStatus
) -> None:
    low, high = sorted((first, second))
    grades = [
        grade(
            term, LabValue(value, UNIT[term.quantity], lln=limit, uln=limit, baseline=baseline, baseline_status=known)
        )
        for value in (low, high)
    ]
    assert grades == sorted(grades, reverse=isinstance(term.grades, Falling))


@given(terms, tenths, tenths, tenths)
def test_units_do_not_matter(term: Term, value: float, limit: float, baseline: float) -> None:
    spelling, factor = OTHER[term.quantity]
    one = LabValue(value, UNIT[term.quantity], lln=limit, uln=limit, baseline=baseline)
    other = LabValue(value * factor, spelling, lln=limit * factor, uln=limit * factor, baseline=baseline * factor)
    assert grade(term, one) == grade(term, other)


@given(st.integers(0, 300), st.integers(80, 200))
def test_neutrophils_and_platelets_by_counting(anc_of_100: int, lln_of_100: int) -> None:
    """Neutrophils in hundredths of 10^9/L, in whole numbers only."""
    five = 4 if anc_of_100 < 50 else 3 if anc_of_100 < 100 else 2 if anc_of_100 < 150 else 1
    if anc_of_100 >= 150 and anc_of_100 >= lln_of_100:
        five = 0
    six = 4 if anc_of_100 < 10 else 3 if anc_of_100 < 50 else 2 if anc_of_100 < 100 else 1 if anc_of_100 < 150 else 0
    lab = LabValue(anc_of_100 / 100, "10^9/L", lln=lln_of_100 / 100)
    for graded, wanted in ((ctcae_v5_lab_grade, five), (ctcae_v6_lab_grade, six)):
        found = graded("Neutrophil count decreased", lab)
        assert isinstance(found, Graded)
        assert found.grade == wanted


@given(st.integers(0, 2500), st.integers(10, 60), st.integers(10, 200))
def test_alt_by_whole_numbers(alt: int, uln: int, baseline: int) -> None:
    """Multiples in whole numbers: 2 x ALT against 3 x baseline is 1.5 x baseline."""
    if baseline <= uln:
        five = six = sum((alt > uln, alt > 3 * uln, alt > 5 * uln, alt > 20 * uln))
    else:
        five = sum((2 * alt >= 3 * baseline, alt > 3 * baseline, alt > 5 * baseline, alt > 20 * baseline))
        six = sum((alt >= baseline, 2 * alt > 3 * baseline, alt > 2 * baseline, alt > 4 * baseline))
    lab = LabValue(float(alt), "U/L", uln=float(uln), baseline=float(baseline))
    for graded, wanted in ((ctcae_v5_lab_grade, five), (ctcae_v6_lab_grade, six)):
        found = graded("Alanine aminotransferase increased", lab)
        assert isinstance(found, Graded)
        assert found.grade == wanted


@given(st.integers(1, 900), st.integers(20, 120), st.integers(10, 200))
def test_creatinine_by_whole_numbers(value: int, uln: int, baseline: int) -> None:
    by_uln = sum((value > uln, 2 * value > 3 * uln, value > 3 * uln, value > 6 * uln))
    by_baseline = 3 if value > 3 * baseline else 2 if 2 * value > 3 * baseline else 0
    lab = LabValue(value / 100, "mg/dL", uln=uln / 100, baseline=baseline / 100, baseline_status="NORMAL")
    five = ctcae_v5_lab_grade("Creatinine increased", lab)
    six = ctcae_v6_lab_grade("Creatinine increased", lab)
    assert isinstance(five, Graded)
    assert isinstance(six, Graded)
    assert five.grade == max(by_uln, by_baseline)
    assert six.grade == by_uln


@given(st.integers(350, 430), st.integers(0, 72))
def test_fever_in_tenths(tenths_c: int, hours: int) -> None:
    if tenths_c < 380:
        wanted = 0
    elif tenths_c <= 390:
        wanted = 1
    elif tenths_c <= 400:
        wanted = 2
    else:
        wanted = 3 if hours <= 24 else 4
    found = fever_grade(tenths_c / 10, float(hours) if tenths_c > 400 else None)
    assert isinstance(found, Graded)
    assert found.grade == wanted
