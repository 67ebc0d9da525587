"""Where a study stands against its rules for stopping."""

from typing import Any

import pytest

from nktrial.model.cohort import LeftOut, Monitoring, Proportion
from nktrial.model.plan import MonitoringPlan
from nktrial.pipeline.design import crossed_boundaries, monitoring_results
from nktrial.pipeline.ledger import Ledger

# A flat prior: after x of n the rate is beta(1 + x, 1 + n - x); P(> 0.3) of 2 of 2 is 1 - 0.3^3, of 1 of 1 1 - 0.3^2.
PLAN = MonitoringPlan("dlt", (1.0, 1.0), 0.3, 0.95, 2, 10)


def proportion(x: int, n: int, *out: str, name: str = "dlt") -> Proportion:
    left_out = tuple(LeftOut(who, "observed for 9 of 28 days") for who in out)
    return Proportion(name, "words", x, n, None, None, (), left_out, "a" * 64)


def standing(x: int, n: int, *out: str, plan: MonitoringPlan = PLAN) -> Monitoring:
    (found,) = monitoring_results([plan], [proportion(x, n, *out, name=plan.endpoint)], Ledger())
    return found


def test_a_boundary_crossed_is_said_plainly() -> None:
    found = standing(2, 2)
    assert found.status == "stop"
    assert found.probability_wrong == pytest.approx(1 - 0.3**3)
    assert found.says.startswith(
        "The boundary is crossed: dose-limiting toxicity in 2 of 2 patients; P(rate above 30 %) is 0.973"
    )
    assert found.says.endswith("The rule says stop.")
    assert found.stop == 2
    (finding,) = crossed_boundaries([found])
    assert (finding.code, finding.severity) == ("NK-DSN-08", "warning")


def test_below_the_boundary_the_study_may_go_on() -> None:
    found = standing(1, 3)
    assert found.status == "continue"
    assert "may go on" in found.says
    # 3 of 4 is the fewest: P(beta(4, 2) > 0.3) = 1 - (5 * 0.3^4 * 0.7 + 0.3^5) = 0.969, beta(3, 3) 0.837
    assert found.next_stop == 3
    assert "At 4 patients 3 or more would stop it." in found.says
    assert crossed_boundaries([found]) == ()


def test_nothing_is_judged_before_the_first_look() -> None:
    assert standing(1, 1).status == "before_first_look"
    assert standing(0, 0).status == "not_evaluable"


def test_the_planned_patients_are_there() -> None:
    assert standing(1, 10).status == "complete"
    assert standing(9, 12).status == "stop"  # more than planned are judged all the same


def test_patients_who_are_left_out_could_cross_it() -> None:
    found = standing(1, 2, "S3", "S4")
    assert found.worst_stops is True  # 3 of 4
    assert [item.subject_id for item in found.left_out] == ["S3", "S4"]
    assert standing(0, 4, "S5").worst_stops is False
    assert standing(2, 2, "S3").worst_stops is None  # it stops already


def test_few_expansions_stop_for_futility() -> None:
    plan = MonitoringPlan("expansion", (1.0, 1.0), 0.3, 0.9, 1, 20)  # 0 of n: P(rate < 0.3) = 1 - 0.7^(n + 1)
    assert standing(0, 5, plan=plan).status == "continue"  # 0.882
    stopped = standing(0, 6, plan=plan)  # 0.918
    assert (stopped.status, stopped.stop, stopped.direction) == ("stop", 0, "futility")
    assert "P(rate below 30 %)" in stopped.says


def test_an_endpoint_nobody_was_asked_for_has_no_line() -> None:
    assert monitoring_results([PLAN], [proportion(1, 1, name="expansion")], Ledger()) == ()


def test_the_record_rests_on_the_proportions() -> None:
    ledger = Ledger()
    (found,) = monitoring_results([PLAN], [proportion(1, 3)], ledger)
    record: Any = ledger.records[found.record]
    assert record.parents == ("a" * 64,)
    assert record.method.label == "stats.beta_binomial_monitoring@1"
