"""CTCAE v6.0: laboratory grade.

Definition
    The limits of ``ctcae_v6_lab_limits``, read as ``ctcae_lab`` says. A raised baseline is one above ULN, as
    v6.0 words it.

Not decided here
    What no laboratory value tells, attribution, and Lymphocyte count decreased, of which it is not known whether v6.0
    has it: that term is refused.
"""

from typing import Final

from nktrial.criteria.ctcae_lab import LAB_COLUMNS, LAB_RESULTS, LabValue, grade_row, lab_grade, term_named
from nktrial.criteria.ctcae_v6_lab_limits import NO_SUCH_TERM_V6, TERMS_V6
from nktrial.criteria.grade import Grade, as_outcome
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Outcome, Rule

__all__ = ["METHOD", "RULE", "ctcae_v6_lab_grade"]

METHOD: Final = Method(
    name="criteria.ctcae_v6_lab",
    version=1,
    source="CTCAE v6.0 (NCI); limits as in pharmaverse admiral grading metadata",
)
VERSION: Final = "CTCAE v6.0"


def ctcae_v6_lab_grade(term: str, given: LabValue) -> Grade:
    """Grade one laboratory value by CTCAE v6.0.

    Parameters
    ----------
    term : str
        CTCAE term in any case: ``Anemia``.
    given : LabValue
        Value, unit, limits of normal, baseline.

    Returns
    -------
    Graded or NotGraded
        Grade 0 to 4, or what is missing.

    Raises
    ------
    MethodError
        NK-TOX-01, NK-TOX-06 no such term; NK-COR-05 a number; NK-COR-06, NK-TOX-02 unit; NK-TOX-03 limits of normal
        crossed.
    """
    return lab_grade(given, term_named(term, TERMS_V6, NO_SUCH_TERM_V6, VERSION))


def _assess(cells: Cells) -> Outcome:
    return as_outcome(grade_row(cells, TERMS_V6, NO_SUCH_TERM_V6, VERSION), "grade", VERSION, caution=True)


RULE: Final = Rule(
    name="ctcae_v6_lab",
    title="CTCAE v6.0: laboratory grade",
    method=METHOD,
    columns=LAB_COLUMNS,
    results=LAB_RESULTS,
    assess=_assess,
)
