"""MDS hematologic improvement by the International Working Group 2006, one lineage.

Definition
    For 8 weeks or more. E, Hb below 11 g/dL before: up by 1.5 g/dL or more, or at least 4 red-cell units fewer in 8
    weeks, of units given for Hb of 9 g/dL or less. P, platelets below 100 x 10^9/L before: up by 30 or more from above
    20; else to above 20 and doubled. N, neutrophils below 1.0 x 10^9/L before: doubled and up by more than 0.5.

Not decided here
    Progression or relapse after improvement.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, cast

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, at_most, below
from nktrial.core.errors import MethodError
from nktrial.criteria.cells import number, word
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict, all_of, any_of, held, stated
from nktrial.criteria.response_columns import level_column, weeks
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "Lineage", "hematologic_improvement"]

METHOD: Final = Method(
    name="criteria.mds_iwg2006_hi",
    version=1,
    source="Cheson 2006, Blood 108:419",
)
Lineage: TypeAlias = Literal["E", "P", "N"]

BELOW: Final = MappingProxyType({"E": 11.0, "P": 100.0, "N": 1.0})
HGB_RISE_G_DL: Final = 1.5
UNITS_FEWER: Final = 4.0
TRANSFUSED_UP_TO_G_DL: Final = 9.0
PLATELET_RISE: Final = 30.0
PLATELETS_ABOVE: Final = 20.0
NEUTROPHIL_RISE_ABOVE: Final = 0.5
LASTING_WEEKS: Final = 8.0
AT_20: Final = "platelets of exactly 20 x 10^9/L before: read as not above 20"
# Factor to g/dL or 10^9/L, by lineage and unit.
UNITS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "E": {"g/dL": 1.0, "g/L": 0.1},
        "P": {"e9/L": 1.0, "10^9/L": 1.0, "10^3/uL": 1.0, "/uL": 1e-3},
        "N": {"e9/L": 1.0, "10^9/L": 1.0, "10^3/uL": 1.0, "/uL": 1e-3},
    }
)


def hematologic_improvement(
    lineage: Lineage,
    baseline: float,
    on_treatment: float,
    lasted_weeks: float | None,
    *,
    units_before: float | None = None,
    units_on: float | None = None,
) -> Verdict:
    """Return Y or N for one lineage.

    Parameters
    ----------
    lineage : str
        E erythroid, P platelets, N neutrophils.
    baseline, on_treatment : float
        Hb [g/dL], platelets or neutrophils [10^9/L].
    lasted_weeks : float or None
        How long the improvement has lasted.
    units_before, units_on : float or None
        Red-cell units in 8 weeks before and on treatment; both None where none were given.

    Raises
    ------
    MethodError
        NK-COR-05 a negative value.
    """
    for name, value in (("baseline", baseline), ("on_treatment", on_treatment)):
        in_range(name, value, 0.0, 1e5)
    if not below(baseline, BELOW[lineage]):
        return Evaluable("N", f"not below {BELOW[lineage]:g} before treatment")
    doubt = ""
    if lineage == "E":
        improved = any_of(
            at_least(on_treatment - baseline, HGB_RISE_G_DL), _fewer_units(baseline, units_before, units_on)
        )
        clause = "Hb up by 1.5 g/dL or 4 red-cell units fewer"
    elif lineage == "P":
        improved = _platelets_improved(baseline, on_treatment)
        at_limit = at_least(baseline, PLATELETS_ABOVE) and at_most(baseline, PLATELETS_ABOVE)
        doubt = AT_20 if at_limit else ""
        clause = "platelets up by 30 from above 20, or doubled to above 20"
    else:
        doubled = at_least(on_treatment, 2 * baseline)
        improved = doubled and above(on_treatment - baseline, NEUTROPHIL_RISE_ABOVE)
        clause = "neutrophils doubled and up by more than 0.5"
    if improved is None:
        return NotEvaluable("red-cell units are given for one of the two periods alone")
    if not improved:
        return Evaluable("N", f"not: {clause}", doubt)
    if lasted_weeks is None:
        return NotEvaluable("not given: how long the improvement has lasted")
    if not at_least(lasted_weeks, LASTING_WEEKS):
        return Evaluable("N", "less than 8 weeks")
    return Evaluable("Y", f"{clause}, 8 weeks", doubt)


def _fewer_units(baseline: float, before: float | None, on: float | None) -> bool | None:
    """Tell whether 4 units fewer were needed; only units for Hb of 9 g/dL or less count."""
    if (before is None and on is None) or above(baseline, TRANSFUSED_UP_TO_G_DL):
        return False
    if before is None or on is None:
        # Fewer than 4 units before cannot become 4 fewer.
        return all_of(held(at_least, before, UNITS_FEWER), None)
    return at_least(before - on, UNITS_FEWER)


def _platelets_improved(baseline: float, on_treatment: float) -> bool:
    if above(baseline, PLATELETS_ABOVE):
        return at_least(on_treatment - baseline, PLATELET_RISE)
    return above(on_treatment, PLATELETS_ABOVE) and at_least(on_treatment, 2 * baseline)


def _assess(cells: Cells) -> Outcome:
    lineage, unit = word(cells, "lineage"), word(cells, "unit")
    baseline, on_treatment = number(cells, "baseline"), number(cells, "on_treatment")
    if not lineage or not unit or baseline is None or on_treatment is None:
        return stated("hi", NotEvaluable("the lineage, its unit and both values are needed"))
    if unit not in UNITS[lineage]:
        raise MethodError(
            "NK-CRI-03",
            f"the unit {unit} does not go with lineage {lineage}.",
            remedy=f"Write one of: {', '.join(UNITS[lineage])}.",
        )
    factor = UNITS[lineage][unit]
    verdict = hematologic_improvement(
        cast("Lineage", lineage),
        baseline * factor,
        on_treatment * factor,
        number(cells, "duration_weeks"),
        units_before=number(cells, "transfusions_prev_8wk"),
        units_on=number(cells, "transfusions_on_8wk"),
    )
    return stated("hi", verdict)


RULE: Final = Rule(
    name="mds_iwg2006_hi",
    title="MDS: hematologic improvement by IWG 2006",
    method=METHOD,
    columns=(
        Column("lineage", "choice", "erythroid, platelets, neutrophils", choices=("E", "P", "N")),
        Column("baseline", "number", "value before treatment, in the unit of its column", low=0.0, high=1e7),
        Column("on_treatment", "number", "value on treatment, in the unit of its column", low=0.0, high=1e7),
        Column(
            "unit",
            "choice",
            "unit of both values",
            choices=tuple(dict.fromkeys(u for by in UNITS.values() for u in by)),
        ),
        Column("transfusions_prev_8wk", "number", "red-cell units in the 8 weeks before", low=0.0, high=1_000.0),
        Column("transfusions_on_8wk", "number", "red-cell units in 8 weeks on treatment", low=0.0, high=1_000.0),
        weeks("duration_weeks", "how long the improvement has lasted"),
    ),
    results=(level_column("hi", "hematologic improvement of the lineage", "Y", "N"),),
    assess=_assess,
    unverified=(AT_20,),
)
