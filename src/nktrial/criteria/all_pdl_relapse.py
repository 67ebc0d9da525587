"""Marrow relapse of ALL by the Ponte-di-Legno consensus, where MRD is available.

Definition
    After CR. First marrow by MRD at least 25 %: relapse. 5 % to below 25 %: with one other test of at least 1 %, else
    with a second marrow in which two tests show at least 1 %. 1 % to below 5 %: with two other tests, else with a
    second marrow in which two tests do.

Not decided here
    Relapse in the central nervous system or elsewhere outside the marrow; complete remission.
"""

from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import at_least, below
from nktrial.criteria.cells import flag, number
from nktrial.criteria.evidence import Evaluable, Flag, NotEvaluable, Verdict, any_of, held, lacking, stated
from nktrial.criteria.response_columns import level_column, percent, yes_no
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "pdl_marrow_relapse"]

METHOD: Final = Method(
    name="criteria.all_pdl_relapse",
    version=1,
    source="Buchmann 2022, Blood 139:1785 (Ponte-di-Legno consensus), marrow relapse with MRD available",
)
ALONE_FROM_PCT: Final = 25.0
MIDDLE_FROM_PCT: Final = 5.0
LOW_FROM_PCT: Final = 1.0
OTHERS_IN_MIDDLE: Final = 1.0
OTHERS_IN_LOW: Final = 2.0
TESTS_OF_SECOND: Final = 2.0


def pdl_marrow_relapse(
    prior_cr: Flag, bm1_mrd_pct: float | None, bm1_other_tests: float | None, bm2_tests: float | None
) -> Verdict:
    """Return RELAPSE, NOT_CONFIRMED or NOT_RELAPSE of the marrow.

    Parameters
    ----------
    prior_cr : bool or None
        The patient had been in complete remission.
    bm1_mrd_pct : float or None
        Leukemic cells in the first marrow by MRD [%].
    bm1_other_tests : float or None
        Other tests of the first marrow with at least 1 %.
    bm2_tests : float or None
        Tests of a second marrow with at least 1 %; None where there was none.

    Raises
    ------
    MethodError
        NK-COR-05 outside 0 to 100 %.
    """
    if prior_cr is False:
        return Evaluable("NOT_RELAPSE", "no complete remission before: relapse is not defined")
    if bm1_mrd_pct is None:
        return NotEvaluable("not given: MRD of the first marrow")
    in_range("bm1_mrd_pct", bm1_mrd_pct, 0.0, 100.0)
    if below(bm1_mrd_pct, LOW_FROM_PCT):
        return Evaluable("NOT_RELAPSE", "below 1 %")
    if prior_cr is None:
        return NotEvaluable("not given: complete remission before")
    if at_least(bm1_mrd_pct, ALONE_FROM_PCT):
        return Evaluable("RELAPSE", "first marrow at least 25 %")
    return _confirmed(bm1_mrd_pct, bm1_other_tests, bm2_tests)


def _confirmed(bm1_mrd_pct: float, bm1_other_tests: float | None, bm2_tests: float | None) -> Verdict:
    """Return whether other tests or a second marrow confirm 1 % to below 25 %."""
    middle = at_least(bm1_mrd_pct, MIDDLE_FROM_PCT)
    band, needed = ("5 % to below 25 %", OTHERS_IN_MIDDLE) if middle else ("1 % to below 5 %", OTHERS_IN_LOW)
    others = held(at_least, bm1_other_tests, needed)
    second = False if bm2_tests is None else at_least(bm2_tests, TESTS_OF_SECOND)
    confirmed = any_of(others, second)
    if confirmed is None:
        return NotEvaluable(lacking({"other tests of the first marrow": bm1_other_tests}))
    if not confirmed:
        why = "a second marrow is needed" if bm2_tests is None else "the second marrow has not two tests"
        return Evaluable("NOT_CONFIRMED", f"{band}: {why}")
    return Evaluable("RELAPSE", f"{band}, {f'{needed:g} other test' if others else 'second marrow with two tests'}")


def _assess(cells: Cells) -> Outcome:
    verdict = pdl_marrow_relapse(
        flag(cells, "prior_cr"),
        number(cells, "bm1_mrd_pct"),
        number(cells, "bm1_other_tests_ge_1pct"),
        number(cells, "bm2_tests_ge_1pct"),
    )
    return stated("result", verdict)


RULE: Final = Rule(
    name="all_pdl_relapse",
    title="ALL: marrow relapse by the Ponte-di-Legno consensus, MRD available",
    method=METHOD,
    columns=(
        yes_no("prior_cr", "complete remission before"),
        percent("bm1_mrd_pct", "leukemic cells in the first marrow by MRD"),
        Column("bm1_other_tests_ge_1pct", "whole", "other tests of it with 1 % or more", low=0.0, high=100.0),
        Column("bm2_tests_ge_1pct", "whole", "tests of a second marrow with 1 % or more", low=0.0, high=100.0),
    ),
    results=(level_column("result", "relapse of the marrow", "RELAPSE", "NOT_CONFIRMED", "NOT_RELAPSE"),),
    assess=_assess,
)
