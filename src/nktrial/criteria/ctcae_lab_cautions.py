"""Cautions beside a CTCAE laboratory grade, above all in infants.

Definition
    CTCAE's limits below grade 1 are fixed numbers that ignore age. The words are followed, and where they grade what is
    normal, a caution says so: a value within the limits of normal that the row gives; lymphocytes of 4 to 10 x 10^9/L
    and hemoglobin from 9.5 g/dL, which are usual below one year; creatinine that rose by half but is not above normal.

Not decided here
    The grade.
"""

from typing import Final

from nktrial.core.compare import above, at_least, at_most
from nktrial.criteria.ctcae_lab_terms import Falling, LabValue, Relative, Term, WorseOf

__all__ = ["cautions"]

INFANT_BELOW_DAYS: Final = 366
USUAL_INFANT_LYMPHOCYTES_UP_TO_1E9_PER_L: Final = 10.0
USUAL_INFANT_HEMOGLOBIN_FROM_G_PER_DL: Final = 9.5


def cautions(term: Term, grade: int, lab: LabValue) -> str:
    """Return what to beware of, empty where nothing is known."""
    found = [_within_normal(term, grade, lab), _infant(term, grade, lab), _baseline(term, grade, lab)]
    return "; ".join(text for text in found if text)


def _within_normal(term: Term, grade: int, lab: LabValue) -> str:
    if grade == 0 or lab.value is None:
        return ""
    if isinstance(term.grades, Falling):
        normal = lab.lln is not None and at_least(lab.value, lab.lln)
    else:
        normal = lab.uln is not None and at_most(lab.value, lab.uln)
    return f"graded {grade} although the value is within the given limits of normal" if normal else ""


def _infant(term: Term, grade: int, lab: LabValue) -> str:
    if lab.value is None or grade != 2 or (lab.age_days is not None and lab.age_days >= INFANT_BELOW_DAYS):
        return ""
    condition = "" if lab.age_days is not None else ", if the patient is below one year"
    if term.name == "Lymphocyte count increased" and lab.uln is None:
        usual = at_most(lab.value, USUAL_INFANT_LYMPHOCYTES_UP_TO_1E9_PER_L)
        return f"usual at this age{condition}: infants have about 4 to 10 x 10^9/L" if usual else ""
    if term.name == "Anemia" and lab.lln is None:
        usual = at_least(lab.value, USUAL_INFANT_HEMOGLOBIN_FROM_G_PER_DL)
        return f"may be normal at this age{condition}: infants' lower limit is about 9.5 to 10 g/dL" if usual else ""
    return ""


def _baseline(term: Term, grade: int, lab: LabValue) -> str:
    if not isinstance(term.grades, Relative | WorseOf) or lab.baseline is None or lab.uln is None:
        return ""
    if lab.baseline_status and above(lab.baseline, lab.uln) != (lab.baseline_status == "HIGH"):
        return f"baseline_status {lab.baseline_status} does not go with the given baseline and uln"
    limit = term.grades.grade_3_up_to_uln if isinstance(term.grades, Relative) else None
    if limit is not None and grade == 3 and above(lab.baseline, limit * lab.uln):
        return f"the words give grade 3 for a baseline up to {limit:g} x ULN; this one is above"
    return ""
