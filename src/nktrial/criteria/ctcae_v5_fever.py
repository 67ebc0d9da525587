"""CTCAE v5.0: fever and febrile neutropenia.

Definition
    Fever: grade 1 38.0 to 39.0 degrees C, 2 above 39.0 to 40.0, 3 above 40.0 for 24 h or less, 4 above 40.0 for more
    than 24 h. Febrile neutropenia: grade 3 where neutrophils are below 1000/uL with one temperature above 38.3 or one
    of 38.0 or more that lasted more than an hour; no lower grade exists.

Not decided here
    Grades 4 and 5 of febrile neutropenia and grade 5 of fever: no temperature tells them.
"""

import sys
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least, below
from nktrial.core.errors import MethodError
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.grade import Grade, Graded, NotGraded, as_outcome
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "febrile_neutropenia_grade", "fever_grade"]

METHOD: Final = Method(name="criteria.ctcae_v5_fever", version=1, source="CTCAE v5.0 (NCI, 2017)")
VERSION: Final = "CTCAE v5.0"
FEVER: Final = "Fever"
FEBRILE_NEUTROPENIA: Final = "Febrile neutropenia"
FEVER_FROM_C: Final = 38.0
TEMPERATURE_C: Final = (25.0, 45.0)  # beyond it no temperature of a patient [degrees C]
LONG_FEVER_ABOVE_H: Final = 24.0
ANC_BELOW_PER_UL: Final = 1000.0
SINGLE_TEMPERATURE_ABOVE_C: Final = 38.3


def fever_grade(temp_c: float | None, hours_above_40: float | None = None) -> Grade:
    """Grade fever.

    Parameters
    ----------
    temp_c : float or None
        Highest temperature [degrees C].
    hours_above_40 : float or None
        How long it was above 40.0 [h].

    Returns
    -------
    Graded or NotGraded
        Grade 0 to 4.

    Raises
    ------
    MethodError
        NK-COR-05 a number outside its range; NK-TOX-03 hours above 40.0 are given, but the temperature is not above
        40.0.
    """
    if temp_c is None:
        return NotGraded("the temperature is not given")
    in_range("temp_c", temp_c, *TEMPERATURE_C)
    in_range("hours_above_40", hours_above_40 or 0.0, 0.0, sys.float_info.max)
    if not above(temp_c, 40.0):
        if hours_above_40:
            raise MethodError(
                "NK-TOX-03",
                f"{hours_above_40:g} h above 40.0 are given, but the highest temperature is {temp_c:g}.",
                remedy="Correct temp_c or hours_above_40.",
            )
        if above(temp_c, 39.0):
            return Graded(2, ">39.0-40.0")
        return Graded(1, "38.0-39.0") if at_least(temp_c, FEVER_FROM_C) else Graded(0, "<38.0")
    if hours_above_40 is None:
        return NotGraded("how long the temperature was above 40.0 is not given: grade 3 or 4")
    if above(hours_above_40, LONG_FEVER_ABOVE_H):
        return Graded(4, ">40.0 for >24 h")
    return Graded(3, ">40.0 for <=24 h")


def febrile_neutropenia_grade(
    temp_c: float | None, anc_per_ul: float | None, *, sustained_38_over_1h: bool | None
) -> Grade:
    """Grade febrile neutropenia.

    Parameters
    ----------
    temp_c : float or None
        Highest temperature [degrees C].
    anc_per_ul : float or None
        Neutrophils at that time [1/uL].
    sustained_38_over_1h : bool or None
        A temperature of 38.0 or more lasted more than an hour.

    Returns
    -------
    Graded or NotGraded
        Grade 0 or 3.

    Raises
    ------
    MethodError
        NK-COR-05 a number outside its range; NK-TOX-03 38.0 or more is said to have lasted, but the highest temperature
        is below 38.0.
    """
    in_range("temp_c", FEVER_FROM_C if temp_c is None else temp_c, *TEMPERATURE_C)
    in_range("anc_per_ul", anc_per_ul or 0.0, 0.0, sys.float_info.max)
    if temp_c is not None and below(temp_c, FEVER_FROM_C) and sustained_38_over_1h:
        raise MethodError(
            "NK-TOX-03",
            f"38.0 or more is said to have lasted, but the highest temperature is {temp_c:g}.",
            remedy="Correct temp_c or sustained_38_over_1h.",
        )
    neutropenia = None if anc_per_ul is None else below(anc_per_ul, ANC_BELOW_PER_UL)
    febrile = _febrile(temp_c, sustained=sustained_38_over_1h)
    if neutropenia is False:
        return Graded(0, "ANC not <1000/uL")
    if febrile is False:
        return Graded(0, "neither >38.3 nor >=38.0 sustained >1 h")
    missing = [what for what, known in (("the neutrophil count", neutropenia), ("the fever", febrile)) if known is None]
    if missing:
        return NotGraded(f"{' and '.join(missing)} cannot be judged from what is given")
    return Graded(3, "ANC <1000/uL and >38.3 once or >=38.0 sustained >1 h")


def _febrile(temp_c: float | None, *, sustained: bool | None) -> bool | None:
    """Tell whether the fever is the definition's; None where it cannot be told."""
    if sustained:
        return True
    if temp_c is None:
        return None
    if above(temp_c, SINGLE_TEMPERATURE_ABOVE_C):
        return True
    return False if sustained is False or below(temp_c, FEVER_FROM_C) else None


def _assess(cells: Cells) -> Outcome:
    term, temp_c = word(cells, "term"), number(cells, "temp_c")
    if not term:
        return as_outcome(NotGraded("the term is not given"), "grade", VERSION)
    if term == FEVER:
        return as_outcome(fever_grade(temp_c, number(cells, "hours_above_40")), "grade", VERSION)
    found = febrile_neutropenia_grade(
        temp_c, number(cells, "anc_per_ul"), sustained_38_over_1h=flag(cells, "sustained_38_over_1h")
    )
    return as_outcome(found, "grade", VERSION)


RULE: Final = Rule(
    name="ctcae_v5_fever",
    title="CTCAE v5.0: fever and febrile neutropenia",
    method=METHOD,
    columns=(
        Column("term", "choice", "which of the two terms", choices=(FEVER, FEBRILE_NEUTROPENIA)),
        Column("temp_c", "number", "highest temperature [degrees C]", low=TEMPERATURE_C[0], high=TEMPERATURE_C[1]),
        Column("hours_above_40", "number", "how long above 40.0 [h]", low=0.0, needed=False),
        Column("anc_per_ul", "number", "neutrophils [1/uL]", low=0.0, needed=False),
        Column("sustained_38_over_1h", "yes_no", "38.0 or more lasted more than 1 h", needed=False),
    ),
    results=(
        Column("grade", "choice", "grade", choices=("0", "1", "2", "3", "4", "NE")),
        Column("criteria_version", "text", "version of CTCAE"),
    ),
    assess=_assess,
)
