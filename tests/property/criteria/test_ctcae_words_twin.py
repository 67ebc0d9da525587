"""Every laboratory term against CTCAE's own words, read as text, in exact fractions.

The words are those of the NCI's tables, with the parts left out that no laboratory value tells. "<a - b" holds from b
to below a; ">a - b" above a up to b; "a - b" from a to b.
"""

import re
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nktrial.criteria.ctcae_lab_terms import BaselineStatus, LabValue
from nktrial.criteria.ctcae_v5_lab import ctcae_v5_lab_grade
from nktrial.criteria.ctcae_v5_lab_limits import TERMS_V5
from nktrial.criteria.ctcae_v6_lab import ctcae_v6_lab_grade
from nktrial.criteria.ctcae_v6_lab_limits import TERMS_V6
from nktrial.criteria.grade import Graded

COUNT, ENZYME, MG = "10^9/L", "U/L", "mg/dL"


class Words(NamedTuple):
    """Words of grades 1 to 4: plain, or x ULN; those of a raised baseline; those that count beside ULN."""

    version: int
    term: str
    unit: str
    grades: tuple[str, ...]
    raised: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    beside_if_low: bool = False


LIVER = (">ULN - 3.0", ">3.0 - 5.0", ">5.0 - 20.0", ">20.0")
LIVER_5 = ("1.5 - 3.0", ">3.0 - 5.0", ">5.0 - 20.0", ">20.0")
LIVER_6 = ("1.0 - 1.5", ">1.5 - 2.0", ">2.0 - 4.0", ">4.0")
DUCT = (">ULN - 2.5", ">2.5 - 5.0", ">5.0 - 20.0", ">20.0")
DUCT_5 = ("2.0 - 2.5", ">2.5 - 5.0", ">5.0 - 20.0", ">20.0")
BILIRUBIN = (">ULN - 1.5", ">1.5 - 3.0", ">3.0 - 10.0", ">10.0")
CREATININE = (">ULN - 1.5", ">1.5 - 3.0", ">3.0 - 6.0", ">6.0")
BASELINE = ("", ">1.5 - 3.0", ">3.0", "")
ALT, AST = "Alanine aminotransferase increased", "Aspartate aminotransferase increased"

SAME = [
    ("Anemia", "g/dL", ("<LLN - 10.0", "<10.0 - 8.0", "<8.0", "")),
    ("Leukocytosis", COUNT, ("", "", ">100", "")),
    ("White blood cell decreased", COUNT, ("<LLN - 3.0", "<3.0 - 2.0", "<2.0 - 1.0", "<1.0")),
    ("Lymphocyte count increased", COUNT, ("", ">4 - 20", ">20", "")),
    ("CD4 lymphocytes decreased", "/uL", ("<LLN - 500", "<500 - 200", "<200 - 50", "<50")),
]
ALL = [
    *(Words(version, *row) for version in (5, 6) for row in SAME),
    Words(5, "Neutrophil count decreased", COUNT, ("<LLN - 1.5", "<1.5 - 1.0", "<1.0 - 0.5", "<0.5")),
    Words(6, "Neutrophil count decreased", COUNT, ("<1.5 - 1.0", "<1.0 - 0.5", "<0.5 - 0.1", "<0.1")),
    Words(5, "Platelet count decreased", COUNT, ("<LLN - 75.0", "<75.0 - 50.0", "<50.0 - 25.0", "<25.0")),
    Words(6, "Thrombocytopenia", COUNT, ("<LLN - 75.0", "<75.0 - 50.0", "<50.0 - 10.0", "<10.0")),
    Words(5, "Lymphocyte count decreased", COUNT, ("<LLN - 0.8", "<0.8 - 0.5", "<0.5 - 0.2", "<0.2")),
    *(Words(5, term, ENZYME, LIVER, LIVER_5) for term in (ALT, AST)),
    *(Words(6, term, ENZYME, LIVER, LIVER_6) for term in (ALT, AST)),
    *(Words(5, term, ENZYME, DUCT, DUCT_5) for term in ("Alkaline phosphatase increased", "GGT increased")),
    Words(6, "GGT increased", ENZYME, DUCT, ("1.0 - 1.5", ">1.5 - 3.0", ">3.0 - 10.0", ">10.0")),
    Words(5, "Blood bilirubin increased", MG, BILIRUBIN, (">1.0 - 1.5", ">1.5 - 3.0", ">3.0 - 10.0", ">10.0")),
    Words(6, "Blood bilirubin increased", MG, BILIRUBIN, ("1.0 - 1.5", ">1.5 - 2.5", ">2.5 - 10.0", ">10.0")),
    Words(5, "Creatinine increased", MG, CREATININE, beside=BASELINE),
    Words(6, "Creatinine increased", MG, CREATININE, beside=BASELINE, beside_if_low=True),
]
# Of v6.0, "Alkaline phosphatase increased" is ">Baseline and ULN": no range of numbers; tests/unit holds it.
RANGE = re.compile(r"(?P<sign>[<>]?)(?P<from>LLN|ULN|[\d.]+)(?: - (?P<to>[\d.]+))?")


def holds(words: str, value: Fraction, lln: Fraction, times: Fraction) -> bool:
    if not words:
        return False
    found = RANGE.fullmatch(words)
    assert found is not None
    first = {"LLN": lln, "ULN": times}.get(found["from"])
    first = Fraction(found["from"]) * times if first is None else first
    last = None if found["to"] is None else Fraction(found["to"]) * times
    if found["sign"] == "<":
        return value < first and (last is None or value >= last)
    begins = value > first if found["sign"] else value >= first
    return begins and (last is None or value <= last)


def by_words(grades: tuple[str, ...], value: Fraction, lln: Fraction, times: Fraction) -> int:
    return max((grade for grade, words in enumerate(grades, 1) if holds(words, value, lln, times)), default=0)


hundredths = st.one_of(*(st.integers(1, most) for most in (300, 3_000, 60_000))).map(lambda whole: Fraction(whole, 100))
statuses: tuple[BaselineStatus, ...] = ("LOW", "NORMAL", "HIGH")


def check(words: Words, value: Fraction, limits: tuple[Fraction, Fraction, Fraction], status: BaselineStatus) -> None:
    """Compare the grade with the words."""
    lln, uln, baseline = limits
    relative = words.raised or words.beside
    if words.raised and status == "HIGH":
        wanted = by_words(words.raised, value, lln, baseline)
    else:
        wanted = by_words(words.grades, value, lln, uln if relative else Fraction(1))
    if words.beside and (status == "LOW" or not words.beside_if_low):
        wanted = max(wanted, by_words(words.beside, value, lln, baseline))
    graded = {5: ctcae_v5_lab_grade, 6: ctcae_v6_lab_grade}[words.version]
    given_value = LabValue(float(value), words.unit, float(lln), float(uln), float(baseline), status)
    found = graded(words.term, given_value)
    assert isinstance(found, Graded)
    assert found.grade == wanted, (value, limits, status)


@pytest.mark.parametrize("words", ALL, ids=lambda words: f"v{words.version} {words.term}")
@given(hundredths, st.tuples(hundredths, hundredths, hundredths).map(sorted), st.sampled_from(statuses))
def test_the_grade_is_what_the_words_say(
    words: Words, value: Fraction, drawn: list[Fraction], status: BaselineStatus
) -> None:
    # A baseline goes with its status: below, between or above the limits of normal.
    lln, uln, baseline = (drawn[place] for place in {"LOW": (1, 2, 0), "NORMAL": (0, 2, 1), "HIGH": (0, 1, 2)}[status])
    check(words, value, (lln, uln, baseline), status)


@pytest.mark.parametrize("words", ALL, ids=lambda words: f"v{words.version} {words.term}")
@pytest.mark.parametrize("status", statuses)
def test_at_each_number_of_the_words_and_a_thousandth_beside_it(words: Words, status: BaselineStatus) -> None:
    relative = words.raised or words.beside
    numbers = {Fraction(number) for text in (*words.grades, *relative) for number in re.findall(r"[\d.]+", text)}
    lln, uln = (Fraction(12), Fraction(40)) if relative else (max(numbers) * 2, max(numbers) * 3)
    baseline = {"LOW": lln * Fraction(7, 10), "NORMAL": (lln + uln) / 2, "HIGH": uln * Fraction(9, 4)}[status]
    scales = {uln, baseline} if relative else {Fraction(1)}
    values = {number * scale for number in numbers | {Fraction(1)} for scale in scales} | {lln, uln, baseline}
    for value in values:
        for thousandths in (-1, 0, 1):
            check(words, value * Fraction(1000 + thousandths, 1000), (lln, uln, baseline), status)


def test_no_term_is_left_out() -> None:
    tested = {(words.version, words.term) for words in ALL} | {(6, "Alkaline phosphatase increased")}
    assert tested == {(5, term.name) for term in TERMS_V5} | {(6, term.name) for term in TERMS_V6}
