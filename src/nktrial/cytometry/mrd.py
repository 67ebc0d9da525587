"""Measurable residual disease (MRD) by flow cytometry.

Definition
    MRD = clustered events of the disease / events of all nucleated (or CD45+) cells, with exact limits. The limit of
    detection is 20 events, that of quantification 50, as fractions of the same denominator. Rules by name:

    20/50 events  these limits alone.
    eln2021       AML: positive at or above 0.1 % of CD45+ cells; negative below, where at least 500,000 CD45+ cells and
                  at least 100 viable cells in the blast compartment were measured.
    euroflow      BCP-ALL: a result "not detected" needs at least 4 million events.

    Where nothing is detected and the rule's numbers are not reached, the sample is not evaluable.

Not decided here
    Which cells are diseased, whether the denominator's gate holds the right cells, remission.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.cytometry.detection import detection
from nktrial.cytometry.exact_limits import proportion_limits
from nktrial.cytometry.fraction import LLOQ_EVENTS, LOD_EVENTS
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.rare import Detection, Mrd, MrdCall, MrdMeasured, MrdNotEvaluable

__all__ = ["METHOD", "RULES", "MrdRule", "measurable_residual_disease"]

METHOD: Final = Method(
    name="cytometry.mrd",
    version=1,
    source="Heuser et al. 2021, Blood 138:2753; Theunissen et al. 2017, Blood 129:347; Clopper and Pearson 1934",
)


@dataclass(frozen=True, slots=True)
class MrdRule:
    """What a published rule asks for.

    Parameters
    ----------
    name : str
        As users name it.
    fewest_events : int
        Denominator that "not detected" or a negative call needs.
    fewest_compartment : int
        Viable cells of the blast compartment that they need.
    positive_from : float or None
        Fraction from which the sample is positive.
    denominator : str
        Which cells the denominator must be.
    """

    name: str
    fewest_events: int
    fewest_compartment: int
    positive_from: float | None
    denominator: str


RULES: Final = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            MrdRule("20/50 events", 0, 0, None, "nucleated cells"),
            # Heuser 2021; numbers also in the working party's technical paper, HemaSphere 2022 (PMC8701786)
            MrdRule("eln2021", 500_000, 100, 0.001, "CD45+ cells"),
            # Theunissen 2017 (PMC5291958): as sensitive as PCR above 4 million events; 5 million give LOQ 1e-5
            MrdRule("euroflow", 4_000_000, 0, None, "nucleated cells"),
        )
    }
)


def measurable_residual_disease(
    cells: int, denominator: int, rule_name: str = "20/50 events", *, compartment: int | None = None, subject: str = ""
) -> Mrd:
    """Return the MRD of one sample.

    Parameters
    ----------
    cells, denominator : int
        Events of the disease and of the rule's denominator, 0 <= cells <= denominator.
    rule_name : str
        A name of ``RULES``.
    compartment : int or None
        Viable events in the blast compartment (CD34+ or CD117+); None where it was not gated.
    subject : str
        What findings are about.

    Returns
    -------
    MrdMeasured or MrdNotEvaluable
        Not evaluable: nothing was detected and the rule's numbers are not reached, or there are no events at all.

    Raises
    ------
    MethodError
        NK-MRD-01 the counts contradict each other; NK-MRD-02 there is no such rule.
    """
    rule = _rule(rule_name)
    if cells < 0 or denominator < cells or (compartment is not None and compartment < 0):
        raise MethodError(
            "NK-MRD-01", f"{cells} of {denominator} events is no fraction: 0 <= cells <= all is expected."
        )
    if denominator == 0:
        return MrdNotEvaluable(rule.name, cells, 0, None, f"there are no {rule.denominator}")
    limits = proportion_limits(cells, denominator)
    status = detection(cells)
    missing = _missing(rule, denominator, compartment)
    if status == "not_detected" and missing:
        return MrdNotEvaluable(rule.name, cells, denominator, limits[1], missing)
    fraction = cells / denominator
    call, reason = _call(rule, fraction, status, missing)
    return MrdMeasured(
        rule.name,
        cells,
        denominator,
        fraction,
        limits,
        LOD_EVENTS / denominator,
        LLOQ_EVENTS / denominator,
        status,
        call,
        reason,
        _findings(rule, missing, subject),
    )


def _rule(name: str) -> MrdRule:
    """Find a rule by its name."""
    rule = RULES.get(name)
    if rule is None:
        raise MethodError(
            "NK-MRD-02", f"there is no MRD rule {name[:40]!r}.", remedy=f"Name one of: {', '.join(RULES)}."
        )
    return rule


def _missing(rule: MrdRule, denominator: int, compartment: int | None) -> str:
    """Say which of the rule's numbers a negative result does not reach; empty where it reaches them."""
    if denominator < rule.fewest_events:
        return f"{denominator:,} {rule.denominator} are fewer than {rule.fewest_events:,}"
    if not rule.fewest_compartment:
        return ""
    if compartment is None:
        return f"the blast compartment was not counted; at least {rule.fewest_compartment} viable cells are needed"
    if compartment < rule.fewest_compartment:
        return f"{compartment} viable cells in the blast compartment are fewer than {rule.fewest_compartment}"
    return ""


def _call(rule: MrdRule, fraction: float, status: Detection, missing: str) -> tuple[MrdCall | None, str]:
    """Return positive or negative, and why not."""
    if rule.positive_from is None:
        return None, "the rule names no fraction from which a sample is positive; the status is its answer"
    if fraction >= rule.positive_from and status != "not_detected":
        return "positive", ""
    if fraction >= rule.positive_from:
        return "not_evaluable", f"the fraction reaches the threshold with fewer than {LOD_EVENTS} events"
    return ("not_evaluable", missing) if missing else ("negative", "")


def _findings(rule: MrdRule, missing: str, subject: str) -> tuple[Finding, ...]:
    """Report a sample that would not have sufficed for a negative result."""
    if not missing:
        return ()
    message = f"By rule {rule.name} this sample could not have been called negative: {missing}."
    return (Finding("NK-MRD-03", "info", subject, message),)
