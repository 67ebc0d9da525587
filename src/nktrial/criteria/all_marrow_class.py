"""Marrow class of acute lymphoblastic leukemia: M1, M2, M3.

Definition
    M1 below 5 % blasts, M2 5 % to 25 %, M3 above 25 %. Protocols differ on exactly 25 %: it is M2 here, and said to
    be unverified.

Not decided here
    Whether the marrow could be assessed, and remission.
"""

from typing import Final, Literal, TypeAlias

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, below
from nktrial.criteria.cells import number
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "MarrowClass", "marrow_class"]

MarrowClass: TypeAlias = Literal["M1", "M2", "M3"]

METHOD: Final = Method(
    name="criteria.all_marrow_class",
    version=1,
    source="conventional marrow classes of paediatric ALL protocols; Buchmann 2022, Blood 139:1785",
)
M2_FROM_PCT: Final = 5.0
M3_ABOVE_PCT: Final = 25.0
AT_25: Final = "exactly 25 % blasts: M2 here, M3 in some protocols"


def marrow_class(blasts_pct: float) -> MarrowClass:
    """Return the marrow class.

    Parameters
    ----------
    blasts_pct : float
        Blasts among nucleated marrow cells [%].

    Raises
    ------
    MethodError
        NK-COR-05 outside 0 to 100 %.
    """
    in_range("blasts_pct", blasts_pct, 0.0, 100.0)
    if below(blasts_pct, M2_FROM_PCT):
        return "M1"
    return "M3" if above(blasts_pct, M3_ABOVE_PCT) else "M2"


def _assess(cells: Cells) -> Outcome:
    blasts = number(cells, "bm_blasts_pct")
    if blasts is None:
        return Outcome({"marrow_class": "NE"}, not_evaluable="marrow blasts are not given")
    found = marrow_class(blasts)
    clause = {"M1": "below 5 %", "M2": "5 % to 25 %", "M3": "above 25 %"}[found]
    at_limit = found == "M2" and at_least(blasts, M3_ABOVE_PCT)
    return Outcome({"marrow_class": found}, clause, unverified=AT_25 if at_limit else "")


RULE: Final = Rule(
    name="all_marrow_class",
    title="ALL: marrow class M1, M2, M3 by blasts",
    method=METHOD,
    columns=(Column("bm_blasts_pct", "number", "blasts among nucleated marrow cells [%]", low=0.0, high=100.0),),
    results=(Column("marrow_class", "choice", "marrow class", choices=("M1", "M2", "M3", "NE")),),
    assess=_assess,
    unverified=(AT_25,),
)
