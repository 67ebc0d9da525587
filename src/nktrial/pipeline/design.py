"""Summarise: where a running study stands against its rules for stopping, each a record over the proportion's.

Definition
    The proportion's x of n is compared with the boundary at n. Before the first look nothing is decided. Patients who
    are left out of the proportion are named, and what the rule would say if all of them counted against going on.

Not decided here
    Whether the study stops: its monitors decide. The order of the patients is not used, so that a boundary that was
    crossed at fewer patients and is no longer is not seen.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from nktrial.core.digest import Json
from nktrial.model.cohort import Monitoring, Proportion
from nktrial.model.origin import Finding
from nktrial.model.plan import MonitoringPlan
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.stats.monitoring import METHOD, Direction, MonitoringRule, boundaries, posterior_wrong

__all__ = ["crossed_boundaries", "measure_monitoring", "monitoring_results"]

DIRECTIONS: Final[dict[str, Direction]] = {"dlt": "toxicity", "expansion": "futility"}
NOUNS: Final = {"dlt": "dose-limiting toxicity", "expansion": "expansion"}


def monitoring_results(
    plans: Sequence[MonitoringPlan], proportions: Sequence[Proportion], ledger: Ledger
) -> tuple[Monitoring, ...]:
    """Return where the study stands against each rule.

    Parameters
    ----------
    plans : sequence of MonitoringPlan
        The protocol's rules.
    proportions : sequence of Proportion
        Of the cohort.
    ledger : Ledger
        Keeps the records.
    """
    found = {item.name: item for item in proportions}
    return tuple(_standing(plan, found[plan.endpoint], ledger) for plan in plans if plan.endpoint in found)


def crossed_boundaries(monitoring: Sequence[Monitoring]) -> tuple[Finding, ...]:
    """Return a finding for each rule that says stop (NK-DSN-08)."""
    return tuple(
        Finding("NK-DSN-08", "warning", NOUNS[item.endpoint], item.says) for item in monitoring if item.status == "stop"
    )


def measure_monitoring(x: int, n: int, left_out: int, rule: MonitoringRule) -> Measured:
    """Compare x of n with a rule's boundary; ``left_out`` patients might all count against going on."""
    table = {item.n: item.stop for item in boundaries(rule)}
    wrong = posterior_wrong(x, n, rule)
    crossed = n >= rule.first and wrong > rule.probability
    more = n + left_out
    against = x + left_out if rule.direction == "toxicity" else x
    worst = more >= rule.first and posterior_wrong(against, more, rule) > rule.probability
    if n == 0:
        status = "not_evaluable"
    elif n < rule.first:
        status = "before_first_look"
    elif crossed:
        status = "stop"
    else:
        status = "complete" if n >= rule.last else "continue"
    return Measured(
        {
            "x": x,
            "n": n,
            "probability_wrong": wrong,
            "stop": table.get(n),
            "next_stop": table.get(n + 1),
            "status": status,
            "worst_stops": worst if left_out and not crossed else None,
            "table": [[at, stop] for at, stop in table.items()],
        }
    )


def _standing(plan: MonitoringPlan, proportion: Proportion, ledger: Ledger) -> Monitoring:
    rule = MonitoringRule(
        DIRECTIONS[plan.endpoint], plan.prior, plan.limit, plan.probability, plan.first_look, plan.patients
    )
    plain: Any = asdict(rule)
    parameters: dict[str, Json] = {**plain, "endpoint": plan.endpoint, "left_out": len(proportion.left_out)}
    arguments = (proportion.x, proportion.n, len(proportion.left_out), rule)
    step = Step(
        "cohort.monitoring", METHOD, parameters, (proportion.record,), measure_monitoring, arguments, plan.endpoint
    )
    record = ledger.take(step)
    value: Any = record.value
    return Monitoring(
        endpoint=plan.endpoint,
        direction=rule.direction,
        rule=_in_words(plan, rule),
        x=value["x"],
        n=value["n"],
        probability_wrong=value["probability_wrong"],
        stop=value["stop"],
        next_stop=value["next_stop"],
        status=value["status"],
        says=_says(plan, rule, value),
        left_out=proportion.left_out,
        worst_stops=value["worst_stops"],
        table=tuple((at, stop) for at, stop in value["table"]),
        record=record.id,
    )


def _in_words(plan: MonitoringPlan, rule: MonitoringRule) -> str:
    sign = ">" if rule.direction == "toxicity" else "<"
    return (
        f"stop where P(rate of {NOUNS[plan.endpoint]} {sign} {100 * rule.limit:g} %) > {rule.probability:g}, prior "
        f"beta({rule.prior[0]:g}, {rule.prior[1]:g}), after each patient from {rule.first} to {rule.last}"
    )


def _says(plan: MonitoringPlan, rule: MonitoringRule, value: Any) -> str:
    """Return what the rule says, in a sentence."""
    x, n, noun = value["x"], value["n"], NOUNS[plan.endpoint]
    patients = "1 patient" if n == 1 else f"{n} patients"
    side = "above" if rule.direction == "toxicity" else "below"
    where = f"{noun} in {x} of {patients}; P(rate {side} {100 * rule.limit:g} %) is {value['probability_wrong']:.3f}"
    told = {
        "not_evaluable": "No patient can be counted yet: the rule says nothing.",
        "before_first_look": f"The first look is after {rule.first} patients: {where}. Not judged yet.",
        "stop": f"The boundary is crossed: {where}, more than {rule.probability:g}. The rule says stop.",
        "continue": f"The boundary is not crossed: {where}. The study may go on.",
        "complete": f"The boundary is not crossed: {where}. The {rule.last} planned patients are there.",
    }[value["status"]]
    at, stop = n + 1, value["next_stop"]
    if value["status"] == "continue" and stop is not None:
        how = "or more" if rule.direction == "toxicity" else "or fewer"
        told += f" At {at} patients {stop} {how} would stop it."
    return told
