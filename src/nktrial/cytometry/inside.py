"""Events inside one gate, among given events of a block.

Definition
    Rectangle: low <= display value < high in every dimension. Polygon: see ``polygon``, or ``flowjo_bins`` where it is
    to be evaluated in FlowJo's bins. Ellipsoid: squared Mahalanobis distance <= distance_square. A gate that is turned
    outside in holds the parent's other events. Events are transformed only where their side of a bound is in doubt
    (rectangle) or they lie in the bounding box (polygon); the result equals that of transforming all.

Not decided here
    Parents and boolean gates: see ``strategy``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.flowjo_bins import event_bins, inside_binned
from nktrial.cytometry.polygon import inside_polygon
from nktrial.cytometry.readout import Readings, Readout, read_column, readout
from nktrial.cytometry.scale import EventBlock
from nktrial.cytometry.transforms import displayed, scale_bracket
from nktrial.model.gates import Bounded, EllipsoidGate, Log, PolygonGate, RectangleGate, Transform

__all__ = ["Axis", "Columns", "Shape", "gate_axes", "inside", "shape_of"]

FloatArray: TypeAlias = NDArray[np.float64]
IndexArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]
Bracket: TypeAlias = tuple[float, float, float]  # the bound on the display scale, below it, at or above it


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a gate in one file, with its bounds; a polygon's or ellipse's bounds are those of its box."""

    source: Readout
    transform: Transform | None
    low: Bracket | None
    high: Bracket | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A gate ready to be applied to events."""

    gate: RectangleGate | PolygonGate | EllipsoidGate
    axes: tuple[Axis, ...]
    inverse: FloatArray | None = None


class Columns:
    """The readouts of one block, computed once each and only where a gate asks."""

    __slots__ = ("_block", "_known")

    def __init__(self, block: EventBlock) -> None:
        self._block = block
        self._known: dict[Readout, FloatArray] = {}

    def of(self, source: Readout, events: IndexArray | None) -> FloatArray:
        """Return the scale values of the given events (None: all of the block)."""
        column = self._known.get(source)
        if column is None:
            column = self._known[source] = read_column(source, self._block)
        return column if events is None else column.take(events)


def gate_axes(gate: RectangleGate | PolygonGate | EllipsoidGate, known: Readings) -> tuple[Axis, ...]:
    """Return a gate's dimensions in one file, with the brackets of their bounds."""
    boxes = _boxes(gate)
    axes = []
    for dimension, (low, high) in zip(gate.dimensions, boxes, strict=True):
        source, transform = readout(dimension, known, gate.id)
        axes.append(Axis(source, transform, _bracket(transform, low), _bracket(transform, high)))
    return tuple(axes)


def shape_of(gate: RectangleGate | PolygonGate | EllipsoidGate, known: Readings) -> Shape:
    """Prepare a gate for one file.

    Raises
    ------
    MethodError
        NK-CYT-12 an ellipsoid's covariance is not positive definite; else as ``readout``.
    """
    inverse = None
    if isinstance(gate, EllipsoidGate):
        covariance = np.array(gate.covariance, dtype=np.float64)
        if not np.allclose(covariance, covariance.T) or bool(np.any(np.linalg.eigvalsh(covariance) <= 0)):
            raise MethodError("NK-CYT-12", f"the covariance of ellipsoid gate {gate.id!r} is not positive definite.")
        inverse = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    return Shape(gate, gate_axes(gate, known), inverse)


def inside(shape: Shape, columns: Columns, events: IndexArray) -> IndexArray:
    """Return the events of a block that lie inside a gate.

    Parameters
    ----------
    shape : Shape
        The gate.
    columns : Columns
        The block.
    events : (n,) int
        Positions in the block: the parent's events, increasing.

    Returns
    -------
    (m,) int
        Those inside, increasing.
    """
    found = _inside(shape, columns, events)
    if not shape.gate.outside or not events.size:
        return found
    others = np.ones(int(events[-1]) + 1, dtype=np.bool_)
    others[found] = False
    return events[others[events]]


def _inside(shape: Shape, columns: Columns, events: IndexArray) -> IndexArray:
    """Return the events within the outline itself."""
    exact = isinstance(shape.gate, RectangleGate)
    for axis in shape.axes:
        if events.size:
            events = _within(axis, columns, events, exact=exact)
    if exact or not events.size:
        return events
    if isinstance(shape.gate, PolygonGate) and shape.gate.bin_vertices is not None:
        x, y = (event_bins(axis.transform, columns.of(axis.source, events)) for axis in shape.axes)
        return events[inside_binned(shape.gate.bin_vertices, x, y)]
    shown = [displayed(axis.transform, columns.of(axis.source, events)) for axis in shape.axes]
    return events[_in_curve(shape, shown)]


def _within(axis: Axis, columns: Columns, events: IndexArray, *, exact: bool) -> IndexArray:
    """Keep the events between an axis's bounds; where not ``exact``, keep those in doubt too."""
    scale = axis.transform.scale if isinstance(axis.transform, Bounded) else axis.transform
    if axis.low is None and axis.high is None and not isinstance(scale, Log) and axis.source.ratio is None:
        return events
    values = columns.of(axis.source, events)
    keep = values >= 0.0 if isinstance(scale, Log) else values == values  # noqa: PLR0124
    if axis.low is not None:
        keep &= _at_or_above(axis, axis.low, values) if exact else values >= axis.low[1]
    if axis.high is not None:
        keep &= ~_at_or_above(axis, axis.high, values) if exact else values < axis.high[2]
    return events if keep.all() else events[keep]


def _at_or_above(axis: Axis, bracket: Bracket, values: FloatArray) -> BoolArray:
    """Tell which display values are at or above a bound, transforming only those in doubt."""
    bound, below, above = bracket
    result = values >= above
    if below < above:
        doubt = np.flatnonzero((values >= below) & (values < above))
        if doubt.size:
            result[doubt] = displayed(axis.transform, values[doubt]) >= bound
    return result


def _in_curve(shape: Shape, shown: Sequence[FloatArray]) -> BoolArray:
    """Apply a polygon or an ellipsoid to display values."""
    if isinstance(shape.gate, PolygonGate):
        return inside_polygon(shape.gate.vertices, shown[0], shown[1])
    if not isinstance(shape.gate, EllipsoidGate) or shape.inverse is None:
        return np.ones(shown[0].shape, dtype=np.bool_)
    offsets = [values - centre for values, centre in zip(shown, shape.gate.mean, strict=True)]
    distance = np.zeros(shown[0].shape, dtype=np.float64)
    for column, offset in enumerate(offsets):
        turned = np.zeros(offset.shape, dtype=np.float64)
        for row, other in enumerate(offsets):
            turned += other * shape.inverse[row, column]
        distance += turned * offset
    return distance <= shape.gate.distance_square


def _bracket(transform: Transform | None, bound: float | None) -> Bracket | None:
    """Return a bound with the scale values that are surely on one side of it."""
    return None if bound is None else (bound, *scale_bracket(transform, bound))


def _boxes(gate: RectangleGate | PolygonGate | EllipsoidGate) -> list[tuple[float | None, float | None]]:
    """Return the bounds of each dimension on the display scale."""
    if isinstance(gate, RectangleGate):
        return [(dimension.low, dimension.high) for dimension in gate.dimensions]
    if isinstance(gate, PolygonGate) and gate.bin_vertices is not None:
        return [(None, None), (None, None)]
    if isinstance(gate, PolygonGate):
        low, high = gate.vertices.min(axis=0), gate.vertices.max(axis=0)
    else:
        half = np.sqrt(np.diag(np.array(gate.covariance, dtype=np.float64)) * gate.distance_square)
        low, high = np.array(gate.mean) - half, np.array(gate.mean) + half
    slack = 1e-9 * (1.0 + np.abs(low) + np.abs(high))
    return [(float(a), float(b)) for a, b in zip(low - slack, high + slack, strict=True)]
