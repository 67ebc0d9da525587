"""Safety of one patient from rows as nouns: names that a definition misses, an empty table, a short follow-up."""

from dataclasses import replace
from typing import Any

import pytest

from nktrial.model.clinic import AdverseEvent, Infusion, Row
from nktrial.model.origin import Extent
from nktrial.model.plan import DltClause, SafetyRule
from nktrial.pipeline.ledger import Measured
from nktrial.pipeline.safety import _Patient, measure_safety

ROW = Row("adverse_events.csv", 2, Extent("row 2", 0, 1))
RULE = SafetyRule(28, 28, (DltClause("", "Cytokine release syndrome", 4, ()),))
PATIENT = _Patient("S", (), (Infusion("I1", "S", 0, "D", None, None, None, ROW),), (), (), None, 100)


def event(term: str, grade: int, onset: int = 2, *, pt: str = "") -> AdverseEvent:
    return AdverseEvent("S", term, grade, onset, 9, "no", "unrelated", "", "", "recovered", pt, "Immune", ROW)


def judged(*events: AdverseEvent) -> Any:
    found: Measured = measure_safety(replace(PATIENT, events=events), RULE, "CTCAE v5.0", "", empty=False)
    return found.value


@pytest.mark.parametrize("term", ["Cytokine release syndrom", "CRS", "cytokine storm", "Cytokine-release syndrome"])
def test_a_term_written_otherwise_is_not_taken_for_another_event(term: str) -> None:
    value = judged(event(term, 4))
    assert value["dlt"] is None
    assert "may be 'Cytokine release syndrome' written otherwise" in value["dlt_reason"]


@pytest.mark.parametrize(
    ("told", "dlt"),
    [
        (event("cytokine release syndrome", 4), True),
        (event("CRS", 4, pt="Cytokine release syndrome"), True),
        (event("CRS", 3), False),
        (event("CRS", 4, 29), False),
        (event("Sepsis", 4), False),
    ],
)
def test_what_is_named_rightly_is_judged(told: AdverseEvent, *, dlt: bool) -> None:
    assert judged(told)["dlt"] is dlt


def test_a_table_without_a_row_is_said() -> None:
    found = measure_safety(PATIENT, RULE, "CTCAE v5.0", "", empty=True)
    assert [finding.code for finding in found.findings] == ["NK-SAF-04"]
