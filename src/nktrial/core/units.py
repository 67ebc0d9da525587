"""Units of cell counts: one table of accepted spellings, each with its exact factor.

Definition
    1 cell/uL = 10^6 cells/L. Spellings are compared after case folding, with the micro sign (U+00B5) and the
    Greek mu (U+03BC) read as ``u`` and spaces removed. A spelling that is not in the table is refused: a unit is
    never guessed.
"""

from types import MappingProxyType
from typing import Final

from nktrial.core.errors import MethodError

__all__ = ["COUNT_UNITS_PER_UL", "PERCENT_UNITS", "is_percent", "per_ul"]

COUNT_UNITS_PER_UL: Final = MappingProxyType(
    {
        "10^9/l": 1000.0,
        "10*9/l": 1000.0,
        "10e9/l": 1000.0,
        "10^3/ul": 1000.0,
        "10*3/ul": 1000.0,
        "10e3/ul": 1000.0,
        "x10^9/l": 1000.0,
        "x10e9/l": 1000.0,
        "x10^3/ul": 1000.0,
        "x10e3/ul": 1000.0,
        "giga/l": 1000.0,
        "k/ul": 1000.0,
        "thou/ul": 1000.0,
        "10^6/l": 1.0,
        "/ul": 1.0,
        "1/ul": 1.0,
        "cells/ul": 1.0,
        "/mm3": 1.0,
        "/mm^3": 1.0,
        "cells/mm3": 1.0,
        "10^3/mm3": 1000.0,
    }
)
PERCENT_UNITS: Final = frozenset({"%", "percent", "pct"})


def per_ul(value: float, unit: str) -> float:
    """Convert a cell concentration to cells per microlitre.

    Parameters
    ----------
    value : float
        Concentration in ``unit``.
    unit : str
        A spelling of the table.

    Returns
    -------
    float
        Cells per microlitre.

    Raises
    ------
    MethodError
        NK-COR-06 the unit is missing or unknown.
    """
    factor = COUNT_UNITS_PER_UL.get(folded(unit))
    if factor is None:
        raise MethodError(
            "NK-COR-06",
            f"unit {unit!r} is not one of the accepted units of a cell count.",
            remedy="Write 10^9/L, 10^3/uL or cells/uL.",
        )
    return value * factor


def is_percent(unit: str) -> bool:
    """Tell whether the unit is a spelling of percent."""
    return folded(unit) in PERCENT_UNITS


def folded(unit: str) -> str:
    """Fold case, micro signs, multiplication signs and spaces of a unit."""
    plain = unit.replace("µ", "u").replace("μ", "u").replace("×", "x").replace("³", "^3").replace("⁹", "^9")
    return "".join(plain.split()).casefold()
