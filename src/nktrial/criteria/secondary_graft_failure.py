"""Secondary graft failure after a transplant.

Definition
    After neutrophils and platelets had both recovered, hematopoietic function declines (hemoglobin, platelets or
    neutrophils) so that blood products or growth factor are needed.

Not decided here
    Recovery itself (``engraftment``), primary graft failure, poor graft function and rejection.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import at_most
from nktrial.core.errors import MethodError
from nktrial.criteria.cells import flag, number
from nktrial.criteria.evidence import Evaluable, Flag, NotEvaluable, Verdict, held, lacking, stated
from nktrial.criteria.response_columns import level_column, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "GraftCourse", "secondary_graft_failure"]

METHOD: Final = Method(
    name="criteria.secondary_graft_failure",
    version=1,
    source="Kharfan-Dabaja 2021, ASTCT consensus on engraftment and graft failure",
)
FOOTNOTE: Final = "whether a decline that relapse, drugs or infection explain is set apart: a footnote was not read"
DAYS: Final = 20_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GraftCourse:
    """What is known of a graft; None where it is not known.

    Parameters
    ----------
    neutrophils_recovered, platelets_recovered : bool
        By the definitions of ``engraftment``.
    decline : bool
        Hemoglobin, platelets or neutrophils have declined after both had recovered.
    support_needed : bool
        The decline needs blood products or growth factor.
    other_explanation : bool
        Relapse, drugs or infection explain the decline.
    recovered_day, decline_day : float
        Day of the later recovery and of the decline, after the transplant.
    """

    neutrophils_recovered: bool | None
    platelets_recovered: bool | None
    decline: bool | None
    support_needed: bool | None
    other_explanation: bool | None = None
    recovered_day: float | None = None
    decline_day: float | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        for name, day in (("recovered_day", self.recovered_day), ("decline_day", self.decline_day)):
            if day is not None:
                in_range(name, day, 0.0, DAYS)
        if self.decline is False and self.decline_day is not None:
            raise _contradiction("no decline, and yet a day of it.", "decline_day")
        if False in {self.neutrophils_recovered, self.platelets_recovered} and self.recovered_day is not None:
            raise _contradiction("not both recovered, and yet a day of it.", "recovered_day")
        if held(at_most, self.decline_day, self.recovered_day):
            raise _contradiction("the decline does not lie after the recovery.", "decline_day")


def _contradiction(problem: str, where: str) -> MethodError:
    return MethodError("NK-CRI-02", problem, where=where, remedy="Correct one of the cells.")


def secondary_graft_failure(course: GraftCourse) -> Verdict:
    """Return Y or N.

    Parameters
    ----------
    course : GraftCourse
        Of one patient; what contradicts itself was refused (MethodError NK-CRI-02, NK-COR-05).
    """
    parts: dict[str, tuple[Flag, str]] = {
        "neutrophil recovery": (course.neutrophils_recovered, "neutrophils had not recovered: not secondary"),
        "platelet recovery": (course.platelets_recovered, "platelets had not recovered: not secondary"),
        "decline": (course.decline, "no decline after recovery"),
        "need of blood products or growth factor": (course.support_needed, "no blood products or growth factor needed"),
    }
    for holds, clause in parts.values():
        if holds is False:
            return Evaluable("N", clause)
    if any(holds is None for holds, _ in parts.values()):
        return NotEvaluable(lacking({name: holds for name, (holds, _) in parts.items()}))
    if course.other_explanation:
        return NotEvaluable("relapse, drugs or infection explain the decline", FOOTNOTE)
    doubt = FOOTNOTE if course.other_explanation is None else ""
    return Evaluable("Y", "decline after recovery that needs blood products or growth factor", doubt)


def _assess(cells: Cells) -> Outcome:
    course = GraftCourse(
        neutrophils_recovered=flag(cells, "neutrophils_recovered"),
        platelets_recovered=flag(cells, "platelets_recovered"),
        decline=flag(cells, "decline"),
        support_needed=flag(cells, "support_needed"),
        other_explanation=flag(cells, "other_explanation"),
        recovered_day=number(cells, "recovered_day"),
        decline_day=number(cells, "decline_day"),
    )
    return stated("secondary_graft_failure", secondary_graft_failure(course))


RULE: Final = Rule(
    name="secondary_graft_failure",
    title="Secondary graft failure: decline after recovery",
    method=METHOD,
    columns=(
        yes_no("neutrophils_recovered", "neutrophils had recovered"),
        yes_no("platelets_recovered", "platelets had recovered"),
        yes_no("decline", "hemoglobin, platelets or neutrophils declined after both"),
        yes_no("support_needed", "the decline needs blood products or growth factor"),
        yes_no("other_explanation", "relapse, drugs or infection explain the decline", needed=False),
        Column("recovered_day", "whole", "day of the later recovery", low=0.0, high=DAYS, needed=False),
        Column("decline_day", "whole", "day of the decline", low=0.0, high=DAYS, needed=False),
    ),
    results=(level_column("secondary_graft_failure", "whether the graft failed", "Y", "N"),),
    assess=_assess,
    unverified=(FOOTNOTE,),
)
