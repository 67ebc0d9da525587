"""ALL complete remission by CIBMTR, with its alternative for children after transplantation.

Definition
    For 4 weeks or more: marrow blasts below 5 %, normal maturation, no extramedullary disease, ANC at least 1,000/uL,
    platelets at least 100,000/uL, no transfusions. Before transplantation the 4 weeks are not needed. Alternative, for
    a child after transplantation who was in CR before it, at a centre that does not examine marrow routinely: at least
    95 % donor chimerism without recipient cells, no extramedullary disease, the same counts, and 4 weeks without
    transfusion.

Not decided here
    Which CR it is (first, second); what a donor's share rests on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import at_least, below
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.evidence import Evaluable, Flag, NotEvaluable, Verdict, all_of, held, inverse, lacking
from nktrial.criteria.response_columns import level_column, per_ul, percent, weeks, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "CibmtrFindings", "cibmtr_remission", "cibmtr_remission_by_chimerism"]

METHOD: Final = Method(
    name="criteria.all_cibmtr_response",
    version=1,
    source="CIBMTR Forms Instruction Manual, ALL Response Criteria",
)
CLEARED_BELOW_PCT: Final = 5.0
ANC_FROM_PER_UL: Final = 1_000.0
PLATELETS_FROM_PER_UL: Final = 100_000.0
LASTING_WEEKS: Final = 4.0
DONOR_FROM_PCT: Final = 95.0
RECIPIENT_NOT_GIVEN: Final = "95 % donor taken as complete where it is not given whether recipient cells were detected"


@dataclass(frozen=True, slots=True)
class CibmtrFindings:
    """What is known at one assessment; None where it is not known.

    Parameters
    ----------
    after_transplant : bool
        The assessment is after transplantation.
    bm_blasts_pct : float
        Blasts in the marrow [%].
    normal_maturation, extramedullary, transfusion_dependent : bool
        Of all cells in the marrow; disease outside it; needs transfusions.
    anc_per_ul, plt_per_ul : float
        Neutrophils, platelets [/uL].
    weeks_met : float
        How long all of these have held.
    child, marrow_routine, cr_before_transplant : bool
        A child; the centre examines marrow routinely after transplantation; in CR before it.
    donor_chimerism_pct : float
        Donor's share [%].
    recipient_cells : bool
        Recipient cells were detected.
    weeks_without_transfusion : float
        Since the last platelets or red cells.
    """

    after_transplant: bool | None
    bm_blasts_pct: float | None
    normal_maturation: bool | None
    extramedullary: bool | None
    anc_per_ul: float | None
    plt_per_ul: float | None
    transfusion_dependent: bool | None
    weeks_met: float | None
    child: bool | None = None
    marrow_routine: bool | None = None
    cr_before_transplant: bool | None = None
    donor_chimerism_pct: float | None = None
    recipient_cells: bool | None = None
    weeks_without_transfusion: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no patient can have."""
        limits = {
            "bm_blasts_pct": 100.0,
            "donor_chimerism_pct": 100.0,
            "anc_per_ul": 1e7,
            "plt_per_ul": 1e7,
            "weeks_met": 5_000.0,
            "weeks_without_transfusion": 5_000.0,
        }
        for name, high in limits.items():
            value: float | None = getattr(self, name)
            if value is not None:
                in_range(name, value, 0.0, high)

    @property
    def recovered(self) -> bool | None:
        """Tell whether neutrophils and platelets have recovered."""
        return all_of(
            held(at_least, self.anc_per_ul, ANC_FROM_PER_UL), held(at_least, self.plt_per_ul, PLATELETS_FROM_PER_UL)
        )


def cibmtr_remission(found: CibmtrFindings) -> Verdict:
    """Return CR or NOT_CR by the marrow.

    Parameters
    ----------
    found : CibmtrFindings
        One assessment; values outside their bounds were refused (MethodError NK-COR-05).
    """
    lasted = True if found.after_transplant is False else held(at_least, found.weeks_met, LASTING_WEEKS)
    if found.after_transplant is None and lasted is False:
        lasted = None  # before transplantation the 4 weeks are not needed
    parts = (
        held(below, found.bm_blasts_pct, CLEARED_BELOW_PCT),
        found.normal_maturation,
        inverse(found.extramedullary),
        found.recovered,
        inverse(found.transfusion_dependent),
        lasted,
    )
    inputs = {
        "marrow blasts": found.bm_blasts_pct,
        "normal maturation": found.normal_maturation,
        "extramedullary disease": found.extramedullary,
        "ANC": found.anc_per_ul,
        "platelets": found.plt_per_ul,
        "transfusion dependence": found.transfusion_dependent,
        "weeks that the criteria are met": found.weeks_met if lasted is None else True,
        "before or after transplantation": found.after_transplant if lasted is None else True,
    }
    return _verdict(all_of(*parts), inputs, "marrow below 5 %, normal maturation, counts recovered, no transfusions")


def cibmtr_remission_by_chimerism(found: CibmtrFindings) -> Verdict | None:
    """Return CR or NOT_CR by the alternative for children; None where the alternative does not apply.

    Parameters
    ----------
    found : CibmtrFindings
        One assessment.
    """
    applies = all_of(found.child, found.after_transplant, found.cr_before_transplant, inverse(found.marrow_routine))
    if not applies:
        return None
    complete = held(at_least, found.donor_chimerism_pct, DONOR_FROM_PCT)
    parts = (
        complete,
        not found.recipient_cells,
        inverse(found.extramedullary),
        found.recovered,
        held(at_least, found.weeks_without_transfusion, LASTING_WEEKS),
    )
    inputs = {
        "donor chimerism": found.donor_chimerism_pct,
        "extramedullary disease": found.extramedullary,
        "ANC": found.anc_per_ul,
        "platelets": found.plt_per_ul,
        "weeks without transfusion": found.weeks_without_transfusion,
    }
    doubt = RECIPIENT_NOT_GIVEN if found.recipient_cells is None else ""
    clause = "child after transplantation: at least 95 % donor, counts recovered, 4 weeks without transfusion"
    return _verdict(all_of(*parts), inputs, clause, doubt)


def _verdict(holds: Flag, inputs: Mapping[str, object], clause: str, doubt: str = "") -> Verdict:
    if holds is None:
        return NotEvaluable(lacking(inputs))
    return Evaluable("CR", clause, doubt) if holds else Evaluable("NOT_CR", f"not all of: {clause}")


def _assess(cells: Cells) -> Outcome:
    setting = word(cells, "setting")
    found = CibmtrFindings(
        {"after_transplant": True, "before_transplant": False}.get(setting),
        number(cells, "bm_blasts_pct"),
        flag(cells, "normal_maturation"),
        flag(cells, "extramedullary"),
        number(cells, "anc_per_ul"),
        number(cells, "plt_per_ul"),
        flag(cells, "transfusion_dependent"),
        number(cells, "weeks_criteria_met"),
        flag(cells, "child"),
        flag(cells, "marrow_routine_after_transplant"),
        flag(cells, "cr_before_transplant"),
        number(cells, "donor_chimerism_pct"),
        flag(cells, "recipient_cells_detected"),
        number(cells, "weeks_without_transfusion"),
    )
    verdict, basis = cibmtr_remission(found), "marrow"
    # The alternative stands in for a marrow that was not taken; a marrow that was taken decides.
    alternative = cibmtr_remission_by_chimerism(found) if found.bm_blasts_pct is None else None
    if alternative is not None:
        verdict, basis = alternative, "donor_chimerism"
    if isinstance(verdict, NotEvaluable):
        return Outcome({"result": "NE", "basis": None}, not_evaluable=verdict.reason)
    return Outcome({"result": verdict.level, "basis": basis}, verdict.clause, unverified=verdict.unverified)


RULE: Final = Rule(
    name="all_cibmtr_response",
    title="ALL: complete remission by CIBMTR, by the marrow or, for children, by donor chimerism",
    method=METHOD,
    columns=(
        Column("setting", "choice", "when", choices=("before_transplant", "after_transplant")),
        percent("bm_blasts_pct", "blasts in the marrow; empty where none was taken"),
        yes_no("normal_maturation", "normal maturation of all marrow cells"),
        yes_no("extramedullary", "extramedullary disease"),
        per_ul("anc_per_ul", "neutrophils"),
        per_ul("plt_per_ul", "platelets"),
        yes_no("transfusion_dependent", "needs transfusions"),
        weeks("weeks_criteria_met", "how long the criteria have been met"),
        yes_no("child", "treated as a child", needed=False),
        yes_no("marrow_routine_after_transplant", "the centre examines marrow routinely", needed=False),
        yes_no("cr_before_transplant", "in CR before transplantation", needed=False),
        Column("donor_chimerism_pct", "number", "donor's share [%]", low=0.0, high=100.0, needed=False),
        yes_no("recipient_cells_detected", "recipient cells were detected", needed=False),
        Column(
            "weeks_without_transfusion",
            "number",
            "since the last platelets or red cells [weeks]",
            low=0.0,
            high=5_000.0,
            needed=False,
        ),
    ),
    results=(
        level_column("result", "response", "CR", "NOT_CR"),
        Column("basis", "choice", "what it rests on", choices=("marrow", "donor_chimerism")),
    ),
    assess=_assess,
    unverified=(RECIPIENT_NOT_GIVEN,),
)
