"""Root of an increasing curve that is reflected about a point, for many values at once.

Definition
    B(y) = a e^(b y) - c e^(-d y) + g y - f for y >= centre, with B(centre) = 0, and B(y) = -B(2 centre - y) below it.
    The logicle (g = 0) and the hyperlog (c = 0) are roots y of B(y) = x. B is convex above the centre.

Not decided here
    What the coefficients are: see logicle and hyperlog.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Curve", "StartTable", "curve_root", "curve_value", "start_table"]

FloatArray: TypeAlias = NDArray[np.float64]

TABLE_SIZE: Final = 4096
TABLE_REACH: Final = 1000.0  # the table covers values up to this many times the top of the scale
MOST_STEPS: Final = 60
FAR_STEPS: Final = 20


@dataclass(frozen=True, slots=True)
class Curve:
    """Coefficients of B; ``top`` is B(1)."""

    a: float
    b: float
    c: float
    d: float
    g: float
    f: float
    centre: float
    top: float


@dataclass(frozen=True, slots=True, eq=False)
class StartTable:
    """Roots at values that are equally spaced in log(1 + x / scale): a start within 1e-6 of any root."""

    scale: float
    spacing: float
    roots: FloatArray


def curve_value(curve: Curve, y: FloatArray) -> FloatArray:
    """Return B(y), reflected below the centre."""
    above = np.maximum(y, 2.0 * curve.centre - y)
    with np.errstate(over="ignore"):
        value = _terms(curve, above)[0]
    return np.where(y >= curve.centre, value, -value)


def start_table(curve: Curve) -> StartTable:
    """Solve the curve once at the table's values, from log(1 + x / scale) / b by Halley steps."""
    centre = np.array([curve.centre])
    scale = float(_terms(curve, centre)[1][0]) / curve.b
    spacing = math.log1p(TABLE_REACH * curve.top / scale) / (TABLE_SIZE - 1)
    reach: FloatArray = spacing * np.arange(TABLE_SIZE, dtype=np.float64)
    value: FloatArray = scale * np.expm1(reach)
    roots: FloatArray = curve.centre + reach / curve.b
    for _ in range(MOST_STEPS):
        step = _halley(curve, roots, value)
        roots = np.maximum(roots - step, curve.centre)
        if float(np.max(np.abs(step))) < 1e-15:
            break
    roots[0] = curve.centre
    return StartTable(scale, spacing, roots)


def curve_root(curve: Curve, table: StartTable, values: FloatArray) -> FloatArray:
    """Return y with B(y) = value.

    Parameters
    ----------
    curve, table : Curve, StartTable
        The curve and its own table.
    values : (n,) float
        Scale values.

    Returns
    -------
    (n,) float
        One Halley step (third order) from a start within 1e-6 leaves only rounding, about 1e-15. NaN stays NaN and
        an infinite value infinite.
    """
    size = np.abs(values)
    with np.errstate(over="ignore", invalid="ignore"):
        place = np.log1p(size / table.scale) / table.spacing
        cell = np.fmin(place, TABLE_SIZE - 2.0).astype(np.intp)
        left = table.roots.take(cell)
        root = left + (place - cell) * (table.roots.take(cell + 1) - left)
        root -= _halley(curve, root, size)
    far = np.flatnonzero(place > TABLE_SIZE - 1.0)
    if far.size:
        root[far] = _far_root(curve, size[far])
    return np.where(values < 0, 2.0 * curve.centre - root, root)


def _terms(curve: Curve, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return B and its first two derivatives at y >= centre."""
    rising = curve.a * np.exp(curve.b * y)
    value = rising - curve.f
    slope = curve.b * rising
    bend = curve.b * slope
    if curve.c:
        falling = curve.c * np.exp(-curve.d * y)
        value -= falling
        slope += curve.d * falling
        bend -= curve.d * curve.d * falling
    if curve.g:
        value += curve.g * y
        slope += curve.g
    return value, slope, bend


def _halley(curve: Curve, y: FloatArray, target: FloatArray) -> FloatArray:
    """Return the Halley step from y towards B(y) = target."""
    value, slope, bend = _terms(curve, y)
    value -= target
    return value / (slope - value * bend / (2.0 * slope))


def _far_root(curve: Curve, size: FloatArray) -> FloatArray:
    """Solve far beyond the scale, where the rising exponential alone is left."""
    root = (np.log(size) - math.log(curve.a)) / curve.b
    finite = np.isfinite(root)
    for _ in range(FAR_STEPS):
        root[finite] -= _halley(curve, root[finite], size[finite])
    return root
