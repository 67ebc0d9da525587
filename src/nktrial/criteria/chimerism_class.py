"""Donor chimerism after a transplant: full, mixed or autologous, by the myeloid and the lymphoid lineage.

Definition
    Full: the donor has more than 95 % of both lineages. Autologous: less than 5 % of both. Mixed: neither.

Not decided here
    Which cells stand for a lineage, whose DNA is the donor's where there are two, and whether a class is stable.
"""

from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, below
from nktrial.criteria.cells import number
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict, all_of, held, lacking, stated
from nktrial.criteria.response_columns import level_column, percent
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Outcome, Rule

__all__ = ["METHOD", "RULE", "chimerism_class"]

METHOD: Final = Method(
    name="criteria.chimerism_class",
    version=1,
    source="Kharfan-Dabaja 2021, ASTCT consensus on engraftment and graft failure",
)
FULL_ABOVE_PCT: Final = 95.0
AUTOLOGOUS_BELOW_PCT: Final = 5.0
LOWER_LIMIT: Final = "5 % donor as the limit between mixed and autologous, and lineages that differ taken as mixed"


def chimerism_class(myeloid_donor_pct: float | None, lymphoid_donor_pct: float | None) -> Verdict:
    """Return FULL, MIXED or AUTOLOGOUS.

    Parameters
    ----------
    myeloid_donor_pct, lymphoid_donor_pct : float or None
        The donor's share of each lineage [%]; None where it was not measured.

    Raises
    ------
    MethodError
        NK-COR-05 outside 0 to 100 %.
    """
    shares = (myeloid_donor_pct, lymphoid_donor_pct)
    for name, share in zip(("myeloid_donor_pct", "lymphoid_donor_pct"), shares, strict=True):
        if share is not None:
            in_range(name, share, 0.0, 100.0)
    full = all_of(*(held(above, share, FULL_ABOVE_PCT) for share in shares))
    autologous = all_of(*(held(below, share, AUTOLOGOUS_BELOW_PCT) for share in shares))
    if full is None or autologous is None:
        return NotEvaluable(
            lacking({"the donor's share of myeloid cells": shares[0], "the donor's share of lymphoid cells": shares[1]})
        )
    if full:
        return Evaluable("FULL", "donor above 95 % of both lineages")
    if autologous:
        return Evaluable("AUTOLOGOUS", "donor below 5 % of both lineages", LOWER_LIMIT)
    return Evaluable("MIXED", "neither above 95 % of both lineages nor below 5 % of both", LOWER_LIMIT)


def _assess(cells: Cells) -> Outcome:
    verdict = chimerism_class(number(cells, "myeloid_donor_pct"), number(cells, "lymphoid_donor_pct"))
    return stated("chimerism_class", verdict)


RULE: Final = Rule(
    name="chimerism_class",
    title="Donor chimerism: full, mixed or autologous",
    method=METHOD,
    columns=(
        percent("myeloid_donor_pct", "the donor's share of myeloid cells (CD33, CD15 or CD66b)"),
        percent("lymphoid_donor_pct", "the donor's share of lymphoid cells (CD3)"),
    ),
    results=(level_column("chimerism_class", "class", "FULL", "MIXED", "AUTOLOGOUS"),),
    assess=_assess,
    unverified=(LOWER_LIMIT,),
)
