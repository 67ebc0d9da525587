"""AML response by the European LeukemiaNet 2022.

Definition
    CR: marrow blasts below 5 %, no circulating blasts, no extramedullary disease, ANC at least 1.0 and platelets at
    least 100 x 10^9/L. CRh: the same with ANC at least 0.5 and platelets at least 50. CRi: the same but for residual
    neutropenia or thrombocytopenia, and not CRh. MLFS: the same without recovery. PR: the blood of CR and blasts fallen
    by half or more to 5 % to 25 %. At the response landmark, refractory without CR, CRh or CRi. CR, CRh and CRi without
    measurable residual disease carry the suffix _MRDneg.

Not decided here
    When the landmark is; what makes an MRD result negative; relapse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import at_least, at_most, below
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.evidence import (
    Evaluable,
    NotEvaluable,
    Rung,
    Verdict,
    all_of,
    any_of,
    first_of,
    held,
    inverse,
    lacking,
    stated,
)
from nktrial.criteria.response_columns import level_column, percent, times_1e9_per_l, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "Eln2022Findings", "eln2022_response"]

METHOD: Final = Method(
    name="criteria.aml_eln2022_response",
    version=1,
    source="Dohner 2022, Blood 140:1345 (ELN 2022)",
)
CLEARED_BELOW_PCT: Final = 5.0
PR_UP_TO_PCT: Final = 25.0
CR_ANC_1E9_PER_L: Final = 1.0
CR_PLATELETS_1E9_PER_L: Final = 100.0
CRH_ANC_1E9_PER_L: Final = 0.5
CRH_PLATELETS_1E9_PER_L: Final = 50.0
BOTH_LOW: Final = "both counts low and not CRh: MLFS here, CRi in some trials"
AT_LANDMARK: Final = "MLFS or PR at the landmark: refractory, as neither is CR, CRh or CRi"
PR_EXTRAMEDULLARY: Final = "circulating blasts or extramedullary disease exclude PR here"


@dataclass(frozen=True, slots=True)
class Eln2022Findings:
    """What is known at one assessment; None where it is not known.

    Parameters
    ----------
    bm_blasts_pct, baseline_bm_blasts_pct : float
        Blasts in the marrow, now and before treatment [%].
    bm_adequate : bool
        The marrow can be assessed (spicules, 200 cells or a cellularity of 10 %).
    pb_blasts, extramedullary : bool
        Blasts in blood; disease outside the marrow.
    anc_1e9_per_l, plt_1e9_per_l : float
        Neutrophils, platelets [10^9/L].
    mrd_negative : bool
        No measurable residual disease by the threshold of the assay.
    landmark_reached : bool
        The response landmark of the protocol has come.
    """

    bm_blasts_pct: float | None
    bm_adequate: bool | None
    pb_blasts: bool | None
    extramedullary: bool | None
    anc_1e9_per_l: float | None
    plt_1e9_per_l: float | None
    baseline_bm_blasts_pct: float | None
    mrd_negative: bool | None
    landmark_reached: bool | None

    def __post_init__(self) -> None:
        """Refuse what no patient can have."""
        for name in ("bm_blasts_pct", "baseline_bm_blasts_pct"):
            value: float | None = getattr(self, name)
            if value is not None:
                in_range(name, value, 0.0, 100.0)
        for name in ("anc_1e9_per_l", "plt_1e9_per_l"):
            count: float | None = getattr(self, name)
            if count is not None:
                in_range(name, count, 0.0, 1e4)


def eln2022_response(found: Eln2022Findings) -> Verdict:
    """Return CR, CRh or CRi, each with or without _MRDneg, or MLFS, PR, NR, REFRACTORY.

    Parameters
    ----------
    found : Eln2022Findings
        One assessment; values outside their bounds were refused (MethodError NK-COR-05).
    """
    if found.bm_adequate is False:
        return NotEvaluable("no adequate marrow sample")
    if found.bm_blasts_pct is None or found.bm_adequate is None:
        return NotEvaluable(
            lacking({"marrow blasts": found.bm_blasts_pct, "whether the marrow is adequate": found.bm_adequate})
        )
    inputs = {
        "circulating blasts": found.pb_blasts,
        "extramedullary disease": found.extramedullary,
        "ANC": found.anc_1e9_per_l,
        "platelets": found.plt_1e9_per_l,
        "marrow blasts before treatment": found.baseline_bm_blasts_pct,
    }
    remission = first_of(_remissions(found, found.bm_blasts_pct), inputs)
    if isinstance(remission, Evaluable) and found.mrd_negative:
        return Evaluable(f"{remission.level}_MRDneg", f"{remission.clause}, MRD below its threshold")
    return remission or _without_remission(found, found.bm_blasts_pct, inputs)


def _without_remission(found: Eln2022Findings, blasts: float, inputs: Mapping[str, object]) -> Verdict:
    """Return what is neither CR, CRh nor CRi: by the landmark."""
    if found.landmark_reached is None:
        return NotEvaluable("not given: whether the response landmark is reached")
    lesser = first_of(_lesser(found, blasts), inputs)
    if found.landmark_reached:
        certain = lesser is None or (isinstance(lesser, Evaluable) and lesser.level == "NR")
        doubt = "" if certain else AT_LANDMARK
        return Evaluable("REFRACTORY", "no CR, CRh or CRi at the response landmark", doubt)
    return lesser or Evaluable("NR", "before the landmark, none of the responses")


def _cleared(found: Eln2022Findings, blasts: float) -> bool | None:
    return all_of(below(blasts, CLEARED_BELOW_PCT), inverse(found.pb_blasts), inverse(found.extramedullary))


def _remissions(found: Eln2022Findings, blasts: float) -> tuple[Rung, ...]:
    """Return CR, CRh, CRi in this order: CRi holds those alone who are not CRh."""
    cleared = _cleared(found, blasts)
    neutrophils = held(at_least, found.anc_1e9_per_l, CR_ANC_1E9_PER_L)
    platelets = held(at_least, found.plt_1e9_per_l, CR_PLATELETS_1E9_PER_L)
    some_neutrophils = held(at_least, found.anc_1e9_per_l, CRH_ANC_1E9_PER_L)
    some_platelets = held(at_least, found.plt_1e9_per_l, CRH_PLATELETS_1E9_PER_L)
    return (
        Rung(all_of(cleared, neutrophils, platelets), Evaluable("CR", "blasts cleared, ANC and platelets recovered")),
        Rung(
            all_of(cleared, some_neutrophils, some_platelets),
            Evaluable("CRh", "blasts cleared, ANC at least 0.5 and platelets at least 50 x 10^9/L"),
        ),
        Rung(
            all_of(cleared, any_of(neutrophils, platelets)),
            Evaluable("CRi", "blasts cleared, residual neutropenia or thrombocytopenia, not CRh"),
        ),
    )


def _lesser(found: Eln2022Findings, blasts: float) -> tuple[Rung, ...]:
    """Return MLFS and PR; a PR that disease outside the marrow excludes is NR."""
    half = None if found.baseline_bm_blasts_pct is None else found.baseline_bm_blasts_pct / 2
    partial = all_of(
        at_least(blasts, CLEARED_BELOW_PCT) and at_most(blasts, PR_UP_TO_PCT),
        held(at_most, blasts, half),
        held(at_least, found.anc_1e9_per_l, CR_ANC_1E9_PER_L),
        held(at_least, found.plt_1e9_per_l, CR_PLATELETS_1E9_PER_L),
    )
    elsewhere = any_of(found.pb_blasts, found.extramedullary)
    return (
        Rung(_cleared(found, blasts), Evaluable("MLFS", "blasts cleared without recovery of counts", BOTH_LOW)),
        Rung(all_of(partial, inverse(elsewhere)), Evaluable("PR", "fall by half or more to 5 % to 25 %, counts of CR")),
        Rung(
            all_of(partial, elsewhere), Evaluable("NR", "blasts in blood or extramedullary disease", PR_EXTRAMEDULLARY)
        ),
    )


def _assess(cells: Cells) -> Outcome:
    mrd = word(cells, "mrd_result")
    found = Eln2022Findings(
        number(cells, "bm_blasts_pct"),
        flag(cells, "bm_adequate"),
        flag(cells, "pb_blasts"),
        flag(cells, "extramedullary"),
        number(cells, "anc_e9_per_l"),
        number(cells, "plt_e9_per_l"),
        number(cells, "baseline_bm_blasts_pct"),
        {"negative": True, "positive": False}.get(mrd),
        flag(cells, "landmark_reached"),
    )
    return stated("response", eln2022_response(found))


RULE: Final = Rule(
    name="aml_eln2022_response",
    title="AML: response by ELN 2022",
    method=METHOD,
    columns=(
        percent("bm_blasts_pct", "blasts in the marrow"),
        yes_no("bm_adequate", "the marrow sample can be assessed"),
        yes_no("pb_blasts", "circulating blasts"),
        yes_no("extramedullary", "extramedullary disease"),
        times_1e9_per_l("anc_e9_per_l", "neutrophils"),
        times_1e9_per_l("plt_e9_per_l", "platelets"),
        percent("baseline_bm_blasts_pct", "blasts in the marrow before treatment"),
        Column("mrd_result", "choice", "measurable residual disease", choices=("negative", "positive", "unknown")),
        yes_no("landmark_reached", "the response landmark has come"),
    ),
    results=(
        level_column(
            "response",
            "response",
            *(f"{level}{suffix}" for level in ("CR", "CRh", "CRi") for suffix in ("_MRDneg", "")),
            "MLFS",
            "PR",
            "NR",
            "REFRACTORY",
        ),
    ),
    assess=_assess,
    unverified=(BOTH_LOW, AT_LANDMARK, PR_EXTRAMEDULLARY),
)
