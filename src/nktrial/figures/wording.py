"""How a number is written for a reader.

Definition
    A view rounds for the eye and never past a decision: where the rounded text would fall on the line that decides
    (the threshold, a bound of the borderline zone) while the value does not, digits are added until it no longer does.
    Thousands are set apart by a narrow no-break space (SI brochure, 5.4.4), so that no comma can be read as a decimal.

Not decided here
    The numbers themselves.
"""

import math
from typing import Final

from nktrial.core.errors import MethodError

__all__ = [
    "MINUS",
    "THIN_SPACE",
    "count_text",
    "day_text",
    "per_ul_text",
    "percent_text",
    "probability_text",
    "signed_per_ul_text",
]

THIN_SPACE: Final = "\u202f"
MINUS: Final = "\u2212"
MOST_DECIMALS: Final = 12
BORDERLINE: Final = (0.05, 0.95)


def count_text(count: int) -> str:
    """Write a count: ``3 671``."""
    return f"{count:,}".replace(",", THIN_SPACE)


def per_ul_text(value: float, *, line: float | None = None) -> str:
    """Write a cell concentration: whole cells from 10 up, one decimal from 1, two digits below.

    Parameters
    ----------
    value : float
        Cells per microlitre.
    line : float or None
        The value that decides; a value that is not on it is never written as if it were.

    Returns
    -------
    str
        E.g. ``157``, ``4.2``, ``0.037``, ``100.4`` where the line is 100.

    Raises
    ------
    MethodError
        NK-FIG-01 the value is not a finite number.
    """
    decimals = _decimals(_finite(value))
    text = _fixed(value, decimals)
    while line is not None and value != line and decimals < MOST_DECIMALS and text == _fixed(line, decimals):
        decimals += 1
        text = _fixed(value, decimals)
    return text


def signed_per_ul_text(value: float) -> str:
    """Write a change of a concentration with its sign: ``+131``, ``−12``."""
    text = per_ul_text(abs(value))
    return text if value == 0 else f"{'+' if value > 0 else MINUS}{text}"


def percent_text(fraction: float) -> str:
    """Write a fraction as percent: ``14.3 %``; 100 % and 0 % only where it is exactly that.

    Raises
    ------
    MethodError
        NK-FIG-01 the fraction is not a finite number.
    """
    percent = 100.0 * _finite(fraction)
    if 99.95 <= percent < 100.0:
        return f">{THIN_SPACE}99.9{THIN_SPACE}%"
    if percent in {0.0, 100.0}:
        return f"{percent:.0f}{THIN_SPACE}%"
    return f"{_fixed(percent, 1 if abs(percent) >= 1.0 else _decimals(percent))}{THIN_SPACE}%"


def probability_text(probability: float) -> str:
    """Write a probability: two decimals, ``> 0.99`` and ``< 0.01`` at the ends, three beside 0.05 and 0.95.

    Raises
    ------
    MethodError
        NK-FIG-01 the probability is not a finite number.
    """
    if _finite(probability) > 0.99:
        return f">{THIN_SPACE}0.99"
    if probability < 0.01:
        return f"<{THIN_SPACE}0.01"
    decimals = 2
    while decimals < MOST_DECIMALS and any(
        probability != bound and f"{probability:.{decimals}f}" == f"{bound:.{decimals}f}" for bound in BORDERLINE
    ):
        decimals += 1
    return f"{probability:.{decimals}f}"


def day_text(day: int) -> str:
    """Write a day with a true minus sign: ``−1``."""
    return str(day).replace("-", MINUS)


def _decimals(value: float) -> int:
    """Return the decimals that a concentration of this size deserves."""
    size = abs(value)
    if size >= 9.95 or size == 0:
        return 0
    if size >= 0.995:
        return 1
    return min(MOST_DECIMALS, 1 - math.floor(math.log10(size)))


def _fixed(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}".replace(",", THIN_SPACE).replace("-", MINUS)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise MethodError(
            "NK-FIG-01",
            f"a view was given {value}, expected a finite number.",
            remedy="A missing value is None with a reason; report this as a bug of the step that made the number.",
        )
    return value
