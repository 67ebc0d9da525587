"""Measurable residual disease by a molecular marker: status by the disease's own terms.

Definition
    ALL: as by flow: MRD failure at 0.01 % or more and quantifiable; MRD complete remission where nothing was detected
    with a sensitivity of 0.01 % or better; intermediate otherwise, what is positive and not quantifiable among it. AML:
    not detected, detected at low level (below 2 % of the reference gene), or detected.

Not decided here
    Which marker may be used, and a rise between two samples.
"""

from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import at_least, at_most, below
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "molecular_mrd"]

METHOD: Final = Method(
    name="criteria.mrd_molecular",
    version=1,
    source="Brueggemann & Gokbuget, EWALL/ESMO MRD terms (ALL); Heuser 2021, Blood 138:2753 (ELN MRD, AML)",
)
ALL_THRESHOLD_PCT: Final = 0.01
LOW_LEVEL_PCT: Final = 2.0
LOW: Final = "low level below 2 % of the reference gene (ELN 2021)"


def molecular_mrd(disease: str, mrd_pct: float, *, quantifiable: bool | None, sensitivity_pct: float | None) -> Verdict:
    """Return the status of one sample.

    Parameters
    ----------
    disease : str
        AML or ALL.
    mrd_pct : float
        Copies of the marker among those of the reference [%]; 0 where nothing was detected.
    quantifiable : bool or None
        The value lies in the assay's quantitative range; None where it is not said.
    sensitivity_pct : float or None
        Of the assay [%]; needed for a negative result.

    Returns
    -------
    Evaluable or NotEvaluable
        ALL: MRD_FAILURE, MRD_INTERMEDIATE, MRD_CR. AML: MRD_POSITIVE, MRD_LOW_LEVEL, MRD_NEGATIVE.

    Raises
    ------
    MethodError
        NK-COR-05 below 0 %.
    """
    in_range("mrd_pct", mrd_pct, 0.0, float("inf"))
    if disease not in {"AML", "ALL"}:
        return NotEvaluable(f"there are no molecular terms of MRD for {disease[:20] or 'an unnamed disease'}")
    if mrd_pct <= 0.0:
        return _undetected(disease, sensitivity_pct)
    return _low_or_positive(mrd_pct) if disease == "AML" else _failure_or_less(mrd_pct, quantifiable=quantifiable)


def _undetected(disease: str, sensitivity_pct: float | None) -> Verdict:
    if sensitivity_pct is None:
        return NotEvaluable("the sensitivity of the assay is not given")
    if disease == "AML":
        return Evaluable("MRD_NEGATIVE", f"nothing detected at a sensitivity of {sensitivity_pct:g} %")
    if at_most(sensitivity_pct, ALL_THRESHOLD_PCT):
        return Evaluable("MRD_CR", "nothing detected with a sensitivity of 0.01 % or better")
    return Evaluable("MRD_INTERMEDIATE", "nothing detected, with a sensitivity worse than 0.01 %")


def _low_or_positive(mrd_pct: float) -> Verdict:
    if below(mrd_pct, LOW_LEVEL_PCT):
        return Evaluable("MRD_LOW_LEVEL", "below 2 %", LOW)
    return Evaluable("MRD_POSITIVE", "2 % or more", LOW)


def _failure_or_less(mrd_pct: float, *, quantifiable: bool | None) -> Verdict:
    if at_least(mrd_pct, ALL_THRESHOLD_PCT):
        if quantifiable is None:
            return NotEvaluable("whether the value is quantifiable is not given")
        if quantifiable:
            return Evaluable("MRD_FAILURE", "0.01 % or more")
    return Evaluable("MRD_INTERMEDIATE", "detected, below 0.01 % or not quantifiable")


def _assess(cells: Cells) -> Outcome:
    share = number(cells, "mrd_pct")
    if share is None:
        return Outcome({"status": "NE"}, not_evaluable="the value is not given")
    verdict = molecular_mrd(
        word(cells, "disease"),
        share,
        quantifiable=flag(cells, "quantifiable"),
        sensitivity_pct=number(cells, "assay_sensitivity_pct"),
    )
    if isinstance(verdict, NotEvaluable):
        return Outcome({"status": "NE"}, not_evaluable=verdict.reason)
    return Outcome({"status": verdict.level}, verdict.clause, unverified=verdict.unverified)


RULE: Final = Rule(
    name="mrd_molecular",
    title="MRD by a molecular marker: ALL by EWALL/ESMO terms, AML by ELN 2021",
    method=METHOD,
    columns=(
        Column("disease", "choice", "whose terms", choices=("AML", "ALL")),
        Column("mrd_pct", "number", "marker among reference [%]; 0: not detected", low=0.0, high=1e6),
        Column("quantifiable", "yes_no", "in the assay's quantitative range"),
        Column("assay_sensitivity_pct", "number", "sensitivity of the assay [%]", low=1e-9, high=100.0),
    ),
    results=(
        Column(
            "status",
            "choice",
            "status",
            choices=(
                "MRD_FAILURE", "MRD_INTERMEDIATE", "MRD_CR", "MRD_POSITIVE", "MRD_LOW_LEVEL", "MRD_NEGATIVE", "NE",
            ),
        ),
    ),
    assess=_assess,
    unverified=(LOW,),
)  # fmt: skip
