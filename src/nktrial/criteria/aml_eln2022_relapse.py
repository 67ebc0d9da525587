"""AML relapse by the European LeukemiaNet 2022.

Definition
    After CR, CRh or CRi: at least 5 % blasts in the marrow, or blasts in two or more blood samples at least a week
    apart, or new extramedullary disease.

Not decided here
    Relapse by measurable residual disease.
"""

from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import at_least
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict, all_of, any_of, held, lacking, stated
from nktrial.criteria.response_columns import level_column, percent, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "eln2022_relapse"]

METHOD: Final = Method(
    name="criteria.aml_eln2022_relapse",
    version=1,
    source="Dohner 2022, Blood 140:1345 (ELN 2022)",
)
RELAPSE_FROM_PCT: Final = 5.0
SAMPLES_FROM: Final = 2.0
APART_DAYS: Final = 7.0
LEVELS: Final = ("CR", "CRh", "CRi")
REMISSIONS: Final = frozenset({*LEVELS, *(f"{level}_MRDneg" for level in LEVELS)})
MARROW: Final = "5 % blasts in the marrow as relapse of ELN 2022"
BLOOD: Final = "blasts in two blood samples a week apart"
EXTRAMEDULLARY: Final = "extramedullary disease as relapse of ELN 2022"


def eln2022_relapse(
    prior_response: str,
    bm_blasts_pct: float | None,
    *,
    pb_samples_with_blasts: float | None,
    days_between: float | None,
    extramedullary: bool | None,
) -> Verdict:
    """Return RELAPSE or NO_RELAPSE.

    Parameters
    ----------
    prior_response : str
        Best response before; ``""`` where it is not known.
    bm_blasts_pct : float or None
        Blasts in the marrow [%].
    pb_samples_with_blasts : float or None
        Blood samples that held blasts.
    days_between : float or None
        Days between the first and the last of them.
    extramedullary : bool or None
        New disease outside the marrow.

    Raises
    ------
    MethodError
        NK-COR-05 outside 0 to 100 %.
    """
    if bm_blasts_pct is not None:
        in_range("bm_blasts_pct", bm_blasts_pct, 0.0, 100.0)
    marrow = held(at_least, bm_blasts_pct, RELAPSE_FROM_PCT)
    twice = held(at_least, pb_samples_with_blasts, SAMPLES_FROM)
    blood = all_of(twice, held(at_least, days_between, APART_DAYS))
    if twice is None and pb_samples_with_blasts is None:
        blood = None
    remission = None if not prior_response else prior_response in REMISSIONS
    relapse = all_of(remission, any_of(marrow, blood, extramedullary))
    if relapse is None:
        inputs = {
            "response before": remission,
            "marrow blasts": bm_blasts_pct,
            "blood samples with blasts": pb_samples_with_blasts,
            "extramedullary disease": extramedullary,
        }
        return NotEvaluable(lacking(inputs | ({"days between blood samples": days_between} if twice else {})))
    if not relapse:
        if remission is False:
            return Evaluable("NO_RELAPSE", "no complete remission before")
        doubt = BLOOD if pb_samples_with_blasts else ""
        return Evaluable("NO_RELAPSE", "below 5 %, not twice in blood a week apart, none outside the marrow", doubt)
    if marrow:
        return Evaluable("RELAPSE", "5 % blasts or more in the marrow", MARROW)
    if extramedullary:
        return Evaluable("RELAPSE", "extramedullary disease", EXTRAMEDULLARY)
    return Evaluable("RELAPSE", "blasts in two blood samples a week apart or more", BLOOD)


def _assess(cells: Cells) -> Outcome:
    verdict = eln2022_relapse(
        word(cells, "prior_response"),
        number(cells, "bm_blasts_pct"),
        pb_samples_with_blasts=number(cells, "n_pb_samples_with_blasts"),
        days_between=number(cells, "days_between_pb_samples"),
        extramedullary=flag(cells, "extramedullary_new"),
    )
    return stated("result", verdict)


RULE: Final = Rule(
    name="aml_eln2022_relapse",
    title="AML: relapse by ELN 2022",
    method=METHOD,
    columns=(
        Column(
            "prior_response",
            "choice",
            "best response before",
            choices=(*sorted(REMISSIONS), "MLFS", "PR", "NR", "REFRACTORY", "none"),
        ),
        percent("bm_blasts_pct", "blasts in the marrow"),
        Column("n_pb_samples_with_blasts", "whole", "blood samples that held blasts", low=0.0, high=10_000.0),
        Column("days_between_pb_samples", "number", "days between the first and the last of them", low=0.0, high=5e4),
        yes_no("extramedullary_new", "new extramedullary disease"),
    ),
    results=(level_column("result", "relapse", "RELAPSE", "NO_RELAPSE"),),
    assess=_assess,
    unverified=(MARROW, BLOOD, EXTRAMEDULLARY),
)
