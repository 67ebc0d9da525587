"""MAGIC organ stage of acute graft-versus-host disease.

Definition
    Skin, active erythema: 1 below 25 % of body surface, 2 25 to 50 %, 3 above 50 %, 4 generalized erythroderma with
    bullae and desquamation above 5 %. Liver, bilirubin in mg/dL: 0 below 2, 1 2 to 3, 2 3.1 to 6, 3 6.1 to 15, 4
    above 15. Upper gut: 1 persistent anorexia, nausea or vomiting. Lower gut, diarrhoea a day: adult 500-999 mL or
    3-4 episodes 1, 1000-1500 or 5-7 2, above 1500 or above 7 3; child 10-19.9 mL/kg or 4-6 episodes 1, 20-30 or
    7-10 2, above 30 or above 10 3; a child above 50 kg is staged as an adult. 4 severe abdominal pain with or
    without ileus, or grossly bloody stool, whatever the volume.

Not decided here
    Whether the sign is GVHD (confidence: confirmed, probable, possible, negative), the mean of three days, the halving
    of stool mixed with urine, and volume against episodes where both are given: each row is one measure.
"""

import math
import sys
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.core.compare import above, at_most, below
from nktrial.core.errors import MethodError
from nktrial.core.units import folded
from nktrial.criteria.cells import number, word
from nktrial.criteria.grade import Domain, Grade, Graded, NotGraded, as_outcome, worst_of
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "bilirubin_stage", "erythroderma_stage", "rash_stage", "stool_stage"]

METHOD: Final = Method(
    name="criteria.magic_organ_stage", version=1, source="Harris 2016, Biol Blood Marrow Transplant 22:4 (MAGIC)"
)
VERSION: Final = "MAGIC 2016"
ADULT_ABOVE_KG: Final = 50.0
HEAVIEST_KG: Final = 400.0
UMOL_PER_L_OF_MG_PER_DL: Final = 17.1
GAP: Final = "bilirubin between 3.0 and 3.1, or 6.0 and 6.1 mg/dL: the table has one decimal; staged as above 3 or 6"


@dataclass(frozen=True, slots=True)
class Steps:
    """Stage 1 from, stage 2 from, and stage 3 above."""

    one_from: float
    two_from: float
    three_above: float


ADULT_VOLUME_ML: Final = Steps(500.0, 1000.0, 1500.0)  # 500-999; 1000-1500; >1500 mL a day
CHILD_VOLUME_ML_PER_KG: Final = Steps(10.0, 20.0, 30.0)  # 10-19.9; 20-30; >30 mL/kg a day
ADULT_EPISODES: Final = Steps(3.0, 5.0, 7.0)  # 3-4; 5-7; >7 a day
CHILD_EPISODES: Final = Steps(4.0, 7.0, 10.0)  # 4-6; 7-10; >10 a day

UPPER_GI_WORDS: Final = MappingProxyType({"none": 0, "no": 0, "intermittent": 0, "persistent": 1})
SEVERE_WORDS: Final = MappingProxyType(
    {
        "severe_abdominal_pain": 4,
        "severe_abdominal_pain_without_ileus": 4,
        "severe_abdominal_pain_with_ileus": 4,
        "severe_abdominal_pain_with_or_without_ileus": 4,
        "ileus": 4,
        "grossly_bloody_stool": 4,
    }
)
# Organ and measure -> the words of `value`.
WORDS: Final = MappingProxyType(
    {
        ("skin", "morphology"): MappingProxyType({"none": 0}),
        ("upper_gi", "anorexia_nausea_vomiting"): UPPER_GI_WORDS,
        ("lower_gi", "severe_sign"): SEVERE_WORDS,
    }
)
# Organ and measure -> accepted units of a number.
UNITS: Final = MappingProxyType(
    {
        ("skin", "rash_bsa"): ("%bsa", "%", "percent"),
        ("liver", "bilirubin"): ("mg/dl", "umol/l"),
        ("lower_gi", "stool_volume_adult"): ("ml/day", "ml/d"),
        ("lower_gi", "stool_volume_child"): ("ml/day", "ml/d", "ml/kg/day", "ml/kg/d"),
        ("lower_gi", "stool_episodes_adult"): ("/day", "/d", "episodes/day"),
        ("lower_gi", "stool_episodes_child"): ("/day", "/d", "episodes/day"),
    }
)


def rash_stage(bsa_pct: float) -> Graded:
    """Return the skin stage by the rash [% of body surface]; ``MethodError`` NK-TOX-05 beyond 0 to 100."""
    _within("rash", bsa_pct, 100.0)
    if above(bsa_pct, 50.0):
        return Graded(3, "above 50 % of body surface")
    if bsa_pct <= 0.0:
        return Graded(0, "no rash")
    return Graded(1, "below 25 %") if below(bsa_pct, 25.0) else Graded(2, "25 to 50 %")


def bilirubin_stage(mg_per_dl: float) -> Graded:
    """Return the liver stage by total bilirubin [mg/dL]; ``MethodError`` NK-TOX-05 where it is negative."""
    _within("bilirubin", mg_per_dl, sys.float_info.max)
    if below(mg_per_dl, 2.0):
        return Graded(0, "below 2 mg/dL")
    for stage, up_to, gap_to, clause in (
        (1, 3.0, 2.0, "2 to 3"),
        (2, 6.0, 3.1, "3.1 to 6"),
        (3, 15.0, 6.1, "6.1 to 15"),
    ):
        if at_most(mg_per_dl, up_to):
            return Graded(stage, f"{clause} mg/dL", unverified=GAP if below(mg_per_dl, gap_to) else "")
    return Graded(4, "above 15 mg/dL")


def erythroderma_stage(morphology: str) -> Grade:
    """Return the skin stage of generalized erythroderma by a word of parts joined by ``_``.

    Parameters
    ----------
    morphology : str
        ``generalized_erythroderma``, ``erythroderma_without_bullae``,
        ``erythroderma_with_bullae_and_desquamation_gt5pct`` (or ``_le5pct``).

    Returns
    -------
    Graded or NotGraded
        Stage 3, or 4 with bullae and desquamation above 5 % of body surface; not graded where the extent is not told.
    """
    parts = set(morphology.split("_"))
    if parts <= {"generalized", "erythroderma"} or parts & {"without", "le5pct", "lt5pct"}:
        return Graded(3, "generalized erythroderma, not with bullae and desquamation above 5 %")
    if parts >= {"erythroderma", "with", "bullae", "desquamation", "gt5pct"}:
        return Graded(4, "erythroderma with bullae and desquamation above 5 %")
    return NotGraded("bullae, desquamation and its extent (gt5pct, le5pct) are not all told: stage 3 or 4")


def stool_stage(
    *, volume_ml: float | None = None, episodes: float | None = None, child: bool, weight_kg: float | None
) -> Grade:
    """Return the lower gut stage by one of volume and episodes a day.

    Parameters
    ----------
    volume_ml : float or None
        Stool a day [mL].
    episodes : float or None
        Episodes of diarrhoea a day.
    child : bool
        The child's limits, up to 50 kg; adult limits above.
    weight_kg : float or None
        Body weight [kg].

    Returns
    -------
    Graded or NotGraded
        Stage 0 to 3.

    Raises
    ------
    MethodError
        NK-TOX-05 outside its range, or not exactly one of volume and episodes.
    """
    if (volume_ml is None) == (episodes is None):
        raise MethodError("NK-TOX-05", "give one of volume and episodes.")
    _within("weight", 0.0 if weight_kg is None else weight_kg, HEAVIEST_KG)
    if volume_ml is not None:
        return _volume_stage(volume_ml, weight_kg) if child else _stage(volume_ml, ADULT_VOLUME_ML, "mL")
    count = episodes if episodes is not None else 0.0
    return _episode_stage(count, weight_kg) if child else _stage(count, ADULT_EPISODES, "episodes")


def _volume_stage(volume_ml: float, weight_kg: float | None) -> Grade:
    """Return the stage of a child by volume."""
    if weight_kg is None or weight_kg <= 0.0:
        return NotGraded("the weight is not given: volumes of a child are per kg, above 50 kg an adult's")
    if above(weight_kg, ADULT_ABOVE_KG):
        return _stage(volume_ml, ADULT_VOLUME_ML, "mL")
    return _stage(volume_ml / weight_kg, CHILD_VOLUME_ML_PER_KG, "mL/kg")


def _episode_stage(count: float, weight_kg: float | None) -> Grade:
    """Return the stage of a child by episodes; without the weight where child's and adult's limits agree."""
    as_adult, as_child = _stage(count, ADULT_EPISODES, "episodes"), _stage(count, CHILD_EPISODES, "episodes")
    if weight_kg is not None:
        return as_adult if above(weight_kg, ADULT_ABOVE_KG) else as_child
    low, high = sorted((int(as_child.grade), int(as_adult.grade)))
    missing = "the weight is not given: above 50 kg an adult's limits"
    return worst_of([Domain(low, high, f"{as_child.clause}, whatever the weight", missing)])


def _stage(value: float, steps: Steps, unit: str) -> Graded:
    _within(f"stool [{unit} a day]", value, sys.float_info.max)
    if above(value, steps.three_above):
        return Graded(3, f"above {steps.three_above:g} {unit} a day")
    if below(value, steps.one_from):
        return Graded(0, f"below {steps.one_from:g} {unit} a day")
    if below(value, steps.two_from):
        return Graded(1, f"{steps.one_from:g} to below {steps.two_from:g} {unit} a day")
    return Graded(2, f"{steps.two_from:g} to {steps.three_above:g} {unit} a day")


def _within(name: str, value: float, highest: float) -> None:
    if not 0.0 <= value <= highest:
        raise MethodError("NK-TOX-05", f"{name} is {value:g}, expected 0 to {highest:g}.", remedy="Correct the value.")


def _number(cell: str) -> float:
    try:
        value = float(cell) if cell.isascii() else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise MethodError("NK-TOX-05", f"value is {cell[:30]!r}, expected a number.", remedy="Correct the value.")
    return value


def _assess(cells: Cells) -> Outcome:
    return as_outcome(_row(cells), "stage", VERSION)


def _row(cells: Cells) -> Grade:
    organ, measure, cell = word(cells, "organ"), word(cells, "measure"), word(cells, "value").strip()
    if not organ or not measure or not cell:
        return NotGraded("organ, measure or value is not given")
    key = (organ, measure)
    if key == ("skin", "morphology") and "erythroderma" in cell.casefold().split("_"):
        return erythroderma_stage(cell.casefold())
    if key in WORDS:
        known = WORDS[key]
        if cell.casefold() not in known:
            more = ", or erythroderma with its parts" if organ == "skin" else ""
            raise MethodError(
                "NK-TOX-04",
                f"{cell[:60]!r} is no word of {organ}, {measure}.",
                remedy=f"Known: {', '.join(known)}{more}.",
            )
        return Graded(known[cell.casefold()], cell.casefold().replace("_", " "))
    if key not in UNITS:
        pairs = ", ".join(f"{organ_}: {measure_}" for organ_, measure_ in (*WORDS, *UNITS))
        raise MethodError("NK-TOX-04", f"{organ} has no measure {measure[:60]!r}.", remedy=f"Known: {pairs}.")
    unit = folded(word(cells, "unit"))
    if not unit:
        return NotGraded("the unit is not given")
    if unit not in UNITS[key]:
        raise MethodError(
            "NK-TOX-02",
            f"unit {unit[:30]!r} is not one of the accepted units of {measure}.",
            remedy=f"Write one of: {', '.join(UNITS[key])}.",
        )
    return _staged(measure, _number(cell), unit, number(cells, "weight_kg"))


def _staged(measure: str, value: float, unit: str, weight_kg: float | None) -> Grade:
    if measure == "rash_bsa":
        return rash_stage(value)
    if measure == "bilirubin":
        return bilirubin_stage(value / UMOL_PER_L_OF_MG_PER_DL if unit == "umol/l" else value)
    child = measure.endswith("_child")
    if measure.startswith("stool_episodes"):
        return stool_stage(episodes=value, child=child, weight_kg=weight_kg)
    if unit.startswith("ml/kg"):
        if weight_kg is None:
            return NotGraded("the weight is not given: above 50 kg an adult's limits")
        value *= weight_kg
    return stool_stage(volume_ml=value, child=child, weight_kg=weight_kg)


RULE: Final = Rule(
    name="magic_organ_stage",
    title="MAGIC 2016: stage of one organ in acute GVHD",
    method=METHOD,
    columns=(
        Column("organ", "choice", "organ", choices=("skin", "liver", "upper_gi", "lower_gi")),
        Column("measure", "text", "what was measured: " + ", ".join(measure for _, measure in (*UNITS, *WORDS))),
        Column("value", "text", "a number, or for morphology, severe_sign and upper gut a word"),
        Column("unit", "text", "unit of a number"),
        Column("weight_kg", "number", "body weight [kg]; needed for children", low=0.3, high=HEAVIEST_KG, needed=False),
    ),
    results=(
        Column("stage", "choice", "stage", choices=("0", "1", "2", "3", "4", "NE")),
        Column("criteria_version", "text", "version of the criteria"),
    ),
    assess=_assess,
    unverified=(GAP,),
)
