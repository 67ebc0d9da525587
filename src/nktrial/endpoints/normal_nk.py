"""NK cells that healthy children have of their own, as context of a count.

Definition
    10th to 90th percentile of CD16+ CD56+ lymphocytes by age (Shearer 2003, J Allergy Clin Immunol 112:973; 807 healthy
    children), read from the age bands of a laboratory catalogue that carries them. A month is 30.4375 days.

Not decided here
    Nothing: the range enters no number.
"""

from typing import Final

__all__ = ["normal_nk_per_ul"]

DAYS_A_MONTH: Final = 30.4375
BANDS: Final = (  # months completed below which the band ends, 10th and 90th percentile [cells/uL]
    (3, 170.0, 1100.0),
    (6, 170.0, 830.0),
    (12, 160.0, 950.0),
    (24, 180.0, 920.0),
    (72, 130.0, 720.0),
    (144, 100.0, 480.0),
    (216, 70.0, 480.0),
)


def normal_nk_per_ul(age_days: int) -> tuple[float, float] | None:
    """Return the 10th and 90th percentile of a healthy child's NK cells [cells/uL]; None from 18 years on."""
    for months, low, high in BANDS:
        if 0 <= age_days < months * DAYS_A_MONTH:
            return low, high
    return None
