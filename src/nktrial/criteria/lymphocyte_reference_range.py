"""A count of lymphocytes against that of healthy children of the age: below, within or above.

Definition
    NK, CD4 and CD8 cells against the 10th and 90th percentile of Shearer 2003; all lymphocytes, to 3 years, against the
    limits of Kotylo 1993 (25th and 75th percentile). A limit lies within.

Not decided here
    The table itself (``model.lymphocyte_ranges``), and what a count outside a range means: one healthy child in five
    lies outside the first, one in two outside the second.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nktrial.core.check import in_range
from nktrial.core.compare import above, below
from nktrial.core.errors import MethodError
from nktrial.core.units import per_ul
from nktrial.criteria.cells import number, word
from nktrial.criteria.evidence import NotEvaluable
from nktrial.model.lymphocyte_ranges import DAYS_A_MONTH, RANGES, HealthyRange, healthy_range
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "Against", "against_healthy", "age_in_months"]

METHOD: Final = Method(
    name="criteria.lymphocyte_reference_range",
    version=1,
    source="Shearer 2003, J Allergy Clin Immunol 112:973 (NK, CD4, CD8); Kotylo 1993, Am J Clin Pathol 100:111 (all)",
)
CATALOGUE: Final = "Shearer's limits as a laboratory catalogue carries them; not read in the paper"
TEXTBOOK: Final = "Kotylo's limits as a textbook reprints them, 9 or 10 children a band; not read in the paper"
MOST_PER_UL: Final = 1e6
OLDEST_MONTHS: Final = 1440.0  # 120 years
Side: TypeAlias = Literal["BELOW", "WITHIN", "ABOVE"]


@dataclass(frozen=True, slots=True)
class Against:
    """Where a count lies, and the range that it was held against."""

    side: Side
    count_per_ul: float
    band: HealthyRange


def age_in_months(age_days: float | None, age_months: float | None) -> float | None:
    """Return the age [months]; days go first where both are given.

    Parameters
    ----------
    age_days, age_months : float or None
        Age in days, or in months; None where not given.

    Raises
    ------
    MethodError
        NK-COR-05 a negative age or one above 120 years; NK-CRI-02 the two differ by more than a month.
    """
    by_days = None if age_days is None else age_days / DAYS_A_MONTH
    for name, months in (("the age by days", by_days), ("the age by months", age_months)):
        if months is not None:
            in_range(f"{name} [months]", months, 0.0, OLDEST_MONTHS)
    if by_days is not None and age_months is not None and above(abs(by_days - age_months), 1.0):
        raise MethodError(
            "NK-CRI-02",
            f"an age of {age_days:g} days is {by_days:.1f} months, not {age_months:g}.",
            where="age_months",
            remedy="Correct one of the two, or leave it empty.",
        )
    return by_days if by_days is not None else age_months


def against_healthy(subset: str, count_per_ul: float, age_months: float) -> Against | NotEvaluable:
    """Return where a count lies against healthy children of the age.

    Parameters
    ----------
    subset : str
        NK, CD4, CD8 or lymphocytes.
    count_per_ul : float
        The count [cells/uL].
    age_months : float
        Age [months].

    Raises
    ------
    MethodError
        NK-COR-05 a count below 0 or above 1,000,000/uL, as a wrong unit gives.
    """
    in_range("the count [cells/uL]", count_per_ul, 0.0, MOST_PER_UL)
    if subset not in RANGES:
        return NotEvaluable(f"there is no range of {subset[:20] or 'an unnamed subset'}; {', '.join(RANGES)} have one")
    band = healthy_range(subset, age_months)
    if band is None:
        end = RANGES[subset][-1].below_months / 12.0
        return NotEvaluable(f"the table of {subset} ends below {end:g} years")
    if below(count_per_ul, band.low_per_ul):
        return Against("BELOW", count_per_ul, band)
    return Against("ABOVE" if above(count_per_ul, band.high_per_ul) else "WITHIN", count_per_ul, band)


def _assess(cells: Cells) -> Outcome:
    subset, value, unit = word(cells, "subset"), number(cells, "value"), word(cells, "unit")
    age = age_in_months(number(cells, "age_days"), number(cells, "age_months"))
    given = {"subset": subset or None, "the count": value, "its unit": unit or None, "the age": age}
    count = None if value is None or not unit else per_ul(value, unit)
    if count is None or age is None or not subset:
        return _none(f"not given: {', '.join(name for name, cell in given.items() if cell is None)}", count)
    found = against_healthy(subset, count, age)
    if isinstance(found, NotEvaluable):
        return _none(found.reason, count)
    band = found.band
    return Outcome(
        {
            "result": found.side,
            "count_per_ul": count,
            "low_per_ul": band.low_per_ul,
            "high_per_ul": band.high_per_ul,
            "percentiles": band.percentiles,
        },
        f"{band.source}, {band.from_months:g} to below {band.below_months:g} months",
        unverified=TEXTBOOK if subset == "lymphocytes" else CATALOGUE,
    )


def _none(reason: str, count: float | None) -> Outcome:
    values = {"result": "NE", "count_per_ul": count, "low_per_ul": None, "high_per_ul": None, "percentiles": None}
    return Outcome(values, not_evaluable=reason)


RULE: Final = Rule(
    name="lymphocyte_reference_range",
    title="NK, CD4, CD8 and all lymphocytes against healthy children of the age",
    method=METHOD,
    columns=(
        Column("subset", "choice", "which cells", choices=tuple(RANGES)),
        Column("value", "number", "the count [unit]", low=0.0, high=1e9),
        Column("unit", "text", "10^9/L, 10^3/uL, /uL, ..."),
        Column("age_days", "number", "age [days]; or age_months", low=0.0, high=44_000.0, needed=False),
        Column("age_months", "number", "age [months]; or age_days", low=0.0, high=OLDEST_MONTHS, needed=False),
    ),
    results=(
        Column("result", "choice", "against the range", choices=("BELOW", "WITHIN", "ABOVE", "NE")),
        Column("count_per_ul", "number", "the count [cells/uL]"),
        Column("low_per_ul", "number", "lower limit [cells/uL]"),
        Column("high_per_ul", "number", "upper limit [cells/uL]"),
        Column("percentiles", "text", "what the limits are"),
    ),
    assess=_assess,
    unverified=(CATALOGUE, TEXTBOOK),
)
