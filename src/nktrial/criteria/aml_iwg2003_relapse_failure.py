"""AML relapse and treatment failure by the International Working Group 2003.

Definition
    Relapse after CR or CRi: blasts in blood again, or at least 5 % in the marrow not explained otherwise, or
    extramedullary disease. Failure without CR: resistant disease, who lives 7 days or more after chemotherapy with
    leukemia in blood or marrow; aplasia, who dies 7 days or more after it with an aplastic marrow within 7 days of
    death and no leukemia; indeterminate, who dies earlier, or later with none in blood and no marrow examination.

Not decided here
    Whether blasts have another cause (regeneration); that marrow should be repeated.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nktrial.core.check import in_range
from nktrial.core.compare import at_least, at_most
from nktrial.core.errors import MethodError
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict, all_of, any_of, held, lacking, stated
from nktrial.criteria.response_columns import level_column, percent, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "Iwg2003Course", "iwg2003_failure", "iwg2003_relapse"]

METHOD: Final = Method(
    name="criteria.aml_iwg2003_relapse_failure",
    version=1,
    source="Cheson 2003, J Clin Oncol 21:4642",
)
RELAPSE_FROM_PCT: Final = 5.0
REPEAT_UP_TO_PCT: Final = 20.0
SURVIVED_DAYS: Final = 7.0
REPEAT: Final = "5 % to 20 % without blasts in blood: the marrow is repeated after a week"
REMISSIONS: Final = frozenset({"CR", "CRc", "CRm", "CRi"})
PRIOR: Final = ("CR", "CRc", "CRm", "CRi", "MLFS", "PR", "NR", "none")

Scenario: TypeAlias = Literal["relapse", "failure"]


@dataclass(frozen=True, slots=True)
class Iwg2003Course:
    """What is known after chemotherapy without remission; None where it is not known.

    Parameters
    ----------
    days_survived : float
        Days from the end of chemotherapy to death or to the last day that the patient is known to live.
    persistent_leukemia : bool
        In blood or marrow, at the last examination.
    died : bool
        The patient has died.
    aplastic_marrow : bool
        Within 7 days of death.
    marrow_examined : bool
        After chemotherapy.
    """

    days_survived: float | None
    persistent_leukemia: bool | None
    died: bool | None
    aplastic_marrow: bool | None
    marrow_examined: bool | None


def iwg2003_relapse(
    prior_response: str, bm_blasts_pct: float | None, *, pb_blasts: bool | None, extramedullary: bool | None
) -> Verdict:
    """Return RELAPSE or NO_RELAPSE.

    Parameters
    ----------
    prior_response : str
        Best response before; ``""`` where it is not known.
    bm_blasts_pct : float or None
        Blasts in the marrow [%], not explained otherwise.
    pb_blasts, extramedullary : bool or None
        Blasts in blood again; new disease outside the marrow.

    Raises
    ------
    MethodError
        NK-COR-05 outside 0 to 100 %.
    """
    if bm_blasts_pct is not None:
        in_range("bm_blasts_pct", bm_blasts_pct, 0.0, 100.0)
    marrow = held(at_least, bm_blasts_pct, RELAPSE_FROM_PCT)
    remission = None if not prior_response else prior_response in REMISSIONS
    relapse = all_of(remission, any_of(marrow, pb_blasts, extramedullary))
    if relapse is None:
        return NotEvaluable(
            lacking(
                {
                    "response before": remission,
                    "marrow blasts": bm_blasts_pct,
                    "blasts in blood": pb_blasts,
                    "extramedullary disease": extramedullary,
                }
            )
        )
    if not relapse:
        why = "no complete remission before" if remission is False else "below 5 %, none in blood or outside the marrow"
        return Evaluable("NO_RELAPSE", why)
    if pb_blasts:
        return Evaluable("RELAPSE", "blasts in blood again")
    if extramedullary:
        return Evaluable("RELAPSE", "extramedullary disease")
    low = bm_blasts_pct is not None and at_most(bm_blasts_pct, REPEAT_UP_TO_PCT)
    repeat = "; repeat it after a week" if low else ""
    return Evaluable("RELAPSE", f"5 % blasts or more in the marrow{repeat}", REPEAT if low else "")


def iwg2003_failure(course: Iwg2003Course) -> Verdict:
    """Return RESISTANT_DISEASE, APLASIA, INDETERMINATE or NO_FAILURE.

    Parameters
    ----------
    course : Iwg2003Course
        After chemotherapy without remission.

    Raises
    ------
    MethodError
        NK-CRI-02 an aplastic marrow although none was examined; NK-COR-05 negative days.
    """
    if course.aplastic_marrow and course.marrow_examined is False:
        raise MethodError(
            "NK-CRI-02",
            "the marrow is said to be aplastic and not examined.",
            remedy="Correct one of the two.",
        )
    if course.days_survived is None:
        return NotEvaluable("not given: days survived after chemotherapy")
    in_range("days_survived", course.days_survived, 0.0, float("inf"))
    if not at_least(course.days_survived, SURVIVED_DAYS):
        if course.died:
            return Evaluable("INDETERMINATE", "died less than 7 days after chemotherapy")
        return NotEvaluable("less than 7 days since chemotherapy" if course.died is False else "not given: death")
    return _after_a_week(course)


def _after_a_week(course: Iwg2003Course) -> Verdict:
    """Return the kind of failure of who lived 7 days or more after chemotherapy."""
    if course.persistent_leukemia is None:
        return NotEvaluable("not given: whether leukemia persists")
    if course.persistent_leukemia:
        return Evaluable("RESISTANT_DISEASE", "lived 7 days or more, leukemia persists")
    if course.died is None:
        return NotEvaluable("not given: death")
    return _dead(course) if course.died else _alive(course)


def _dead(course: Iwg2003Course) -> Verdict:
    """Return what a death after 7 days or more without leukemia is."""
    if course.aplastic_marrow:
        return Evaluable("APLASIA", "died 7 days or more after chemotherapy, marrow aplastic, no leukemia")
    if course.marrow_examined is False:
        return Evaluable("INDETERMINATE", "died 7 days or more after chemotherapy, no marrow examined, none in blood")
    if course.marrow_examined is None or course.aplastic_marrow is None:
        return NotEvaluable(
            lacking(
                {
                    "whether marrow was examined": course.marrow_examined,
                    "whether it is aplastic": course.aplastic_marrow,
                }
            )
        )
    return NotEvaluable("died 7 days or more after chemotherapy, marrow neither leukemic nor aplastic: none applies")


def _alive(course: Iwg2003Course) -> Verdict:
    if course.marrow_examined:
        return Evaluable("NO_FAILURE", "alive, no leukemia in blood or marrow")
    return NotEvaluable("alive without leukemia in blood, and no marrow examined")


def _assess(cells: Cells) -> Outcome:
    scenario, prior = word(cells, "scenario"), word(cells, "prior_response")
    if not scenario:
        return stated("result", NotEvaluable("not given: the question, relapse or failure"))
    if scenario == "relapse":
        verdict = iwg2003_relapse(
            prior,
            number(cells, "bm_blasts_pct"),
            pb_blasts=flag(cells, "pb_blasts_reappeared"),
            extramedullary=flag(cells, "extramedullary_new"),
        )
        return stated("result", verdict)
    if prior in REMISSIONS:
        raise MethodError(
            "NK-CRI-02",
            f"treatment failure is asked for after {prior}; it is defined without a remission.",
            remedy="Ask for relapse, or correct the response before.",
        )
    course = Iwg2003Course(
        number(cells, "days_survived_after_chemo"),
        flag(cells, "persistent_leukemia_in_blood_or_marrow"),
        flag(cells, "died"),
        flag(cells, "aplastic_marrow_within_7d_of_death"),
        flag(cells, "marrow_exam_done"),
    )
    return stated("result", iwg2003_failure(course))


RULE: Final = Rule(
    name="aml_iwg2003_relapse_failure",
    title="AML: relapse and treatment failure by IWG 2003",
    method=METHOD,
    columns=(
        Column("scenario", "choice", "what is asked", choices=("relapse", "failure")),
        Column("prior_response", "choice", "best response before", choices=PRIOR),
        percent("bm_blasts_pct", "blasts in the marrow, not explained otherwise"),
        yes_no("pb_blasts_reappeared", "blasts in blood again"),
        yes_no("extramedullary_new", "new extramedullary disease"),
        Column("days_survived_after_chemo", "number", "days lived after chemotherapy", low=0.0, high=50_000.0),
        yes_no("persistent_leukemia_in_blood_or_marrow", "leukemia at the last examination"),
        yes_no("died", "the patient has died"),
        yes_no("aplastic_marrow_within_7d_of_death", "aplastic marrow within 7 days of death"),
        yes_no("marrow_exam_done", "marrow examined after chemotherapy"),
    ),
    results=(
        level_column(
            "result",
            "relapse or kind of failure",
            "RELAPSE",
            "NO_RELAPSE",
            "RESISTANT_DISEASE",
            "APLASIA",
            "INDETERMINATE",
            "NO_FAILURE",
        ),
    ),
    assess=_assess,
    unverified=(REPEAT,),
)
