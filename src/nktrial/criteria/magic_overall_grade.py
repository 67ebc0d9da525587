"""MAGIC overall grade of acute graft-versus-host disease.

Definition
    By the most severe organ: IV skin 4, liver 4 or lower gut 4; III liver 2-3 or lower gut 2-3; II skin 3, liver 1,
    upper gut 1 or lower gut 1; I skin 1-2 alone; 0 no organ.

Not decided here
    The organs' stages (``magic_organ_stage``) and whether the signs are GVHD.
"""

from typing import Final

from nktrial.core.errors import MethodError
from nktrial.criteria.cells import number
from nktrial.criteria.grade import Domain, Grade, Graded, as_outcome, worst_of
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "overall_grade"]

METHOD: Final = Method(
    name="criteria.magic_overall_grade", version=1, source="Harris 2016, Biol Blood Marrow Transplant 22:4 (MAGIC)"
)
VERSION: Final = "MAGIC 2016"
ROMAN: Final = ("0", "I", "II", "III", "IV")
# Organ -> the overall grade that each stage alone gives.
GRADE_BY_STAGE: Final = (
    ("skin", (0, 1, 1, 2, 4)),  # I stage 1-2; II stage 3; IV stage 4
    ("liver", (0, 2, 3, 3, 4)),  # II stage 1; III stage 2-3; IV stage 4
    ("upper_gi", (0, 2)),  # II stage 1
    ("lower_gi", (0, 2, 3, 3, 4)),  # II stage 1; III stage 2-3; IV stage 4
)


def overall_grade(*, skin: int | None, liver: int | None, upper_gi: int | None, lower_gi: int | None) -> Grade:
    """Return the overall grade by the organs' stages.

    Parameters
    ----------
    skin, liver, lower_gi : int or None
        Stage 0 to 4; None where not assessed.
    upper_gi : int or None
        Stage 0 or 1.

    Returns
    -------
    Graded or NotGraded
        ``0``, ``I``, ``II``, ``III`` or ``IV``; not graded where an organ not assessed could be worse than the others.

    Raises
    ------
    MethodError
        NK-TOX-05 a stage outside its range.
    """
    stages = {"skin": skin, "liver": liver, "upper_gi": upper_gi, "lower_gi": lower_gi}
    found = worst_of([_organ(name, stages[name], by_stage) for name, by_stage in GRADE_BY_STAGE], ROMAN)
    return Graded("0", "no organ involved") if found == Graded("0", "") else found


def _organ(name: str, stage: int | None, by_stage: tuple[int, ...]) -> Domain:
    if stage is None:
        return Domain(0, by_stage[-1], "", f"the stage of {name} is not given")
    if not 0 <= stage < len(by_stage):
        raise MethodError(
            "NK-TOX-05", f"stage {stage} of {name}, expected 0 to {len(by_stage) - 1}.", remedy="Correct the stage."
        )
    return Domain(by_stage[stage], by_stage[stage], f"{name.replace('_', ' ')} stage {stage}" if stage else "")


def _assess(cells: Cells) -> Outcome:
    found = overall_grade(
        skin=_stage(cells, "skin"),
        liver=_stage(cells, "liver"),
        upper_gi=_stage(cells, "upper_gi"),
        lower_gi=_stage(cells, "lower_gi"),
    )
    return as_outcome(found, "grade", VERSION)


def _stage(cells: Cells, name: str) -> int | None:
    value = number(cells, name)
    return None if value is None else int(value)


RULE: Final = Rule(
    name="magic_overall_grade",
    title="MAGIC 2016: overall grade of acute GVHD",
    method=METHOD,
    columns=tuple(
        Column(name, "whole", f"stage of {name.replace('_', ' ')}", low=0.0, high=float(len(by_stage) - 1))
        for name, by_stage in GRADE_BY_STAGE
    ),
    results=(
        Column("grade", "choice", "overall grade", choices=(*ROMAN, "NE")),
        Column("criteria_version", "text", "version of the criteria"),
    ),
    assess=_assess,
)
