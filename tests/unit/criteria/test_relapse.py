"""Relapse and failure at the limits of their publications."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria import RULES
from nktrial.criteria.all_pdl_relapse import pdl_marrow_relapse
from nktrial.criteria.aml_eln2022_relapse import eln2022_relapse
from nktrial.criteria.aml_iwg2003_relapse_failure import Iwg2003Course, iwg2003_failure, iwg2003_relapse
from nktrial.criteria.evidence import Evaluable, Flag, NotEvaluable, Verdict


def level(verdict: Verdict) -> str:
    return verdict.level if isinstance(verdict, Evaluable) else "NE"


@pytest.mark.parametrize(
    ("prior", "marrow", "blood", "elsewhere", "expected"),
    [
        ("CR", 5.0, False, False, "RELAPSE"),
        ("CR", 4.9, False, False, "NO_RELAPSE"),
        ("CRi", 0.0, True, False, "RELAPSE"),
        ("CR", None, True, None, "RELAPSE"),
        ("CR", None, False, False, "NE"),
        ("CR", 1.0, None, False, "NE"),
        ("", 30.0, False, False, "NE"),
        ("", 1.0, False, False, "NO_RELAPSE"),
        ("PR", 30.0, True, False, "NO_RELAPSE"),
        ("none", 30.0, True, False, "NO_RELAPSE"),
    ],
)
def test_iwg_2003_relapse(prior: str, marrow: float | None, blood: Flag, elsewhere: Flag, expected: str) -> None:
    assert level(iwg2003_relapse(prior, marrow, pb_blasts=blood, extramedullary=elsewhere)) == expected


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ((7.0, True, True, False, True), "RESISTANT_DISEASE"),
        ((20.0, True, False, None, True), "RESISTANT_DISEASE"),
        ((7.0, False, True, True, True), "APLASIA"),
        ((6.9, None, True, None, False), "INDETERMINATE"),
        ((6.0, True, True, None, True), "INDETERMINATE"),
        ((7.0, False, True, None, False), "INDETERMINATE"),
        ((6.0, True, False, None, True), "NE"),
        ((9.0, False, True, False, True), "NE"),
        ((9.0, False, True, None, True), "NE"),
        ((9.0, None, True, True, True), "NE"),
        ((9.0, False, None, None, True), "NE"),
        ((9.0, False, False, None, False), "NE"),
        ((9.0, False, False, None, True), "NO_FAILURE"),
        ((None, True, True, None, True), "NE"),
    ],
)
def test_iwg_2003_failure(course: tuple[float | None, Flag, Flag, Flag, Flag], expected: str) -> None:
    assert level(iwg2003_failure(Iwg2003Course(*course))) == expected


def test_contradictions_of_failure_are_refused() -> None:
    with pytest.raises(MethodError, match="NK-CRI-02"):
        iwg2003_failure(
            Iwg2003Course(9.0, died=True, persistent_leukemia=False, aplastic_marrow=True, marrow_examined=False)
        )
    with pytest.raises(MethodError, match="NK-CRI-02"):
        RULES["aml_iwg2003_relapse_failure"].assess({"scenario": "failure", "prior_response": "CR"})


@pytest.mark.parametrize(
    ("prior", "marrow", "samples", "days", "elsewhere", "expected"),
    [
        ("CR_MRDneg", 5.0, 0.0, None, False, "RELAPSE"),
        ("CRh", 4.9, 2.0, 7.0, False, "RELAPSE"),
        ("CRh", 4.9, 3.0, 6.0, False, "NO_RELAPSE"),
        ("CRh", 4.9, 2.0, None, False, "NE"),
        ("CR", 4.9, 1.0, None, False, "NO_RELAPSE"),
        ("CR", 4.9, None, None, False, "NE"),
        ("CR", None, 2.0, 14.0, None, "RELAPSE"),
        ("MLFS", 50.0, 3.0, 14.0, True, "NO_RELAPSE"),
        ("", 50.0, 3.0, 14.0, True, "NE"),
    ],
)
def test_eln_2022_relapse(
    prior: str, marrow: float | None, samples: float | None, days: float | None, elsewhere: Flag, expected: str
) -> None:
    verdict = eln2022_relapse(
        prior, marrow, pb_samples_with_blasts=samples, days_between=days, extramedullary=elsewhere
    )
    assert level(verdict) == expected
    if expected == "RELAPSE":
        assert isinstance(verdict, Evaluable)
        assert verdict.unverified


@pytest.mark.parametrize(
    ("prior", "first", "others", "second", "expected"),
    [
        (True, 25.0, None, None, "RELAPSE"),
        (True, 24.9, 1.0, None, "RELAPSE"),
        (True, 24.9, 0.0, None, "NOT_CONFIRMED"),
        (True, 5.0, 0.0, 2.0, "RELAPSE"),
        (True, 5.0, 0.0, 1.0, "NOT_CONFIRMED"),
        (True, 4.9, 1.0, None, "NOT_CONFIRMED"),
        (True, 4.9, 2.0, None, "RELAPSE"),
        (True, 1.0, 1.0, 2.0, "RELAPSE"),
        (True, 0.99, 3.0, 3.0, "NOT_RELAPSE"),
        (True, 10.0, None, None, "NE"),
        (True, 10.0, None, 2.0, "RELAPSE"),
        (True, None, 2.0, 2.0, "NE"),
        (None, 30.0, None, None, "NE"),
        (False, 30.0, None, None, "NOT_RELAPSE"),
    ],
)
def test_ponte_di_legno(
    prior: Flag, first: float | None, others: float | None, second: float | None, expected: str
) -> None:
    assert level(pdl_marrow_relapse(prior, first, others, second)) == expected


def test_what_is_missing_is_named() -> None:
    verdict = iwg2003_relapse("CR", None, pb_blasts=False, extramedullary=None)
    assert isinstance(verdict, NotEvaluable)
    assert verdict.reason == "not given: marrow blasts, extramedullary disease"


def test_few_blasts_ask_for_a_second_marrow() -> None:
    for blasts, repeated in ((20.0, True), (20.1, False)):
        verdict = iwg2003_relapse("CR", blasts, pb_blasts=False, extramedullary=False)
        assert isinstance(verdict, Evaluable)
        assert ("repeat" in verdict.clause) == repeated
        assert bool(verdict.unverified) == repeated
