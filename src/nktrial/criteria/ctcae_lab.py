"""Laboratory grade of CTCAE: one value against the limits of its term.

Definition
    The worst grade whose limit the value passes. Value, limits of normal and baseline are in one unit, which is
    converted to the table's. Whether a baseline was raised or low is read from ``baseline_status``; where that is not
    given, from the baseline and the limits of normal of the same row.

Not decided here
    Parts of a grade that no laboratory value tells, attribution, and which limits of normal fit the patient's age: they
    are input. A grade that the words give although the value is within the given limits of normal carries a caution.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, at_most, below
from nktrial.core.errors import MethodError
from nktrial.core.units import folded, per_ul
from nktrial.criteria.cells import number, word
from nktrial.criteria.ctcae_lab_cautions import cautions
from nktrial.criteria.ctcae_lab_terms import (
    AboveBoth,
    Absolute,
    BaselineStatus,
    Falling,
    LabValue,
    Limits,
    Quantity,
    Relative,
    Term,
    WorseOf,
)
from nktrial.criteria.grade import Domain, Grade, Graded, NotGraded, worst_of
from nktrial.model.rule import Cells, Column

__all__ = ["LAB_COLUMNS", "LAB_RESULTS", "LabValue", "grade_row", "lab_grade", "term_named"]

# Accepted units and the factor to the unit of the limits; counts: core.units. Bilirubin 17.1, creatinine 88.4 umol/L
# a mg/dL. Enzymes are graded by ratios only.
UNITS: Final[Mapping[Quantity, Mapping[str, float]]] = MappingProxyType(
    {
        "hemoglobin": {"g/dl": 1.0, "g/l": 0.1},
        "enzyme": {"u/l": 1.0, "iu/l": 1.0, "ukat/l": 1.0},
        "bilirubin": {"mg/dl": 1.0, "umol/l": 1.0 / 17.1},
        "creatinine": {"mg/dl": 1.0, "umol/l": 1.0 / 88.4},
    }
)
LAB_COLUMNS: Final = (
    Column("term", "text", "CTCAE term as the version words it, in any case"),
    Column("unit", "text", "unit of value, lln, uln and baseline"),
    Column("value", "number", "measured value [unit]", low=0.0),
    Column("lln", "number", "lower limit of normal for age and laboratory [unit]", low=0.0, needed=False),
    Column("uln", "number", "upper limit of normal for age and laboratory [unit]", low=0.0, needed=False),
    Column("baseline", "number", "value before treatment [unit]", low=0.0, needed=False),
    Column(
        "baseline_status",
        "choice",
        "the baseline against its own limits of normal",
        choices=("LOW", "NORMAL", "HIGH"),
        needed=False,
    ),
    Column("age_days", "whole", "age at the sample [days]; for cautions only", low=0.0, high=45_000.0, needed=False),
)
LAB_RESULTS: Final = (
    Column("grade", "choice", "grade by the value", choices=("0", "1", "2", "3", "4", "NE")),
    Column("criteria_version", "text", "version of CTCAE"),
    Column("caution", "text", "why the grade may not mean what it says"),
)


def lab_grade(given: LabValue, term: Term) -> Grade:
    """Grade one laboratory value.

    Parameters
    ----------
    given : LabValue
        The value, its limits of normal and its baseline.
    term : Term
        Of the table of one version.

    Returns
    -------
    Graded or NotGraded
        Grade 0 to 4 with its clause and caution, or what is missing.

    Raises
    ------
    MethodError
        NK-COR-05 a number is negative or not finite; NK-COR-06 or NK-TOX-02 the unit is not one of the term's; NK-
        TOX-03 the lower limit of normal is above the upper.
    """
    if given.value is None:
        return NotGraded("the value is not given")
    if not given.unit:
        return NotGraded("the unit is not given")
    for name in ("value", "lln", "uln", "baseline"):
        if (found_value := getattr(given, name)) is not None:
            in_range(name, found_value, 0.0, sys.float_info.max)
    lab = _converted(given, term.quantity)
    if lab.value is None:  # a value given stays given
        return NotGraded("the value is not given")
    if lab.lln is not None and lab.uln is not None and above(lab.lln, lab.uln):
        raise MethodError(
            "NK-TOX-03",
            f"the lower limit of normal {given.lln:g} is above the upper {given.uln:g}.",
            remedy="Correct lln or uln.",
        )
    found = _graded(lab.value, lab, term)
    if isinstance(found, NotGraded):
        return found
    return replace(found, caution=cautions(term, int(found.grade), lab))


def term_named(name: str, terms: tuple[Term, ...], known_otherwise: Mapping[str, str], version: str) -> Term:
    """Return the term of a version by its name.

    Raises
    ------
    MethodError
        NK-TOX-01 the version has no such term here; NK-TOX-06 it is known why the term cannot be graded.
    """
    wanted = " ".join(name.split()).casefold()
    for term in terms:
        if term.name.casefold() == wanted:
            return term
    names = ", ".join(sorted(term.name for term in terms))
    if wanted in known_otherwise:
        raise MethodError(
            "NK-TOX-06", f"{name} in {version}: {known_otherwise[wanted]}", remedy=f"Known terms: {names}."
        )
    raise MethodError("NK-TOX-01", f"{name[:60]!r} is not a laboratory term of {version}.", remedy=f"Known: {names}.")


def grade_row(cells: Cells, terms: tuple[Term, ...], known_otherwise: Mapping[str, str], version: str) -> Grade:
    """Grade one row of a table."""
    name = word(cells, "term")
    if not name:
        return NotGraded("the term is not given")
    given = LabValue(
        value=number(cells, "value"),
        unit=word(cells, "unit"),
        lln=number(cells, "lln"),
        uln=number(cells, "uln"),
        baseline=number(cells, "baseline"),
        baseline_status=_status(word(cells, "baseline_status")),
        age_days=number(cells, "age_days"),
    )
    return lab_grade(given, term_named(name, terms, known_otherwise, version))


def _status(found: str) -> BaselineStatus:
    match found:
        case "LOW" | "NORMAL" | "HIGH":
            return found
        case _:
            return ""


def _converted(given: LabValue, quantity: Quantity) -> LabValue:
    """Return value, limits of normal and baseline in the unit of the limits."""
    if quantity == "count":
        factor = per_ul(1.0, given.unit) / 1000.0
    else:
        accepted = UNITS[quantity]
        if (unit := folded(given.unit)) not in accepted:
            raise MethodError(
                "NK-TOX-02",
                f"unit {given.unit[:30]!r} is not one of the accepted units of {quantity}.",
                remedy=f"Write one of: {', '.join(accepted)} (in any case).",
            )
        factor = accepted[unit]

    def scaled(value: float | None) -> float | None:
        return None if value is None else value * factor

    return replace(
        given,
        value=scaled(given.value),
        lln=scaled(given.lln),
        uln=scaled(given.uln),
        baseline=scaled(given.baseline),
    )


def _graded(value: float, lab: LabValue, term: Term) -> Grade:
    match term.grades:
        case Falling() as falling:
            return _falling(value, lab.lln, falling, term.clause)
        case Absolute() as absolute:
            return Graded(_passed(value, absolute.limits), term.clause)
        case Relative() as relative:
            return _relative(value, lab, relative, term.clause)
        case WorseOf() as worse:
            return _worse_of(value, lab, worse, term.clause)
        case AboveBoth():
            return _above_both(value, lab, term.clause)


def _passed(value: float, limits: Limits, unit_of_limits: float = 1.0) -> int:
    """Return the worst grade whose limit is exceeded."""
    return next((grade for grade, limit in limits if above(value, limit * unit_of_limits)), 0)


def _falling(value: float, lln: float | None, falling: Falling, clause: str) -> Grade:
    for grade, limit in falling.limits:
        if below(value, limit):
            return Graded(grade, clause)
    if not falling.mildest_below_lln:
        return Graded(0, clause)
    if lln is None:
        return NotGraded("the lower limit of normal is not given: grade 0 or 1")
    return Graded(1 if below(value, lln) else 0, clause)


def _relative(value: float, lab: LabValue, relative: Relative, clause: str) -> Grade:
    raised = _is_high(lab)
    if raised is None:
        return NotGraded("whether the baseline was raised is not given")
    if not raised:
        if lab.uln is None:
            return NotGraded("the upper limit of normal is not given")
        return Graded(_passed(value, relative.of_uln, lab.uln), f"baseline not raised; {clause}")
    if lab.baseline is None:
        return NotGraded("the baseline was raised and is not given")
    grade = _passed(value, relative.of_raised_baseline, lab.baseline)
    if grade == 0:
        start = relative.raised_from * lab.baseline
        grade = int(at_least(value, start) if relative.raised_from_included else above(value, start))
    return Graded(grade, f"baseline raised; {clause}")


def _worse_of(value: float, lab: LabValue, worse: WorseOf, clause: str) -> Grade:
    if lab.uln is None:
        by_uln = Domain(0, 4, "", "the upper limit of normal is not given")
    else:
        by_uln = Domain(grade := _passed(value, worse.of_uln, lab.uln), grade, clause)
    counts = _is_low(lab) if worse.only_low_baseline else True
    if counts is False:
        return worst_of([by_uln])
    worst = worse.of_baseline[0][0]
    if lab.baseline is None:
        missing = "whether the baseline was low is not given" if counts is None else "the baseline is not given"
        return worst_of([by_uln, Domain(0, worst, clause, missing)])
    by_baseline = _passed(value, worse.of_baseline, lab.baseline)
    lowest = by_baseline if counts else 0
    return worst_of([by_uln, Domain(lowest, by_baseline, clause, "whether the baseline was below LLN is not given")])


def _above_both(value: float, lab: LabValue, clause: str) -> Grade:
    limits = {"the baseline": lab.baseline, "the upper limit of normal": lab.uln}
    if any(limit is not None and at_most(value, limit) for limit in limits.values()):
        return Graded(0, clause)
    missing = [name for name, limit in limits.items() if limit is None]
    if missing:
        return NotGraded(f"{' and '.join(missing)} not given")
    return Graded(1, clause)


def _is_high(lab: LabValue) -> bool | None:
    """Tell whether the baseline was above normal; None where it cannot be told."""
    if lab.baseline_status:
        return lab.baseline_status == "HIGH"
    if lab.baseline is None or lab.uln is None:
        return None
    return above(lab.baseline, lab.uln)


def _is_low(lab: LabValue) -> bool | None:
    """Tell whether the baseline was below normal; None where it cannot be told."""
    if lab.baseline_status:
        return lab.baseline_status == "LOW"
    if lab.baseline is None or lab.lln is None:
        return None
    return below(lab.baseline, lab.lln)
