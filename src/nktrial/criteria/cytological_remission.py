"""Cytological remission: a marrow free of leukemia by morphology, whatever the blood counts.

Definition
    An adequate marrow with less than 5 % blasts (M1). Blasts with Auer rods, blasts in blood or extramedullary disease
    exclude it where they are looked for. No count, no transfusion rule, no duration.

Not decided here
    Complete remission of any published set; measurable residual disease.
"""

from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import below
from nktrial.criteria.cells import flag, number
from nktrial.criteria.evidence import Evaluable, Flag, NotEvaluable, Verdict, held, lacking, stated
from nktrial.criteria.response_columns import level_column, percent, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Outcome, Rule

__all__ = ["METHOD", "RULE", "cytological_remission"]

METHOD: Final = Method(
    name="criteria.cytological_remission",
    version=1,
    source="nktrial; the 5 % of Cheson 2003, J Clin Oncol 21:4642 (leukemia-free state), and of marrow class M1",
)
CLEARED_BELOW_PCT: Final = 5.0
NO_DEFINITION: Final = "no publication defines cytological remission: M1 without a rule on counts is nktrial's reading"


def cytological_remission(
    bm_blasts_pct: float | None,
    bm_adequate: Flag,
    *,
    auer_rods: bool | None = None,
    pb_blasts: bool | None = None,
    extramedullary: bool | None = None,
) -> Verdict:
    """Return Y or N.

    Parameters
    ----------
    bm_blasts_pct : float or None
        Blasts in the marrow by morphology [%].
    bm_adequate : bool or None
        The marrow can be assessed.
    auer_rods, pb_blasts, extramedullary : bool or None
        Blasts with Auer rods, blasts in blood, disease outside the marrow; None where it was not looked for.

    Raises
    ------
    MethodError
        NK-COR-05 outside 0 to 100 %.
    """
    if bm_blasts_pct is not None:
        in_range("bm_blasts_pct", bm_blasts_pct, 0.0, 100.0)
    others = {"Auer rods": auer_rods, "blasts in blood": pb_blasts, "extramedullary disease": extramedullary}
    present = [name for name, found in others.items() if found]
    if present:
        return Evaluable("N", ", ".join(present), NO_DEFINITION)
    if bm_adequate is False:
        return NotEvaluable("no adequate marrow sample")
    cleared = held(below, bm_blasts_pct, CLEARED_BELOW_PCT)
    if cleared is None or bm_adequate is None:
        return NotEvaluable(lacking({"marrow blasts": bm_blasts_pct, "whether the marrow is adequate": bm_adequate}))
    if not cleared:
        return Evaluable("N", "marrow blasts 5 % or more", NO_DEFINITION)
    unknown = [name for name, found in others.items() if found is None]
    rest = f"; not given: {', '.join(unknown)}" if unknown else ""
    return Evaluable("Y", f"marrow blasts below 5 %{rest}", NO_DEFINITION)


def _assess(cells: Cells) -> Outcome:
    verdict = cytological_remission(
        number(cells, "bm_blasts_pct"),
        flag(cells, "bm_adequate"),
        auer_rods=flag(cells, "auer_rods"),
        pb_blasts=flag(cells, "pb_blasts"),
        extramedullary=flag(cells, "extramedullary"),
    )
    return stated("cytological_remission", verdict)


RULE: Final = Rule(
    name="cytological_remission",
    title="Cytological remission: marrow free of leukemia by morphology, no rule on counts",
    method=METHOD,
    columns=(
        percent("bm_blasts_pct", "blasts in the marrow by morphology"),
        yes_no("bm_adequate", "the marrow sample can be assessed"),
        yes_no("auer_rods", "blasts with Auer rods", needed=False),
        yes_no("pb_blasts", "blasts in blood", needed=False),
        yes_no("extramedullary", "extramedullary disease", needed=False),
    ),
    results=(level_column("cytological_remission", "cytological remission", "Y", "N"),),
    assess=_assess,
    unverified=(NO_DEFINITION,),
)
