"""MDS response by the International Working Group 2006.

Definition
    CR: marrow blasts at most 5 %, Hb at least 11 g/dL, platelets at least 100 and neutrophils at least 1.0 x 10^9/L,
    no blasts in blood. PR: the blood of CR, blasts fallen by half or more and still above 5 %. Marrow CR: at most 5 %
    and fallen by half or more. These last 4 weeks or more. Progression: blasts up by half or more and above 5, 10, 20,
    30 % for a start below 5, of 5 to 10, 10 to 20, 20 to 30 %. Stable disease: none of these for more than 8 weeks.

Not decided here
    Hematologic improvement, cytogenetic response, relapse after remission; progression by counts, but for what the
    table says of it.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, at_most, below
from nktrial.criteria.cells import flag, number
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Rung, Verdict, all_of, first_of, held, lacking, stated
from nktrial.criteria.response_columns import level_column, percent, times_1e9_per_l, weeks, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "Iwg2006Findings", "iwg2006_progression", "iwg2006_response"]

METHOD: Final = Method(
    name="criteria.mds_iwg2006_response",
    version=1,
    source="Cheson 2006, Blood 108:419",
)
CR_UP_TO_PCT: Final = 5.0
HGB_FROM_G_DL: Final = 11.0
PLATELETS_FROM_1E9_PER_L: Final = 100.0
NEUTROPHILS_FROM_1E9_PER_L: Final = 1.0
RESPONSE_WEEKS: Final = 4.0
STABLE_ABOVE_WEEKS: Final = 8.0
# Start from, start to, progression above [%]; a start on a border lies in two bands.
BANDS: Final = ((5.0, 10.0, 10.0), (10.0, 20.0, 20.0), (20.0, 30.0, 30.0))


@dataclass(frozen=True, slots=True)
class Iwg2006Findings:
    """What is known at one assessment; None where it is not known.

    Parameters
    ----------
    baseline_bm_blasts_pct, bm_blasts_pct, pb_blasts_pct : float
        Blasts before treatment and now in the marrow, now in blood [%].
    hgb_g_dl : float
        Hemoglobin [g/dL].
    plt_1e9_per_l, anc_1e9_per_l : float
        Platelets, neutrophils [10^9/L].
    weeks : float
        How long the state has lasted.
    progression_by_counts : bool
        Neutrophils or platelets fell by half or more from their maximum, Hb by 1.5 g/dL or more, or the patient came
        to depend on transfusions.
    """

    baseline_bm_blasts_pct: float | None
    bm_blasts_pct: float | None
    pb_blasts_pct: float | None
    hgb_g_dl: float | None
    plt_1e9_per_l: float | None
    anc_1e9_per_l: float | None
    weeks: float | None
    progression_by_counts: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what no patient can have."""
        limits = {
            "baseline_bm_blasts_pct": 100.0,
            "bm_blasts_pct": 100.0,
            "pb_blasts_pct": 100.0,
            "hgb_g_dl": 30.0,
            "plt_1e9_per_l": 1e4,
            "anc_1e9_per_l": 1e4,
            "weeks": 5_000.0,
        }
        for name, high in limits.items():
            value: float | None = getattr(self, name)
            if value is not None:
                in_range(name, value, 0.0, high)


def iwg2006_progression(baseline_pct: float, blasts_pct: float) -> bool | None:
    """Tell whether marrow blasts show progression; None where bands disagree or there is none (above 30 %).

    Parameters
    ----------
    baseline_pct, blasts_pct : float
        Marrow blasts before treatment and now [%].
    """
    if not at_least(blasts_pct, 1.5 * baseline_pct):
        return False
    if below(baseline_pct, BANDS[0][0]):
        return above(blasts_pct, CR_UP_TO_PCT)
    by_band = {
        above(blasts_pct, limit)
        for start, end, limit in BANDS
        if at_least(baseline_pct, start) and at_most(baseline_pct, end)
    }
    return by_band.pop() if len(by_band) == 1 else None


def iwg2006_response(found: Iwg2006Findings) -> Verdict:
    """Return CR, PR, mCR, SD or PD.

    Parameters
    ----------
    found : Iwg2006Findings
        One assessment; values outside their bounds were refused (MethodError NK-COR-05).
    """
    if found.progression_by_counts:
        return Evaluable("PD", "worsening of counts or transfusion dependence")
    blasts, baseline = found.bm_blasts_pct, found.baseline_bm_blasts_pct
    if blasts is None:
        return NotEvaluable("not given: marrow blasts")
    inputs = {
        "marrow blasts before treatment": baseline,
        "blasts in blood": found.pb_blasts_pct,
        "Hb": found.hgb_g_dl,
        "platelets": found.plt_1e9_per_l,
        "neutrophils": found.anc_1e9_per_l,
    }
    best = first_of(_rungs(found, blasts), inputs)
    if best is not None:
        return best if isinstance(best, NotEvaluable) else _lasting(best, found.weeks)
    return NotEvaluable(lacking(inputs)) if baseline is None else _without_response(baseline, blasts, found.weeks)


def _without_response(baseline: float, blasts: float, lasted: float | None) -> Verdict:
    """Return PD, or SD where it has lasted."""
    worse = iwg2006_progression(baseline, blasts)
    if worse is None:
        return NotEvaluable(f"progression from {baseline:g} % to {blasts:g} %: on a border of bands, or above them")
    if worse:
        return Evaluable("PD", "blasts up by half or more and above the limit of the band")
    if lasted is None:
        return NotEvaluable("not given: how long there was no progression")
    if above(lasted, STABLE_ABOVE_WEEKS):
        return Evaluable("SD", "less than PR, no progression for more than 8 weeks")
    return NotEvaluable("less than PR, and not yet more than 8 weeks without progression")


def _rungs(found: Iwg2006Findings, blasts: float) -> tuple[Rung, ...]:
    blood = all_of(
        held(at_least, found.hgb_g_dl, HGB_FROM_G_DL),
        held(at_least, found.plt_1e9_per_l, PLATELETS_FROM_1E9_PER_L),
        held(at_least, found.anc_1e9_per_l, NEUTROPHILS_FROM_1E9_PER_L),
        held(at_most, found.pb_blasts_pct, 0.0),
    )
    half = None if found.baseline_bm_blasts_pct is None else found.baseline_bm_blasts_pct / 2
    fallen = held(at_most, blasts, half)
    few = at_most(blasts, CR_UP_TO_PCT)
    return (
        Rung(all_of(few, blood), Evaluable("CR", "marrow at most 5 %, blood recovered, 4 weeks")),
        Rung(all_of(not few, fallen, blood), Evaluable("PR", "fall by half or more, above 5 %, blood of CR, 4 weeks")),
        Rung(all_of(few, fallen), Evaluable("mCR", "marrow at most 5 % and fall by half or more, 4 weeks")),
    )


def _lasting(best: Evaluable, lasted: float | None) -> Verdict:
    """Return the response if it has lasted 4 weeks."""
    if lasted is None:
        return NotEvaluable(f"{best.level} if it lasts 4 weeks; not given: how long it has lasted")
    if not at_least(lasted, RESPONSE_WEEKS):
        return NotEvaluable(f"{best.level} if it lasts 4 weeks; it has lasted {lasted:g}")
    return best


def _assess(cells: Cells) -> Outcome:
    found = Iwg2006Findings(
        number(cells, "baseline_bm_blasts_pct"),
        number(cells, "bm_blasts_pct"),
        number(cells, "pb_blasts_pct"),
        number(cells, "hgb_g_dl"),
        number(cells, "plt_e9_per_l"),
        number(cells, "anc_e9_per_l"),
        number(cells, "response_duration_weeks"),
        flag(cells, "progression_by_counts"),
    )
    return stated("result", iwg2006_response(found))


RULE: Final = Rule(
    name="mds_iwg2006_response",
    title="MDS: response by IWG 2006",
    method=METHOD,
    columns=(
        percent("baseline_bm_blasts_pct", "blasts in the marrow before treatment"),
        percent("bm_blasts_pct", "blasts in the marrow"),
        percent("pb_blasts_pct", "blasts in blood"),
        Column("hgb_g_dl", "number", "hemoglobin [g/dL]", low=0.0, high=30.0),
        times_1e9_per_l("plt_e9_per_l", "platelets"),
        times_1e9_per_l("anc_e9_per_l", "neutrophils"),
        weeks("response_duration_weeks", "how long the state has lasted"),
        yes_no("progression_by_counts", "progression by neutrophils, platelets, Hb or transfusions", needed=False),
    ),
    results=(level_column("result", "response", "CR", "PR", "mCR", "SD", "PD"),),
    assess=_assess,
)
