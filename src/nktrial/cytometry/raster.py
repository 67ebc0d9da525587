"""Cells of a plane that lie wholly inside or wholly outside a polygon or an ellipse.

Definition
    The box of a curve is cut into cells by steps on each axis's scale values: equal steps, or equal steps in each
    octave of |value| + offset, which follows logarithmic and biexponential scales. A cell is a border cell where the
    curve comes within 1e-9 of it on the display scale; elsewhere all its events have the same answer, since scales are
    accurate to 1e-14. So only events of border cells need the exact test.

Not decided here
    The exact test: see ``inside``.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.inside import Axis, Shape
from nktrial.cytometry.polygon import inside_polygon
from nktrial.cytometry.transforms import DOUBT, displayed, scale_of
from nktrial.model.gates import EllipsoidGate, Linear, PolygonGate, Transform

__all__ = ["BORDER", "Cells", "Octaves", "Steps", "raster"]

FloatArray: TypeAlias = NDArray[np.float64]
ByteArray: TypeAlias = NDArray[np.uint8]

MOST_STEPS: Final = 128  # of an axis; a table of 16 kB stays in the first-level cache and takes about 1 ms to make
MANTISSA_BITS: Final = 52
FINEST_BITS: Final = 12
BORDER: Final = 2


@dataclass(frozen=True, slots=True)
class Octaves:
    """Equal steps in each octave of |value| + offset.

    A step's number is that of the sum's bits above ``shift``, less ``key``; mirrored at 0 for a negative value; less
    ``first``.
    """

    shift: int
    key: int
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """How an axis's scale values are numbered.

    Parameters
    ----------
    offset : float
        See ``octaves``; else the value at which the first step begins.
    edges : (n + 1,) float
        Display values of the steps' ends, increasing.
    per_unit : float
        Equal steps in a unit of the scale: the number is floor((value - offset) * per_unit).
    octaves : Octaves or None
        Steps on a logarithmic or biexponential scale.
    """

    offset: float
    edges: FloatArray
    per_unit: float = 0.0
    octaves: Octaves | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Steps of both axes and the (rows, columns) answers: 1 inside, 0 outside, 2 border."""

    columns: Steps
    rows: Steps
    answers: ByteArray


def raster(shape: Shape) -> Cells | None:
    """Cut a two-dimensional curve's box into cells; None where it cannot be cut."""
    if isinstance(shape.gate, EllipsoidGate) and len(shape.axes) != 2:
        return None
    columns, rows = (_steps(axis) for axis in shape.axes)
    if columns is None or rows is None:
        return None
    if isinstance(shape.gate, PolygonGate):
        return Cells(columns, rows, _polygon_cells(shape.gate.vertices, columns.edges, rows.edges))
    if isinstance(shape.gate, EllipsoidGate) and shape.inverse is not None:
        centre = np.array(shape.gate.mean, dtype=np.float64)
        answers = _ellipse_cells(
            shape.inverse, shape.gate.distance_square, columns.edges - centre[0], rows.edges - centre[1]
        )
        return Cells(columns, rows, answers)
    return None


def _steps(axis: Axis) -> Steps | None:
    """Return the numbering of an axis's values between its bounds."""
    if axis.low is None or axis.high is None:
        return None
    low, high = axis.low[1], axis.high[2]
    if not (math.isfinite(low) and math.isfinite(high) and low < high and math.isfinite((high - low) * MOST_STEPS)):
        return None
    if axis.transform is None or isinstance(axis.transform, Linear):
        per_unit = MOST_STEPS / (high - low)
        ends = low + np.arange(MOST_STEPS + 1) / per_unit
        steps = Steps(low, displayed(axis.transform, ends), per_unit=per_unit)
    else:
        steps = _octave_steps(axis.transform, low, high)
    if steps.edges.size > 4 * MOST_STEPS or not math.isfinite(steps.per_unit):
        return None
    return steps if np.isfinite(steps.edges).all() and np.all(np.diff(steps.edges) >= 0) else None


def _octave_steps(transform: Transform, low: float, high: float) -> Steps:
    """Choose the offset where the scale turns from linear to logarithmic, and the finest steps that fit."""
    offset = _turning_point(transform, low, high)
    coarser = range(MANTISSA_BITS - FINEST_BITS, MANTISSA_BITS)
    shift = next((n for n in coarser if _number(high, offset, n) - _number(low, offset, n) < MOST_STEPS), MANTISSA_BITS)
    first, last, key = _number(low, offset, shift), _number(high, offset, shift), _upper_bits(offset, shift)
    numbers = np.arange(first, last + 2, dtype=np.int64)
    sizes = ((np.where(numbers < 0, -numbers, numbers) + key) << shift).view(np.float64) - offset
    ends = np.clip(np.where(numbers < 0, -sizes, sizes), low, high)
    ends[numbers == 0] = min(max(0.0, low), high)
    return Steps(offset, displayed(transform, ends), octaves=Octaves(shift, key, first))


def _turning_point(transform: Transform, low: float, high: float) -> float:
    """Return about the value at which the scale's slope has halved, above 0."""
    if low > 0.0:
        return low
    around = scale_of(transform, displayed(transform, np.array([0.0])) + np.array([-1e-3, 1e-3]))
    end = max(abs(low), high)
    top = displayed(transform, np.array([end / 2.0, end]))
    decay = float(top[1] - top[0]) / math.log(2.0)
    linear = float(around[1] - around[0]) / 2e-3 * decay
    return linear if math.isfinite(linear) and 0.0 < linear < end else end


def _upper_bits(size: float, shift: int) -> int:
    """Return the upper bits of a positive double."""
    return int(np.float64(size).view(np.int64)) >> shift


def _number(value: float, offset: float, shift: int) -> int:
    """Return the number of a value's step, from 0 upwards and from -1 downwards."""
    size = _upper_bits(abs(value) + offset, shift) - _upper_bits(offset, shift)
    return -1 - size if value < 0.0 else size


def _margin(edges: FloatArray) -> float:
    """Return the distance within which a curve makes a cell a border cell."""
    return DOUBT * (1.0 + abs(float(edges[0])) + abs(float(edges[-1])))


def _polygon_cells(vertices: FloatArray, columns: FloatArray, rows: FloatArray) -> ByteArray:
    """Mark the cells that an edge touches; each run of others in a row has one answer."""
    border = _touched(vertices, columns, rows)
    starts = ~border
    starts[:, 1:] &= border[:, :-1]
    row, column = np.nonzero(starts)
    centres = [(edges[:-1] + edges[1:]) / 2.0 for edges in (columns, rows)]
    inside = inside_polygon(vertices, centres[0][column], centres[1][row])
    turns = np.zeros(border.shape, dtype=np.int8)
    turns[row, column] = inside
    run = np.maximum.accumulate(np.where(starts, np.arange(border.shape[1]), 0), axis=1)
    answers = np.take_along_axis(turns, run, axis=1).astype(np.uint8)
    answers[border] = BORDER
    return answers


def _touched(vertices: FloatArray, columns: FloatArray, rows: FloatArray) -> NDArray[np.bool_]:
    """Tell which cells come within the margin of an edge, one strip of cells and one edge at a time, all at once."""
    margin_x, margin_y = _margin(columns), _margin(rows)
    touches = np.zeros((rows.size - 1, columns.size), dtype=np.int32)
    strip = np.arange(rows.size - 1)
    for (ax, ay), (bx, by) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        low, high = rows[:-1] - margin_y, rows[1:] + margin_y
        met = strip[(high >= min(ay, by)) & (low <= max(ay, by))]
        if ay == by:
            ends = np.array([[ax], [bx]]) + np.zeros(met.size)
        else:
            part = (np.clip(np.stack([low[met], high[met]]), min(ay, by), max(ay, by)) - ay) / (by - ay)
            ends = ax + part * (bx - ax)
        left = np.searchsorted(columns[1:] + margin_x, ends.min(axis=0), side="left")
        right = np.searchsorted(columns[:-1] - margin_x, ends.max(axis=0), side="right")
        crossed = left < right
        touches[met[crossed], left[crossed]] += 1
        touches[met[crossed], right[crossed]] -= 1
    return np.asarray(np.cumsum(touches, axis=1)[:, :-1] > 0)


def _ellipse_cells(inverse: FloatArray, limit: float, columns: FloatArray, rows: FloatArray) -> ByteArray:
    """Bound the squared distance over each cell by its value at the centre and its steepest rise."""
    x, y = (columns[:-1] + columns[1:]) / 2.0, ((rows[:-1] + rows[1:]) / 2.0)[:, None]
    half_x, half_y = np.diff(columns) / 2.0 + _margin(columns), (np.diff(rows) / 2.0 + _margin(rows))[:, None]
    a, b, c = inverse[0, 0], (inverse[0, 1] + inverse[1, 0]) / 2.0, inverse[1, 1]
    distance = a * x * x + 2.0 * b * x * y + c * y * y
    slope = 2.0 * (np.abs(a * x + b * y) * half_x + np.abs(b * x + c * y) * half_y)
    reach = slope + a * half_x * half_x + 2.0 * abs(b) * half_x * half_y + c * half_y * half_y
    reach += DOUBT * (a * x * x + 2.0 * np.abs(b * x * y) + c * y * y + limit)
    answers = np.full(distance.shape, BORDER, dtype=np.uint8)
    answers[distance + reach < limit] = 1
    answers[distance - reach > limit] = 0
    return answers
