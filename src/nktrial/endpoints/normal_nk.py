"""NK cells that healthy children have of their own, as context of a count.

Definition
    10th to 90th percentile of CD16+ CD56+ lymphocytes by age, from the one table (``model.lymphocyte_ranges``).

Not decided here
    Nothing: the range enters no number.
"""

from nktrial.model.lymphocyte_ranges import DAYS_A_MONTH, healthy_range

__all__ = ["normal_nk_per_ul"]


def normal_nk_per_ul(age_days: int) -> tuple[float, float] | None:
    """Return the 10th and 90th percentile of a healthy child's NK cells [cells/uL]; None from 18 years on."""
    found = healthy_range("NK", age_days / DAYS_A_MONTH)
    return None if found is None else (found.low_per_ul, found.high_per_ul)
