"""Plausibility of clinical chemistry: liver enzymes, bilirubin, creatinine.

Definition
    Enzymes come in U/L, bilirubin and creatinine in mg/dL or umol/L; another unit is an error, never a guess. Bounds
    are compared in U/L and umol/L (bilirubin 584.66 g/mol, creatinine 113.12 g/mol). They are [unverified]: chosen
    to catch one unit taken for the other, and a factor of 1000, not to judge a patient.

Not decided here
    Whether a value is normal: the laboratory's own limits say it, and published rules grade it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nktrial.core.units import folded
from nktrial.formats.issues import CellError

__all__ = ["CHEMISTRY", "Chemistry", "chemistry_faults"]


@dataclass(frozen=True, slots=True)
class Chemistry:
    """What a test may be: factors of its units to the first one, rare below and above, impossible above."""

    units: Mapping[str, float]
    rare_below: float
    rare_above: float
    impossible_above: float
    other: str


ENZYME: Final = Chemistry({"U/L": 1.0, "IU/L": 1.0}, 2.0, 20_000.0, 200_000.0, "ukat/L")
CHEMISTRY: Final = MappingProxyType(
    {
        "ALT": ENZYME,
        "AST": ENZYME,
        "ALP": ENZYME,
        "GGT": ENZYME,
        "BILI": Chemistry({"umol/L": 1.0, "mg/dL": 17.104}, 1.0, 1000.0, 5000.0, "the other of mg/dL and umol/L"),
        "CREAT": Chemistry({"umol/L": 1.0, "mg/dL": 88.40}, 5.0, 1500.0, 10_000.0, "the other of mg/dL and umol/L"),
    }
)


def chemistry_faults(test: str, value: float, unit: str) -> Iterator[tuple[str, CellError]]:
    """Yield the column and what is wrong with one value: NK-TAB-34 unit, NK-TAB-35 impossible, NK-TAB-43 rare."""
    known = CHEMISTRY[test]
    factors = {folded(name): factor for name, factor in known.units.items()}
    first, *_ = known.units
    factor = factors.get(folded(unit))
    if factor is None:
        names = " or ".join(name for name in known.units if name != "IU/L")
        yield "unit", CellError("NK-TAB-34", f"{unit!r} is not a unit of {test}.", f"Write {names}.")
        return
    amount = value * factor
    shown = f"{test} {value:g} {unit}" + ("" if factor == 1.0 else f" is {amount:,.10g} {first}")
    if amount > known.impossible_above:
        message = f"{shown}; no blood holds so much."
        yield "value", CellError("NK-TAB-35", message, "Correct the unit or the value.")
    elif amount > known.rare_above or 0 < amount < known.rare_below:
        message = f"{shown}, which is rare."
        hint = f"Check the value and the unit; {known.other} may be meant."
        yield "value", CellError("NK-TAB-43", message, hint, severity="warning")
