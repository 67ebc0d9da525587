"""The cohort's proportions: whom they count, whom they leave out, and exact limits as R's binom.test gives them."""

from dataclasses import replace

import pytest

from nktrial.model.patient_results import CourseItem, Il2Result, SafetyEvent, SafetyResult, TregAt, TregResult
from nktrial.model.results import ExpansionResult, SubjectResults
from nktrial.pipeline.cohort import cohort_results
from nktrial.pipeline.ledger import Ledger


def patient(subject_id: str, *, success: bool | None, reason: str = "") -> SubjectResults:
    expansion = ExpansionResult(
        "not_evaluable" if reason else "evaluable", reason, None, None, None, success, None, None, None, None, None,
        None, None, None, (), (), f"{subject_id:e<64}",
    )  # fmt: skip
    infusion = CourseItem("NK infusion", "of D", 0, None, False, "", True, "c" * 64)  # noqa: FBT003
    return SubjectResults(subject_id, "AML", (), expansion, (), (), (), (), course=(infusion,))


def event(grade: int, *, emergent: bool = True, serious: str = "no", related: str = "unlikely") -> SafetyEvent:
    return SafetyEvent("Fever", "", "", grade, 3, 5, serious, related, emergent, "I1", 3, "no", "", "", (), "a" * 64)


def safety(*events: SafetyEvent, dlt: bool | None = False) -> SafetyResult:
    return SafetyResult("evaluable", "", 28, "CTCAE v5.0", (), events, (), (), dlt, "", "", (), "s" * 64)


def test_exact_limits_of_no_event_in_two_patients() -> None:
    two = [replace(patient(who, success=True), safety=safety()) for who in ("S1", "S2")]
    found = {item.name: item for item in cohort_results(two, Ledger()).proportions}
    none = found["any_event"]  # R: binom.test(0, 2)$conf.int is 0 to 0.8418861
    assert (none.x, none.n, none.low) == (0, 2, 0.0)
    assert none.high == pytest.approx(0.8418861, abs=5e-8)
    both = found["expansion"]  # R: binom.test(2, 2)$conf.int is 0.1581139 to 1
    assert (both.x, both.n, both.high) == (2, 2, 1.0)
    assert both.low == pytest.approx(0.1581139, abs=5e-8)


def test_who_is_left_out_is_named_with_the_reason() -> None:
    cohort = cohort_results([patient("S1", success=True), patient("S2", success=None, reason="no sample")], Ledger())
    (expansion,) = cohort.proportions
    assert (expansion.x, expansion.n, expansion.who) == (1, 1, ("S1",))
    assert [(item.subject_id, item.reason) for item in expansion.left_out] == [("S2", "no sample")]
    assert (cohort.enrolled, cohort.infused) == (2, 2)


def test_a_failure_by_the_protocols_rule_is_counted() -> None:
    (expansion,) = cohort_results([patient("S1", success=False, reason="no sample")], Ledger()).proportions
    assert (expansion.x, expansion.n) == (0, 1)


def test_only_emergent_events_count_and_each_kind_by_itself() -> None:
    one = replace(
        patient("S1", success=True),
        safety=safety(event(4, emergent=False, serious="yes"), event(3), event(1, related="possible")),
    )
    found = {item.name: item.x for item in cohort_results([one], Ledger()).proportions}
    assert (found["any_event"], found["grade_3"], found["serious"], found["related"], found["dlt"]) == (1, 1, 0, 1, 0)


def test_nobody_who_can_be_said_gives_no_limits() -> None:
    absent = Il2Result("table_absent", "the study has no table of medications", (-14, 28), (), "m" * 64)
    one = replace(patient("S1", success=True), il2=absent)
    found = {item.name: item for item in cohort_results([one], Ledger()).proportions}
    no_il2 = found["no_systemic_il2"]
    assert (no_il2.x, no_il2.n, no_il2.low, no_il2.high) == (0, 0, None, None)
    assert [item.reason for item in no_il2.left_out] == ["the study has no table of medications"]


@pytest.mark.parametrize(("rose", "x"), [(True, 1), (False, 0), (None, 0)])
def test_a_treg_rise_counts_only_where_the_interval_says_so(*, rose: bool | None, x: int) -> None:
    tregs = TregResult(
        "evaluable", "", (), None, None, 2.0, 0.9, 4.0, 2.0, 0.9, 4.0, rose, "not determined", "", (), "t" * 64
    )
    one = replace(patient("S1", success=True), tregs=tregs)
    found = {item.name: item for item in cohort_results([one], Ledger()).proportions}
    assert (found["treg_rose"].x, found["treg_rose"].n) == (x, 1)


@pytest.mark.parametrize(
    ("ratio_low", "events", "reason"), [(None, 300, "per µL"), (2.0, 49, "limit of quantification")]
)
def test_a_treg_change_that_cannot_be_said_is_left_out(ratio_low: float | None, events: int, reason: str) -> None:
    at = TregAt("a", -1, events, 6_000, 2.0, 1.5, 2.5, 0.05, 0.04, 0.06, events < 50, "", "t" * 64)
    tregs = TregResult(
        "evaluable", "", (at,), at, at, ratio_low, ratio_low, 4.0, 2.0, 0.9, 4.0, None, "not determined", "", (),
        "t" * 64,
    )  # fmt: skip
    one = replace(patient("S1", success=True), tregs=tregs)
    found = {item.name: item for item in cohort_results([one], Ledger()).proportions}
    assert found["treg_rose"].n == 0
    assert reason in found["treg_rose"].left_out[0].reason
