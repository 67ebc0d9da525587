"""Lymphocytes of healthy children by age: the one table of their ranges.

Definition
    NK, CD4 and CD8 cells: 10th to 90th percentile (Shearer 2003, J Allergy Clin Immunol 112:973; 807 healthy children),
    in the age bands of a laboratory catalogue that carries them. All lymphocytes: the limits of Kotylo 1993, Am J Clin
    Pathol 100:111, as a textbook reprints them, 25th to 75th percentile, 9 or 10 children a band, to 3 years. A band
    holds whole months completed: 3-5 is from 3 to below 6 months. A month is 30.4375 days.

Not decided here
    What a count outside a range means.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["DAYS_A_MONTH", "RANGES", "HealthyRange", "healthy_range"]

DAYS_A_MONTH: Final = 30.4375
SHEARER: Final = ("10th to 90th percentile", "Shearer 2003")
KOTYLO: Final = ("25th to 75th percentile", "Kotylo 1993")


@dataclass(frozen=True, slots=True)
class HealthyRange:
    """The range of one age band.

    Parameters
    ----------
    from_months, below_months : float
        The band: from the first age to below the second [months].
    low_per_ul, high_per_ul : float
        Its limits, both within it [cells/uL].
    percentiles, source : str
        What the limits are, and whose.
    """

    from_months: float
    below_months: float
    low_per_ul: float
    high_per_ul: float
    percentiles: str
    source: str


def _bands(meaning: tuple[str, str], *rows: tuple[float, float, float]) -> tuple[HealthyRange, ...]:
    """Return bands that follow each other, each given by its end [months] and its limits [cells/uL]."""
    starts = (0.0, *(end for end, _, _ in rows))
    return tuple(
        HealthyRange(start, end, low, high, *meaning) for start, (end, low, high) in zip(starts, rows, strict=False)
    )


RANGES: Final = MappingProxyType(
    {
        "NK": _bands(
            SHEARER,
            (3, 170.0, 1100.0),
            (6, 170.0, 830.0),
            (12, 160.0, 950.0),
            (24, 180.0, 920.0),
            (72, 130.0, 720.0),
            (144, 100.0, 480.0),
            (216, 70.0, 480.0),
        ),
        "CD4": _bands(
            SHEARER,
            (3, 1600.0, 4000.0),
            (6, 1800.0, 4000.0),
            (12, 1400.0, 4300.0),
            (24, 1300.0, 3400.0),
            (72, 700.0, 2200.0),
            (144, 650.0, 1500.0),
            (216, 530.0, 1300.0),
        ),
        "CD8": _bands(
            SHEARER,
            (3, 560.0, 1700.0),
            (6, 590.0, 1600.0),
            (12, 500.0, 1700.0),
            (24, 620.0, 2000.0),
            (72, 490.0, 1300.0),
            (144, 370.0, 1100.0),
            (216, 330.0, 920.0),
        ),
        "lymphocytes": _bands(
            KOTYLO,
            (6, 5400.0, 7200.0),
            (12, 5300.0, 6700.0),
            (18, 4900.0, 5900.0),
            (24, 4400.0, 5500.0),
            (30, 3900.0, 5200.0),
            (36, 3300.0, 5100.0),
        ),
    }
)


def healthy_range(subset: str, age_months: float) -> HealthyRange | None:
    """Return the range of a subset at an age; None where the table has none.

    Parameters
    ----------
    subset : str
        A key of ``RANGES``.
    age_months : float
        Age [months].
    """
    for band in RANGES.get(subset, ()):
        if band.from_months <= age_months < band.below_months:
            return band
    return None
