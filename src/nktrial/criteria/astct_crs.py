"""ASTCT grade of cytokine release syndrome.

Definition
    Fever of 38.0 degrees C or more is required; after antipyretic or anticytokine therapy it no longer is, and
    hypotension and hypoxia alone decide. Grade 1 fever; 2 hypotension without vasopressor, or oxygen by low-flow
    cannula (6 L/min or less) or blow-by; 3 one vasopressor with or without vasopressin, or high-flow cannula (above
    6 L/min), facemask, non-rebreather or Venturi mask; 4 several vasopressors (vasopressin not counted), or positive
    pressure (CPAP, BiPAP, ventilation); 5 death. The worse of hypotension and hypoxia decides.

Not decided here
    Whether the signs have another cause; organ toxicities, which do not count; intubation for another reason than
    hypoxia.
"""

from types import MappingProxyType
from typing import Final

from nktrial.core.check import in_range
from nktrial.core.compare import above, at_least
from nktrial.criteria.cells import flag, number, word
from nktrial.criteria.grade import Domain, Grade, Graded, NotGraded, as_outcome, worst_of
from nktrial.model.method import Method
from nktrial.model.rule import Cells, Column, Outcome, Rule

__all__ = ["METHOD", "RULE", "crs_grade"]

METHOD: Final = Method(
    name="criteria.astct_crs", version=1, source="Lee 2019, Biol Blood Marrow Transplant 25:625 (ASTCT)"
)
VERSION: Final = "ASTCT 2019"
FEVER_FROM_C: Final = 38.0
TEMPERATURE_C: Final = (25.0, 45.0)  # beyond it no temperature of a patient [degrees C]
FLOW_L_PER_MIN: Final = (0.0, 100.0)
LOW_FLOW_UP_TO_L_PER_MIN: Final = 6.0

# Word -> grade by hypotension. Vasopressin alone: sources differ on whether it is a vasopressor.
VASOPRESSORS: Final = MappingProxyType(
    {
        "one": 3,
        "one_plus_vasopressin": 3,
        "two": 4,
        "two_plus_vasopressin": 4,
        "multiple": 4,
        "multiple_plus_vasopressin": 4,
    }
)
VASOPRESSIN_ONLY: Final = "vasopressin_only"
NASAL: Final = ("nasal_cannula", "low_flow_nasal_cannula", "high_flow_nasal_cannula")
# Word -> grade by hypoxia.
OXYGEN: Final = MappingProxyType(
    {
        "none": 0,
        "blow_by": 2,
        "facemask": 3,
        "face_mask": 3,
        "nonrebreather": 3,
        "non_rebreather": 3,
        "non_rebreather_mask": 3,
        "nonrebreather_mask": 3,
        "venturi": 3,
        "venturi_mask": 3,
        "cpap": 4,
        "bipap": 4,
        "mechanical_ventilation": 4,
        "intubation": 4,
    }
)


def crs_grade(
    temp_c: float | None,
    *,
    fever_masked: bool | None,
    hypotension: bool | None,
    vasopressors: str,
    oxygen: str,
    oxygen_l_per_min: float | None = None,
    death: bool | None,
) -> Grade:
    """Grade cytokine release syndrome.

    Parameters
    ----------
    temp_c : float or None
        Highest temperature [degrees C].
    fever_masked : bool or None
        Antipyretic or anticytokine therapy was given after the syndrome began with fever.
    hypotension : bool or None
        Blood pressure is low for the patient; a vasopressor implies it.
    vasopressors : str
        none, a word of ``VASOPRESSORS``, or vasopressin_only; empty where not known.
    oxygen : str
        A word of ``OXYGEN``, or nasal_cannula, low_flow_nasal_cannula, high_flow_nasal_cannula; empty where not known.
    oxygen_l_per_min : float or None
        Flow of a cannula [L/min].
    death : bool or None
        Death due to the syndrome.

    Returns
    -------
    Graded or NotGraded
        Grade 0 (no syndrome) to 5.

    Raises
    ------
    MethodError
        NK-COR-05 temperature or flow outside its range.
    """
    in_range("temp_c", FEVER_FROM_C if temp_c is None else temp_c, *TEMPERATURE_C)
    in_range("oxygen_l_per_min", oxygen_l_per_min or 0.0, *FLOW_L_PER_MIN)
    if death:
        return Graded(5, "death due to CRS")
    fatal = [] if death is False else [Domain(0, 5, "", "whether death was due to CRS is not given")]
    signs = [_hypotension(vasopressors, present=hypotension), _hypoxia(oxygen, oxygen_l_per_min)]
    if temp_c is not None and at_least(temp_c, FEVER_FROM_C):
        return worst_of([Domain(1, 1, "fever >=38.0"), *signs, *fatal])
    if fever_masked:
        return _masked(worst_of([*signs, *fatal]))
    if temp_c is None or fever_masked is None:
        what = "the temperature" if temp_c is None else "whether therapy masks a fever"
        return NotGraded(f"{what} is not given")
    return worst_of([Domain(0, 0, "no fever >=38.0"), *fatal])


def _masked(found: Grade) -> Grade:
    """Return the grade by hypotension and hypoxia; without either, the words give none."""
    if isinstance(found, Graded) and found.grade == 0:
        return NotGraded("fever is masked by therapy and there is neither hypotension nor hypoxia: 0 or 1")
    return found


def _hypotension(vasopressors: str, *, present: bool | None) -> Domain:
    if vasopressors in VASOPRESSORS:
        grade = VASOPRESSORS[vasopressors]
        return Domain(grade, grade, "one vasopressor" if grade == 3 else "multiple vasopressors")
    if vasopressors == VASOPRESSIN_ONLY:
        return Domain(2, 3, "hypotension", "vasopressin is the only vasopressor, on which sources differ: 2 or 3")
    lowest = 2 if present else 0
    if not vasopressors:
        return Domain(lowest, 4, "hypotension", "vasopressors are not given")
    if present is None:
        return Domain(0, 2, "hypotension", "hypotension is not given")
    return Domain(lowest, lowest, "hypotension without vasopressor" if present else "")


def _hypoxia(oxygen: str, l_per_min: float | None) -> Domain:
    if oxygen in OXYGEN:
        grade = OXYGEN[oxygen]
        return Domain(grade, grade, oxygen.replace("_", " ") if grade else "")
    if oxygen in NASAL:
        return _cannula(oxygen, l_per_min)
    return Domain(0, 4, "", "oxygen support is not given")


def _cannula(oxygen: str, l_per_min: float | None) -> Domain:
    if l_per_min is None:
        if oxygen == "nasal_cannula":
            return Domain(2, 3, "nasal cannula", "the flow of the cannula is not given")
        grade = 2 if oxygen == "low_flow_nasal_cannula" else 3
        return Domain(grade, grade, oxygen.replace("_", " "))
    if above(l_per_min, LOW_FLOW_UP_TO_L_PER_MIN):
        return Domain(3, 3, "nasal cannula >6 L/min: high flow")
    if oxygen == "high_flow_nasal_cannula":
        return Domain(
            2, 3, "high-flow cannula", "high-flow cannula at 6 L/min or less, which ASTCT calls low flow: 2 or 3"
        )
    return Domain(2, 2, "nasal cannula <=6 L/min: low flow")


def _assess(cells: Cells) -> Outcome:
    found = crs_grade(
        number(cells, "temp_c"),
        fever_masked=flag(cells, "fever_masked_by_therapy"),
        hypotension=flag(cells, "hypotension"),
        vasopressors=word(cells, "vasopressors"),
        oxygen=word(cells, "oxygen_support"),
        oxygen_l_per_min=number(cells, "oxygen_l_per_min"),
        death=flag(cells, "death_due_to_crs"),
    )
    return as_outcome(found, "grade", VERSION)


RULE: Final = Rule(
    name="astct_crs",
    title="ASTCT 2019: cytokine release syndrome",
    method=METHOD,
    columns=(
        Column("temp_c", "number", "highest temperature [degrees C]", low=TEMPERATURE_C[0], high=TEMPERATURE_C[1]),
        Column("fever_masked_by_therapy", "yes_no", "antipyretic or anticytokine therapy after a start with fever"),
        Column("hypotension", "yes_no", "blood pressure is low for the patient"),
        Column("vasopressors", "choice", "vasopressors", choices=("none", *VASOPRESSORS, VASOPRESSIN_ONLY)),
        Column("oxygen_support", "choice", "oxygen support for hypoxia", choices=(*OXYGEN, *NASAL)),
        Column(
            "oxygen_l_per_min", "number", "flow of a cannula [L/min]", low=0.0, high=FLOW_L_PER_MIN[1], needed=False
        ),
        Column("death_due_to_crs", "yes_no", "death due to the syndrome"),
    ),
    results=(
        Column("grade", "choice", "grade; 0 no syndrome", choices=("0", "1", "2", "3", "4", "5", "NE")),
        Column("criteria_version", "text", "version of the criteria"),
    ),
    assess=_assess,
)
