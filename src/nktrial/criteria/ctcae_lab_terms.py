"""Laboratory terms of CTCAE: how the grades of one term are written down.

Definition
    A term has its limits from the worst grade to the mildest. "<10.0 - 8.0" includes 8.0: a value equal to a limit
    belongs to the milder grade, for rising terms likewise (">3.0 - 5.0 x ULN" includes 5.0).

Not decided here
    The limits (``ctcae_v5_lab_limits``, ``ctcae_v6_lab_limits``) and the grading (``ctcae_lab``).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "AboveBoth",
    "Absolute",
    "BaselineStatus",
    "Falling",
    "LabValue",
    "Limits",
    "Quantity",
    "Relative",
    "Term",
    "WorseOf",
]

BaselineStatus: TypeAlias = Literal["LOW", "NORMAL", "HIGH", ""]
# What is measured; it says which units are accepted. Limits stand in 10^9/L, g/dL, U/L, mg/dL.
Quantity: TypeAlias = Literal["count", "hemoglobin", "enzyme", "bilirubin", "creatinine"]
# (grade, limit) from the worst grade to the mildest.
Limits: TypeAlias = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Falling:
    """Graded below limits; ``mildest_below_lln``: grade 1 is below the laboratory's lower limit of normal."""

    limits: Limits
    mildest_below_lln: bool = True


@dataclass(frozen=True, slots=True)
class Absolute:
    """Graded above limits that are concentrations."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class Relative:
    """Graded above multiples of ULN; of the baseline where that was raised.

    ``raised_from``: the multiple of a raised baseline from which grade 1 counts; ``raised_from_included``: at it too.
    ``grade_3_up_to_uln``: the words give grade 3 for a baseline up to this multiple of ULN only.
    """

    of_uln: Limits
    of_raised_baseline: Limits
    raised_from: float
    raised_from_included: bool
    grade_3_up_to_uln: float | None = None


@dataclass(frozen=True, slots=True)
class WorseOf:
    """Graded above multiples of ULN or of the baseline, whichever is worse.

    ``only_low_baseline``: the baseline counts only where it was below LLN.
    """

    of_uln: Limits
    of_baseline: Limits
    only_low_baseline: bool


@dataclass(frozen=True, slots=True)
class AboveBoth:
    """Grade 1 above both the baseline and ULN; no further grade."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its name in CTCAE, what is measured, its grades, and the clause as CTCAE words it, shortened."""

    name: str
    quantity: Quantity
    grades: Falling | Absolute | Relative | WorseOf | AboveBoth
    clause: str


@dataclass(frozen=True, slots=True)
class LabValue:
    """One laboratory value with its limits of normal and its baseline, all in one unit.

    Parameters
    ----------
    value : float or None
        Measured value; None where there is none.
    unit : str
        Unit of all four; empty where not given.
    lln, uln : float or None
        Limits of normal for the patient's age and the laboratory.
    baseline : float or None
        Value before treatment.
    baseline_status : str
        LOW, NORMAL or HIGH against the baseline's own limits; empty where not given.
    age_days : float or None
        For cautions only.
    """

    value: float | None
    unit: str
    lln: float | None = None
    uln: float | None = None
    baseline: float | None = None
    baseline_status: BaselineStatus = ""
    age_days: float | None = None
