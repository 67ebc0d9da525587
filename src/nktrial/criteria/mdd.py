"""Minimal disseminated disease: disease below the microscope in blood or marrow at diagnosis, or its absence.

Definition
    Detected where the value reaches the assay's limit of detection; not detected where it does not, and the limit is
    known. It is measured at diagnosis and is not residual disease: the two are separate fields.

Not decided here
    A threshold of prognosis: none is agreed upon over diseases.
"""

from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import at_least
from nktrial.criteria.cells import number
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "disseminated_disease"]

TERM: Final = "minimal disseminated disease as detected at or above the assay's limit of detection"
METHOD: Final = Method(
    name="criteria.mdd", version=1, source="nktrial: detection against the assay's own limit; no published threshold"
)


def disseminated_disease(value_pct: float | None, lod_pct: float | None) -> Verdict:
    """Return DETECTED or NOT_DETECTED.

    Parameters
    ----------
    value_pct : float or None
        Share of cells, or of copies [%]; 0 where nothing was detected.
    lod_pct : float or None
        Limit of detection [%].

    Raises
    ------
    MethodError
        NK-COR-05 below 0 %.
    """
    if value_pct is None:
        return NotEvaluable("the value is not given")
    in_range("value_pct", value_pct, 0.0, float("inf"))
    if lod_pct is None:
        return NotEvaluable("the limit of detection is not given")
    if value_pct > 0.0 and at_least(value_pct, lod_pct):
        return Evaluable("DETECTED", f"at or above the limit of detection, {lod_pct:g} %", TERM)
    return Evaluable("NOT_DETECTED", f"below the limit of detection, {lod_pct:g} %", TERM)


def _assess(cells: Cells) -> Outcome:
    verdict = disseminated_disease(number(cells, "value_pct"), number(cells, "lod_pct"))
    if isinstance(verdict, NotEvaluable):
        return Outcome({"mdd": "NE"}, not_evaluable=verdict.reason)
    return Outcome({"mdd": verdict.level}, verdict.clause, unverified=verdict.unverified)


RULE: Final = Rule(
    name="mdd",
    title="Minimal disseminated disease at diagnosis",
    method=METHOD,
    columns=(
        Column("value_pct", "number", "share of cells, or of copies [%]; 0: not detected", low=0.0, high=1e6),
        Column("lod_pct", "number", "limit of detection of the assay [%]", low=1e-9, high=100.0),
    ),
    results=(Column("mdd", "choice", "status", choices=("DETECTED", "NOT_DETECTED", "NE")),),
    assess=_assess,
    unverified=(TERM,),
)
