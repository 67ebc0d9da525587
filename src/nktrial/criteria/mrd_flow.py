"""Measurable residual disease by flow cytometry: status by the disease's own terms.

Definition
    AML (ELN 2021): positive at 0.1 % of CD45+ events or more; a sample below that is negative only where more than
    500,000 CD45+ events, and at least 100 viable ones in the blast compartment, were seen, and is told apart by whether
    anything was detected. ALL (EWALL/ESMO terms): MRD
    failure at 0.01 % or more; MRD complete remission where nothing was detected with a sensitivity of 0.01 % or
    better; intermediate otherwise.

Not decided here
    Which events are disease, and the denominator's gate.
"""

from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, at_most
from nktrial.core.errors import MethodError
from nktrial.criteria.cells import number, word
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "THRESHOLD_PCT", "flow_mrd", "share_of_events_pct"]

METHOD: Final = Method(
    name="criteria.mrd_flow",
    version=2,
    source="Heuser 2021, Blood 138:2753 (ELN MRD, AML); Brueggemann & Gokbuget, EWALL/ESMO MRD terms (ALL)",
)
THRESHOLD_PCT: Final = {"AML": 0.1, "ALL": 0.01}
ENOUGH_EVENTS: Final = 500_000.0
ENOUGH_BLASTS: Final = 100.0
AML_THRESHOLD: Final = "0.1 % of CD45+ events as the threshold of ELN 2021"
SENSITIVE_PCT: Final = 0.01
RULE_OF_THREE: Final = 300.0  # 0 of n leaves up to 3 / n, in percent (one-sided 95 %)
AGREEING: Final = 0.2  # a reported share is rounded: within a fifth of that of the events [unverified]


def share_of_events_pct(mrd_events: float, denominator_events: float) -> float:
    """Return the disease's events among those of the denominator [%].

    Raises
    ------
    MethodError
        NK-MRD-01 no denominator, or more events of disease than of all.
    """
    if denominator_events <= 0 or mrd_events > denominator_events or mrd_events < 0:
        raise MethodError(
            "NK-MRD-01",
            f"{mrd_events:,.0f} events of disease among {denominator_events:,.0f} are no fraction.",
            remedy="Take both from one gate tree.",
        )
    return 100.0 * mrd_events / denominator_events


def flow_mrd(
    disease: str,
    mrd_pct: float,
    *,
    denominator_events: float | None = None,
    sensitivity_pct: float | None = None,
    threshold_pct: float | None = None,
    blast_compartment_events: float | None = None,
) -> Verdict:
    """Return the status of one sample.

    Parameters
    ----------
    disease : str
        AML or ALL.
    mrd_pct : float
        Share of the denominator [%]; 0 where nothing was detected.
    denominator_events : float or None
        CD45+ events; needed for a negative result of AML.
    sensitivity_pct : float or None
        Of the assay [%]; needed for a negative result of ALL.
    threshold_pct : float or None
        The protocol's; None: 0.1 % for AML, 0.01 % for ALL.
    blast_compartment_events : float or None
        Viable events in the gate of CD34+ or CD117+ blasts, of any origin; a negative result of AML needs 100. None
        where they were not counted: the number of CD45+ events then stands alone.

    Returns
    -------
    Evaluable or NotEvaluable
        AML: POSITIVE, NEGATIVE_DETECTABLE_BELOW_THRESHOLD, NEGATIVE, INADEQUATE_FOR_NEGATIVITY. ALL: MRD_FAILURE,
        MRD_INTERMEDIATE, MRD_CR.

    Raises
    ------
    MethodError
        NK-COR-05 outside 0 to 100 %.
    """
    in_range("mrd_pct", mrd_pct, 0.0, 100.0)
    limit = THRESHOLD_PCT.get(disease) if threshold_pct is None else threshold_pct
    if disease == "AML" and limit is not None:
        return _aml(
            mrd_pct,
            limit,
            events=denominator_events,
            blasts=blast_compartment_events,
            doubt=AML_THRESHOLD if threshold_pct is None else "",
        )
    if disease == "ALL" and limit is not None:
        return _all(mrd_pct, limit, sensitivity_pct, denominator_events)
    return NotEvaluable(
        f"there are no terms of MRD by flow for {disease[:20] or 'an unnamed disease'}; AML and ALL have"
    )


def _aml(mrd_pct: float, threshold_pct: float, *, events: float | None, blasts: float | None, doubt: str) -> Verdict:
    if at_least(mrd_pct, threshold_pct):
        return Evaluable("POSITIVE", f"{threshold_pct:g} % of CD45+ events or more", doubt)
    below = doubt if mrd_pct > 0.0 else ""  # where nothing was detected, no threshold decides
    if events is None:
        return NotEvaluable("the number of CD45+ events is not given; a negative result needs more than 500,000", below)
    if not above(events, ENOUGH_EVENTS):
        return Evaluable("INADEQUATE_FOR_NEGATIVITY", "not more than 500,000 CD45+ events", below)
    if blasts is not None and not at_least(blasts, ENOUGH_BLASTS):
        return Evaluable("INADEQUATE_FOR_NEGATIVITY", "fewer than 100 viable events in the blast compartment", below)
    seen = "" if blasts is not None else "; the blast compartment's viable events are not given"
    if mrd_pct > 0.0:
        clause = f"detected, below {threshold_pct:g} % of CD45+ events{seen}"
        return Evaluable("NEGATIVE_DETECTABLE_BELOW_THRESHOLD", clause, below)
    return Evaluable("NEGATIVE", f"nothing detected among more than 500,000 CD45+ events{seen}")


def _all(mrd_pct: float, threshold_pct: float, sensitivity_pct: float | None, events: float | None) -> Verdict:
    if at_least(mrd_pct, threshold_pct):
        return Evaluable("MRD_FAILURE", f"{threshold_pct:g} % or more")
    if mrd_pct > 0.0:
        return Evaluable("MRD_INTERMEDIATE", f"detected, below {threshold_pct:g} %")
    if sensitivity_pct is None:
        return NotEvaluable("the sensitivity of the assay is not given; a negative result needs 0.01 % or better")
    if events is not None and above(RULE_OF_THREE / events, sensitivity_pct):
        return NotEvaluable(
            f"0 of {events:,.0f} events leaves up to {RULE_OF_THREE / events:.2g} %, so that a sensitivity of "
            f"{sensitivity_pct:g} % cannot hold"
        )
    if at_most(sensitivity_pct, SENSITIVE_PCT):
        return Evaluable("MRD_CR", "nothing detected with a sensitivity of 0.01 % or better")
    return Evaluable("MRD_INTERMEDIATE", "nothing detected, with a sensitivity worse than 0.01 %")


def _assess(cells: Cells) -> Outcome:
    events, total = number(cells, "mrd_events"), number(cells, "denominator_events")
    share = number(cells, "mrd_pct_reported")
    if events is not None and total is not None:
        reported, share = share, share_of_events_pct(events, total)
        if reported is not None and abs(reported - share) > AGREEING * max(reported, share):
            why = f"the events give {share:.3g} %, the reported share is {reported:g} %"
            return Outcome({"mrd_pct": None, "status": "NE"}, not_evaluable=why)
    if share is None:
        return Outcome({"mrd_pct": None, "status": "NE"}, not_evaluable="events or denominator are not given")
    verdict = flow_mrd(
        word(cells, "disease"),
        share,
        denominator_events=total,
        sensitivity_pct=number(cells, "assay_sensitivity_pct"),
        threshold_pct=number(cells, "threshold_pct"),
        blast_compartment_events=number(cells, "blast_compartment_events"),
    )
    if isinstance(verdict, NotEvaluable):
        found: dict[str, float | int | str | None] = {"mrd_pct": share, "status": "NE"}
        return Outcome(found, not_evaluable=verdict.reason, unverified=verdict.unverified)
    return Outcome({"mrd_pct": share, "status": verdict.level}, verdict.clause, unverified=verdict.unverified)


RULE: Final = Rule(
    name="mrd_flow",
    title="MRD by flow cytometry: AML by ELN 2021, ALL by EWALL/ESMO terms",
    method=METHOD,
    columns=(
        Column("disease", "choice", "whose terms", choices=("AML", "ALL")),
        Column(
            "threshold_pct", "number", "the protocol's threshold [%]; empty: 0.1 for AML, 0.01 for ALL", low=1e-6,
            high=100.0, needed=False,
        ),
        Column("denominator_events", "number", "CD45+ (AML) or nucleated (ALL) events", low=1.0, high=1e12),
        Column("mrd_events", "number", "clustered events of the disease", low=0.0, high=1e12),
        Column("assay_sensitivity_pct", "number", "sensitivity of the assay [%]", low=1e-9, high=100.0, needed=False),
        Column(
            "mrd_pct_reported", "number", "share as reported [%], where the events are not", low=0.0, high=100.0,
            needed=False,
        ),
        Column(
            "blast_compartment_events", "number", "AML: viable events in the gate of CD34+ or CD117+ blasts", low=0.0,
            high=1e12, needed=False,
        ),
    ),
    results=(
        Column("mrd_pct", "number", "share of the denominator [%]"),
        Column(
            "status",
            "choice",
            "status",
            choices=(
                "POSITIVE", "NEGATIVE_DETECTABLE_BELOW_THRESHOLD", "NEGATIVE", "INADEQUATE_FOR_NEGATIVITY",
                "MRD_FAILURE", "MRD_INTERMEDIATE", "MRD_CR", "NE",
            ),
        ),
    ),
    assess=_assess,
    unverified=(AML_THRESHOLD,),
)  # fmt: skip
