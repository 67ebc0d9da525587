"""MRD and MDD: limits by hand from the published terms."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict
from nktrial.criteria.mdd import RULE as MDD
from nktrial.criteria.mdd import disseminated_disease
from nktrial.criteria.mrd_flow import RULE as FLOW
from nktrial.criteria.mrd_flow import flow_mrd, share_of_events_pct
from nktrial.criteria.mrd_molecular import RULE as MOLECULAR
from nktrial.criteria.mrd_molecular import molecular_mrd
from nktrial.model.rule import Value


def level(verdict: Verdict) -> str:
    return verdict.level if isinstance(verdict, Evaluable) else "NE"


@pytest.mark.parametrize(
    ("events", "of", "expected"),
    [
        (1_000, 1_000_000, "POSITIVE"),
        (999, 1_000_000, "NEGATIVE_DETECTABLE_BELOW_THRESHOLD"),
        (0, 500_001, "NEGATIVE"),
        (0, 500_000, "INADEQUATE_FOR_NEGATIVITY"),
        (100, 300_000, "INADEQUATE_FOR_NEGATIVITY"),
        (300, 300_000, "POSITIVE"),
    ],
)
def test_aml_by_eln_2021(events: int, of: int, expected: str) -> None:
    assert level(flow_mrd("AML", share_of_events_pct(events, of), denominator_events=of)) == expected


@pytest.mark.parametrize(
    ("events", "of", "sensitivity", "expected"),
    [
        (100, 1_000_000, None, "MRD_FAILURE"),
        (99, 1_000_000, None, "MRD_INTERMEDIATE"),
        (0, 1_000_000, 0.01, "MRD_CR"),
        (0, 1_000_000, 0.011, "MRD_INTERMEDIATE"),
        (0, 1_000_000, None, "NE"),
    ],
)
def test_all_by_the_terms_of_ewall(events: int, of: int, sensitivity: float | None, expected: str) -> None:
    assert level(flow_mrd("ALL", share_of_events_pct(events, of), sensitivity_pct=sensitivity)) == expected


def test_too_few_events_cannot_have_the_stated_sensitivity() -> None:
    # Rule of three: 0 of 30,000 leaves up to 0.01 %.
    assert level(flow_mrd("ALL", 0.0, denominator_events=30_000, sensitivity_pct=0.01)) == "MRD_CR"
    few = flow_mrd("ALL", 0.0, denominator_events=10_000, sensitivity_pct=0.01)
    assert isinstance(few, NotEvaluable)
    assert "0.03 %" in few.reason


def test_a_reported_share_must_be_that_of_the_events() -> None:
    cells: dict[str, Value] = {
        "disease": "ALL",
        "mrd_events": 0.0,
        "denominator_events": 615_000.0,
        "assay_sensitivity_pct": 0.01,
    }
    assert FLOW.assess({**cells, "mrd_pct_reported": 0.0}).values["status"] == "MRD_CR"
    found = FLOW.assess({**cells, "mrd_pct_reported": 5.0})
    assert (found.values["status"], found.not_evaluable) == ("NE", "the events give 0 %, the reported share is 5 %")
    rounded = FLOW.assess({**cells, "mrd_events": 63.0, "mrd_pct_reported": 0.01})
    assert rounded.values["status"] == "MRD_FAILURE"


def test_a_protocols_own_threshold_decides() -> None:
    assert level(flow_mrd("AML", 0.06, denominator_events=1e6, threshold_pct=0.05)) == "POSITIVE"


@pytest.mark.parametrize(
    ("share", "threshold", "unverified"),
    [(0.1, None, True), (0.05, None, True), (0.0, None, False), (0.1, 0.1, False), (0.05, 0.1, False)],
)
def test_the_threshold_of_eln_is_said_to_be_unverified_where_it_decides(
    *, share: float, threshold: float | None, unverified: bool
) -> None:
    found = flow_mrd("AML", share, denominator_events=1e6, threshold_pct=threshold)
    assert isinstance(found, Evaluable)
    assert bool(found.unverified) == unverified


@pytest.mark.parametrize(
    ("share", "blasts", "expected"),
    [
        (0.0, 100.0, "NEGATIVE"),
        (0.0, 99.0, "INADEQUATE_FOR_NEGATIVITY"),
        (0.05, 99.0, "INADEQUATE_FOR_NEGATIVITY"),
        (0.05, 100.0, "NEGATIVE_DETECTABLE_BELOW_THRESHOLD"),
        (0.1, 99.0, "POSITIVE"),
        (0.0, None, "NEGATIVE"),
    ],
)
def test_a_negative_result_needs_100_viable_events_of_the_blast_compartment(
    share: float, blasts: float | None, expected: str
) -> None:
    assert level(flow_mrd("AML", share, denominator_events=1e6, blast_compartment_events=blasts)) == expected


def test_other_diseases_and_missing_events_are_not_evaluable() -> None:
    assert isinstance(flow_mrd("MDS", 0.5), NotEvaluable)
    assert isinstance(flow_mrd("AML", 0.05), NotEvaluable)
    assert FLOW.assess({"disease": "AML"}).values == {"mrd_pct": None, "status": "NE"}


def test_a_reported_share_stands_in_for_events() -> None:
    assert FLOW.assess({"disease": "ALL", "mrd_pct_reported": 0.02}).values["status"] == "MRD_FAILURE"


def test_more_disease_than_cells_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-MRD-01"):
        share_of_events_pct(11, 10)


@pytest.mark.parametrize(
    ("disease", "share", "quantifiable", "sensitivity", "expected"),
    [
        ("ALL", 0.01, True, 0.001, "MRD_FAILURE"),
        ("ALL", 0.01, False, 0.001, "MRD_INTERMEDIATE"),
        ("ALL", 0.01, None, 0.001, "NE"),
        ("ALL", 0.005, True, 0.001, "MRD_INTERMEDIATE"),
        ("ALL", 0.0, None, 0.01, "MRD_CR"),
        ("ALL", 0.0, None, 0.02, "MRD_INTERMEDIATE"),
        ("AML", 0.0, None, 0.001, "MRD_NEGATIVE"),
        ("AML", 1.99, True, 0.001, "MRD_LOW_LEVEL"),
        ("AML", 2.0, True, 0.001, "MRD_POSITIVE"),
        ("AML", 0.0, None, None, "NE"),
        ("MPAL", 1.0, True, 0.001, "NE"),
    ],
)
def test_molecular_terms(
    *, disease: str, share: float, quantifiable: bool | None, sensitivity: float | None, expected: str
) -> None:
    assert level(molecular_mrd(disease, share, quantifiable=quantifiable, sensitivity_pct=sensitivity)) == expected


def test_the_bound_of_low_level_disease_is_said_to_be_unverified() -> None:
    found = MOLECULAR.assess({"disease": "AML", "mrd_pct": 1.0, "assay_sensitivity_pct": 0.01})
    assert "2 %" in found.unverified
    assert MOLECULAR.assess({"disease": "AML"}).values == {"status": "NE"}


@pytest.mark.parametrize(
    ("value", "lod", "expected"),
    [
        (0.01, 0.01, "DETECTED"),
        (0.009, 0.01, "NOT_DETECTED"),
        (0.0, 0.01, "NOT_DETECTED"),
        (None, 0.01, "NE"),
        (1.0, None, "NE"),
    ],
)
def test_disseminated_disease_at_the_limit_of_detection(value: float | None, lod: float | None, expected: str) -> None:
    assert level(disseminated_disease(value, lod)) == expected
    assert MDD.assess({"value_pct": value, "lod_pct": lod}).values["mdd"] == expected
