"""ALL response by the NCCN guideline (adults, adolescents and young adults).

Definition
    CR: no circulating blasts, no extramedullary disease, trilineage hematopoiesis, marrow blasts below 5 %, ANC above
    1,000/uL, platelets above 100,000/uL, no recurrence for 4 weeks. CRi: the same but for ANC or platelets.

Not decided here
    Refractory disease, progression and relapse.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, below
from nktrial.criteria.cells import flag, number
from nktrial.criteria.evidence import Evaluable, NotEvaluable, Verdict, all_of, held, inverse, lacking, stated
from nktrial.criteria.response_columns import level_column, per_ul, percent, weeks, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Outcome, Rule

__all__ = ["METHOD", "RULE", "NccnFindings", "nccn_response"]

METHOD: Final = Method(
    name="criteria.all_response_nccn",
    version=1,
    source="NCCN guideline Acute Lymphoblastic Leukemia, response criteria; NCI workshop 2010, BBMT 16:1187, Table 4a",
)
CLEARED_BELOW_PCT: Final = 5.0
ANC_ABOVE_PER_UL: Final = 1_000.0
PLATELETS_ABOVE_PER_UL: Final = 100_000.0
WITHOUT_RECURRENCE_WEEKS: Final = 4.0
EQUAL: Final = "ANC of exactly 1,000/uL or platelets of exactly 100,000/uL: CRi here, CR where the limit is included"
GUIDELINE: Final = "the guideline's own page was not read; its parts agree with Table 4a of the NCI workshop 2010"
BOTH_LOW: Final = "both counts low: CRi here, as it specifies no counts"


@dataclass(frozen=True, slots=True)
class NccnFindings:
    """What is known at one assessment; None where it is not known.

    Parameters
    ----------
    bm_blasts_pct : float
        Blasts in the marrow [%].
    circulating_blasts, extramedullary, trilineage : bool
        Blasts in blood; disease outside the marrow; hematopoiesis of three lineages in the marrow.
    anc_per_ul, plt_per_ul : float
        Neutrophils, platelets [/uL].
    weeks_without_recurrence : float
        Since the blasts were cleared.
    """

    bm_blasts_pct: float | None
    circulating_blasts: bool | None
    extramedullary: bool | None
    trilineage: bool | None
    anc_per_ul: float | None
    plt_per_ul: float | None
    weeks_without_recurrence: float | None

    def __post_init__(self) -> None:
        """Refuse what no patient can have."""
        limits = {"bm_blasts_pct": 100.0, "anc_per_ul": 1e7, "plt_per_ul": 1e7, "weeks_without_recurrence": 5_000.0}
        for name, high in limits.items():
            value: float | None = getattr(self, name)
            if value is not None:
                in_range(name, value, 0.0, high)


def nccn_response(found: NccnFindings) -> Verdict:
    """Return CR, CRi or NOT_CR.

    Parameters
    ----------
    found : NccnFindings
        One assessment; values outside their bounds were refused (MethodError NK-COR-05).
    """
    parts = {
        "marrow blasts 5 % or more": held(below, found.bm_blasts_pct, CLEARED_BELOW_PCT),
        "circulating blasts": inverse(found.circulating_blasts),
        "extramedullary disease": inverse(found.extramedullary),
        "no trilineage hematopoiesis": found.trilineage,
        "less than 4 weeks without recurrence": held(
            at_least, found.weeks_without_recurrence, WITHOUT_RECURRENCE_WEEKS
        ),
    }
    failed = [name for name, holds in parts.items() if holds is False]
    if failed:
        return Evaluable("NOT_CR", "; ".join(failed))
    inputs = {
        "marrow blasts": found.bm_blasts_pct,
        "circulating blasts": found.circulating_blasts,
        "extramedullary disease": found.extramedullary,
        "trilineage hematopoiesis": found.trilineage,
        "weeks without recurrence": found.weeks_without_recurrence,
        "ANC": found.anc_per_ul,
        "platelets": found.plt_per_ul,
    }
    neutrophils = held(above, found.anc_per_ul, ANC_ABOVE_PER_UL)
    platelets = held(above, found.plt_per_ul, PLATELETS_ABOVE_PER_UL)
    recovered = all_of(neutrophils, platelets)
    if recovered is None or any(holds is None for holds in parts.values()):
        return NotEvaluable(lacking(inputs))
    if recovered:
        return Evaluable("CR", "blasts cleared, trilineage hematopoiesis, counts recovered, 4 weeks")
    included = all_of(
        held(at_least, found.anc_per_ul, ANC_ABOVE_PER_UL), held(at_least, found.plt_per_ul, PLATELETS_ABOVE_PER_UL)
    )
    doubt = EQUAL if included else ("" if neutrophils or platelets else BOTH_LOW)
    return Evaluable("CRi", "CR but for ANC or platelets", doubt)


def _assess(cells: Cells) -> Outcome:
    found = NccnFindings(
        number(cells, "bm_blasts_pct"),
        flag(cells, "circulating_blasts"),
        flag(cells, "extramedullary"),
        flag(cells, "trilineage_hematopoiesis"),
        number(cells, "anc_per_ul"),
        number(cells, "plt_per_ul"),
        number(cells, "weeks_without_recurrence"),
    )
    return stated("result", nccn_response(found))


RULE: Final = Rule(
    name="all_response_nccn",
    title="ALL: response by the NCCN guideline",
    method=METHOD,
    columns=(
        percent("bm_blasts_pct", "blasts in the marrow"),
        yes_no("circulating_blasts", "blasts in blood"),
        yes_no("extramedullary", "extramedullary disease"),
        yes_no("trilineage_hematopoiesis", "hematopoiesis of three lineages in the marrow"),
        per_ul("anc_per_ul", "neutrophils"),
        per_ul("plt_per_ul", "platelets"),
        weeks("weeks_without_recurrence", "time without recurrence"),
    ),
    results=(level_column("result", "response", "CR", "CRi", "NOT_CR"),),
    assess=_assess,
    unverified=(EQUAL, BOTH_LOW, GUIDELINE),
)
