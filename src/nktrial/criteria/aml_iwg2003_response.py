"""AML response by the International Working Group 2003.

Definition
    Leukemia-free state: an aspirate with spicules and at least 200 nucleated cells has less than 5 % blasts, none with
    Auer rods, and there is no extramedullary disease. CR: that, ANC above 1,000/uL, platelets at least 100,000/uL, no
    transfusions. CRi: CR but for residual neutropenia or thrombocytopenia. PR: the blood values of CR, and blasts
    fallen by half or more to 5 % to 25 %; with Auer rods 5 % or less is PR too.

Not decided here
    Cytogenetic and molecular CR, relapse and treatment failure.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, at_most, below
from nktrial.criteria.cells import flag, number
from nktrial.criteria.evidence import (
    Evaluable,
    Flag,
    NotEvaluable,
    Rung,
    Verdict,
    all_of,
    any_of,
    first_of,
    held,
    inverse,
    lacking,
)
from nktrial.criteria.response_columns import level_column, per_ul, percent, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "Iwg2003Findings", "iwg2003_leukemia_free_state", "iwg2003_response"]

METHOD: Final = Method(
    name="criteria.aml_iwg2003_response",
    version=1,
    source="Cheson 2003, J Clin Oncol 21:4642",
)
CLEARED_BELOW_PCT: Final = 5.0
PR_UP_TO_PCT: Final = 25.0
ANC_ABOVE_PER_UL: Final = 1_000.0
PLATELETS_FROM_PER_UL: Final = 100_000.0
CELLS_FROM: Final = 200.0
ANC_EQUAL: Final = "ANC of exactly 1,000/uL: not above 1,000, hence CRi here"
PLATELETS_EQUAL: Final = "platelets of exactly 100,000/uL: enough by the text, not by the table"
BOTH_LOW: Final = "both counts low: MLFS here, CRi in some trials"
MLFS_TRANSFUSED: Final = "transfusion dependent without blasts: MLFS here"
AUER_FALL: Final = "5 % blasts or less with Auer rods is PR, if fallen by half"
ASPIRATE: Final = "an aspirate needs spicules and 200 nucleated cells"
PR_EXTRAMEDULLARY: Final = "extramedullary disease excludes PR here"


@dataclass(frozen=True, slots=True)
class Iwg2003Findings:
    """What is known at one assessment; None where it is not known.

    Parameters
    ----------
    bm_blasts_pct, baseline_bm_blasts_pct : float
        Blasts in the marrow, now and before treatment [%].
    bm_spicules : bool
        The aspirate has spicules.
    bm_nucleated_cells : float
        Nucleated cells counted.
    auer_rods, extramedullary : bool
        Blasts with Auer rods; disease outside the marrow.
    anc_per_ul, plt_per_ul : float
        Neutrophils, platelets [/uL].
    transfusion_dependent : bool
        Needs transfusions.
    """

    bm_blasts_pct: float | None
    bm_spicules: bool | None
    bm_nucleated_cells: float | None
    auer_rods: bool | None
    extramedullary: bool | None
    anc_per_ul: float | None
    plt_per_ul: float | None
    transfusion_dependent: bool | None
    baseline_bm_blasts_pct: float | None

    def __post_init__(self) -> None:
        """Refuse what no patient can have."""
        for name in ("bm_blasts_pct", "baseline_bm_blasts_pct"):
            value: float | None = getattr(self, name)
            if value is not None:
                in_range(name, value, 0.0, 100.0)
        for name in ("bm_nucleated_cells", "anc_per_ul", "plt_per_ul"):
            count: float | None = getattr(self, name)
            if count is not None:
                in_range(name, count, 0.0, 1e7)

    @property
    def assessable(self) -> bool | None:
        """Tell whether the aspirate can be assessed."""
        return all_of(self.bm_spicules, held(at_least, self.bm_nucleated_cells, CELLS_FROM))


def iwg2003_leukemia_free_state(found: Iwg2003Findings) -> bool | None:
    """Tell whether the patient is in a morphologic leukemia-free state; None where it cannot be said.

    Parameters
    ----------
    found : Iwg2003Findings
        One assessment.
    """
    cleared = held(below, found.bm_blasts_pct, CLEARED_BELOW_PCT) if found.assessable else None
    return all_of(cleared, inverse(found.auer_rods), inverse(found.extramedullary))


def iwg2003_response(found: Iwg2003Findings) -> Verdict:
    """Return CR, CRi, MLFS, PR or NR.

    Parameters
    ----------
    found : Iwg2003Findings
        One assessment; values outside their bounds were refused (MethodError NK-COR-05).
    """
    if found.bm_blasts_pct is None:
        return NotEvaluable("marrow blasts are not given")
    if not found.assessable:
        if found.assessable is False:
            return NotEvaluable("the marrow has no spicules or fewer than 200 nucleated cells", ASPIRATE)
        return NotEvaluable(
            lacking({"marrow spicules": found.bm_spicules, "nucleated cells counted": found.bm_nucleated_cells})
        )
    inputs = {
        "Auer rods": found.auer_rods,
        "extramedullary disease": found.extramedullary,
        "ANC": found.anc_per_ul,
        "platelets": found.plt_per_ul,
        "transfusion dependence": found.transfusion_dependent,
        "marrow blasts before treatment": found.baseline_bm_blasts_pct,
    }
    return first_of(_rungs(found, found.bm_blasts_pct), inputs) or Evaluable("NR", _why_none(found.bm_blasts_pct))


def _rungs(found: Iwg2003Findings, blasts: float) -> tuple[Rung, ...]:
    """Return the levels, best first."""
    free = iwg2003_leukemia_free_state(found)
    neutrophils = held(above, found.anc_per_ul, ANC_ABOVE_PER_UL)
    platelets = held(at_least, found.plt_per_ul, PLATELETS_FROM_PER_UL)
    independent = inverse(found.transfusion_dependent)
    blood = all_of(neutrophils, platelets, independent)
    half = None if found.baseline_bm_blasts_pct is None else found.baseline_bm_blasts_pct / 2
    fallen = held(at_most, blasts, half)
    in_range_of_pr = at_least(blasts, CLEARED_BELOW_PCT) and at_most(blasts, PR_UP_TO_PCT)
    few_with_rods = all_of(at_most(blasts, CLEARED_BELOW_PCT), found.auer_rods)
    partial = all_of(any_of(in_range_of_pr, few_with_rods), fallen, blood)
    return (
        Rung(all_of(free, blood), Evaluable("CR", "leukemia-free, counts recovered, no transfusions", _equal(found))),
        Rung(
            all_of(free, any_of(neutrophils, platelets), inverse(all_of(neutrophils, platelets)), independent),
            Evaluable("CRi", "CR but for residual neutropenia or thrombocytopenia", _equal(found)),
        ),
        Rung(free, Evaluable("MLFS", "leukemia-free without CR or CRi", _mlfs_doubt(neutrophils, platelets))),
        Rung(
            all_of(partial, inverse(found.extramedullary)),
            Evaluable(
                "PR",
                "fall by half or more to 5 % to 25 %, counts of CR" if in_range_of_pr else "Auer rods at 5 % or less",
                _equal(found) or ("" if in_range_of_pr else AUER_FALL),
            ),
        ),
        Rung(
            all_of(partial, found.extramedullary),
            Evaluable("NR", "extramedullary disease", PR_EXTRAMEDULLARY),
        ),
    )


def _why_none(blasts: float) -> str:
    if above(blasts, PR_UP_TO_PCT):
        return "blasts above 25 %"
    return "neither leukemia-free nor the counts and fall of PR"


def _equal(found: Iwg2003Findings) -> str:
    """Name the count that equals its limit, where text and table or CR and CRi do not agree."""
    counts = (
        (found.anc_per_ul, ANC_ABOVE_PER_UL, ANC_EQUAL),
        (found.plt_per_ul, PLATELETS_FROM_PER_UL, PLATELETS_EQUAL),
    )
    return "; ".join(
        doubt
        for value, limit, doubt in counts
        if value is not None and at_least(value, limit) and at_most(value, limit)
    )


def _mlfs_doubt(neutrophils: Flag, platelets: Flag) -> str:
    return MLFS_TRANSFUSED if neutrophils or platelets else BOTH_LOW


def _assess(cells: Cells) -> Outcome:
    found = Iwg2003Findings(
        number(cells, "bm_blasts_pct"),
        flag(cells, "bm_spicules"),
        number(cells, "bm_nucleated_cells"),
        flag(cells, "auer_rods"),
        flag(cells, "extramedullary"),
        number(cells, "anc_per_ul"),
        number(cells, "plt_per_ul"),
        flag(cells, "transfusion_dependent"),
        number(cells, "baseline_bm_blasts_pct"),
    )
    free = iwg2003_leukemia_free_state(found)
    state = None if free is None else ("Y" if free else "N")
    verdict = iwg2003_response(found)
    if isinstance(verdict, NotEvaluable):
        values: dict[str, str | None] = {"leukemia_free_state": state, "response": "NE"}
        return Outcome(values, not_evaluable=verdict.reason, unverified=verdict.unverified)
    return Outcome(
        {"leukemia_free_state": state, "response": verdict.level}, verdict.clause, unverified=verdict.unverified
    )


RULE: Final = Rule(
    name="aml_iwg2003_response",
    title="AML: response by IWG 2003, with the leukemia-free state",
    method=METHOD,
    columns=(
        percent("bm_blasts_pct", "blasts in the marrow"),
        yes_no("bm_spicules", "the aspirate has spicules"),
        Column("bm_nucleated_cells", "number", "nucleated cells counted", low=0.0, high=1e7),
        yes_no("auer_rods", "blasts with Auer rods"),
        yes_no("extramedullary", "extramedullary disease"),
        per_ul("anc_per_ul", "neutrophils"),
        per_ul("plt_per_ul", "platelets"),
        yes_no("transfusion_dependent", "needs transfusions"),
        percent("baseline_bm_blasts_pct", "blasts in the marrow before treatment"),
    ),
    results=(
        Column("leukemia_free_state", "choice", "morphologic leukemia-free state", choices=("Y", "N")),
        level_column("response", "response", "CR", "CRi", "MLFS", "PR", "NR"),
    ),
    assess=_assess,
    unverified=(ANC_EQUAL, PLATELETS_EQUAL, BOTH_LOW, MLFS_TRANSFUSED, AUER_FALL, PR_EXTRAMEDULLARY, ASPIRATE),
)
