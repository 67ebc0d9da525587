"""Primary graft failure after a transplant.

Definition
    Neutrophils never reach 500/uL by day 30 (blood stem cells, marrow) or day 42 (cord blood), with pancytopenia.

Not decided here
    Secondary graft failure, and failure by loss of donor chimerism.
"""

from typing import Final, Literal, TypeAlias

from nktrial.core.compare import at_least, at_most
from nktrial.criteria.cells import flag, number, word
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "GraftFailure", "primary_graft_failure"]

GraftFailure: TypeAlias = Literal["Y", "N", "NE"]

METHOD: Final = Method(
    name="criteria.primary_graft_failure",
    version=1,
    source="Kharfan-Dabaja 2021, ASTCT consensus on engraftment and graft failure",
)
LAST_DAY: Final = {"PBSC": 30, "BM": 30, "UCB": 42}


def primary_graft_failure(
    graft_source: str, reached_day: float | None, assessed_day: float | None, *, pancytopenia: bool | None
) -> tuple[GraftFailure, str]:
    """Return whether the graft failed, and the clause or the reason.

    Parameters
    ----------
    graft_source : str
        PBSC, BM or UCB; empty where not known.
    reached_day : float or None
        Day at which neutrophils reached 500/uL; None where they have not by the assessment.
    assessed_day : float or None
        Day of the assessment.
    pancytopenia : bool or None
        Whether pancytopenia stands at the assessment.
    """
    if graft_source not in LAST_DAY:
        return "NE", "the graft source is not given"
    limit = LAST_DAY[graft_source]
    if reached_day is not None and at_most(reached_day, limit):
        return "N", f"neutrophils at 500/uL by day {limit}"
    if pancytopenia is False:
        return "N", "no pancytopenia"
    seen_to = [day for day in (assessed_day, reached_day) if day is not None]
    if not seen_to or not at_least(max(seen_to), limit):
        return "NE", f"no assessment on day {limit} or later is given"
    if pancytopenia is None:
        return "NE", "pancytopenia is not given"
    return "Y", f"neutrophils below 500/uL to day {limit}, with pancytopenia"


def _assess(cells: Cells) -> Outcome:
    found, why = primary_graft_failure(
        word(cells, "graft_source"),
        number(cells, "anc_ge_500_achieved_day"),
        number(cells, "assessed_day"),
        pancytopenia=flag(cells, "pancytopenia"),
    )
    values = {"primary_graft_failure": found}
    return Outcome(values, not_evaluable=why) if found == "NE" else Outcome(values, why)


RULE: Final = Rule(
    name="primary_graft_failure",
    title="Primary graft failure by day 30 or 42",
    method=METHOD,
    columns=(
        Column("graft_source", "choice", "source of the graft", choices=("PBSC", "BM", "UCB")),
        Column("anc_ge_500_achieved_day", "whole", "day neutrophils reached 500/uL; empty where not reached", low=0.0),
        Column("pancytopenia", "yes_no", "pancytopenia at the assessment"),
        Column("assessed_day", "whole", "day of the assessment after the transplant", low=0.0),
    ),
    results=(Column("primary_graft_failure", "choice", "whether the graft failed", choices=("Y", "N", "NE")),),
    assess=_assess,
)
