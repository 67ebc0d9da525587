"""Plane of a picture: two dimensions, their axes, and the events of one or more samples counted on them.

Definition
    The axes are those on which the dimensions are shown (see ``shown``); all samples share them, and they cover the
    bounds of all gates given. Events are counted in square cells of the display scale; an event beyond the axes is
    counted in the cell at their edge, so that none is lost. Events without a finite display value on both axes
    (negative ones on a logarithmic scale) have no place and are left out.

Not decided here
    Which gates share a plane.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.axes import Ticks, axis_label, axis_range, axis_ticks
from nktrial.cytometry.display import Readable
from nktrial.cytometry.outline import Outline, Range, gate_outline
from nktrial.cytometry.readout import readout
from nktrial.cytometry.scale import TIME_NAME
from nktrial.cytometry.shown import DrawnGate, shown_gate, shown_scale
from nktrial.cytometry.strategy import BLOCK_EVENTS
from nktrial.model.events import Channel
from nktrial.model.gates import (
    UNCOMPENSATED,
    Dimension,
    EllipsoidGate,
    PolygonGate,
)

__all__ = ["DrawnGate", "Plane", "PlaneKey", "plane", "plane_key"]

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
PlaneKey: TypeAlias = tuple[str | None, Dimension, Dimension]

SECOND_AXES: Final = ("SSC-A", "SSC-H", "FSC-A", "FSC-H")


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Axes, the (rows y, columns x) counts of each sample, and the outline of each gate."""

    x_label: str
    y_label: str
    x_range: Range
    y_range: Range
    x_ticks: Ticks
    y_ticks: Ticks
    counts: tuple[NDArray[np.uint32], ...]
    outlines: tuple[Outline, ...]


def plane_key(gate: DrawnGate, channels: Sequence[Channel]) -> PlaneKey:
    """Return the parent and the two dimensions as they are shown, without bounds: gates of one key share a picture."""
    first, *others = [
        replace(item, low=None, high=None, transform=item.transform or item.shown, shown=None)
        for item in gate.dimensions
    ]
    return gate.parent, first, others[0] if others else _second_axis(first, channels)


def plane(
    samples: Sequence[tuple[Readable, BoolArray | None]],
    dimensions: tuple[Dimension, Dimension],
    gates: Sequence[DrawnGate],
    cells: int,
) -> Plane:
    """Count samples on the same two dimensions.

    Parameters
    ----------
    samples : sequence of (Readable, (n,) bool or None)
        Each file with its parent's events; None: all.
    dimensions : (Dimension, Dimension)
        x and y.
    gates : sequence of gates
        Whose bounds the axes shall show.
    cells : int
        Along each axis.

    Returns
    -------
    Plane
        Labels are those of the first sample.

    Raises
    ------
    MethodError
        As ``readout``: NK-CYT-10, NK-CYT-11.
    """
    first = samples[0][0]
    scales = tuple(shown_scale(item, first.matrix.channels, first.known) for item in dimensions)
    sources = [[readout(item, sample.known, gates[0].id)[0] for item in dimensions] for sample, _ in samples]
    shown = [
        sample.shown((x, scales[0]), (y, scales[1]), parent)
        for (sample, parent), (x, y) in zip(samples, sources, strict=True)
    ]
    drawn = [shown_gate(gate, scales) for gate in gates]
    bounds = [_bounds(gate) for gate in drawn]
    x_range, y_range = (
        axis_range([values[axis] for values in shown], [bound for each in bounds for bound in each[axis]])
        for axis in (0, 1)
    )
    labels = [axis_label(item, first.matrix.channels, first.known.ratios.get(item.ratio or "")) for item in dimensions]
    return Plane(
        labels[0],
        labels[1],
        x_range,
        y_range,
        axis_ticks(scales[0], *x_range),
        axis_ticks(scales[1], *y_range),
        tuple(_counted(x, y, x_range, y_range, cells) for x, y in shown),
        tuple(gate_outline(gate, x_range, y_range) for gate in drawn),
    )


def _second_axis(first: Dimension, channels: Sequence[Channel]) -> Dimension:
    """Return scatter, or else another channel on the scale of the first, for a gate that has one dimension."""
    names = [
        channel.name for channel in channels if channel.name.lower() != TIME_NAME and channel.name != first.channel
    ]
    scatter = next((name for name in SECOND_AXES if name in names), None)
    if scatter is not None:
        return Dimension(scatter, UNCOMPENSATED)
    return replace(first, channel=names[0] if names else first.channel, ratio=None)


def _counted(x: FloatArray, y: FloatArray, x_range: Range, y_range: Range, cells: int) -> NDArray[np.uint32]:
    """Count events in cells; those beyond the axes in the cells at their edge."""
    place = np.empty(x.shape, dtype=np.intp)
    for start in range(0, x.size, BLOCK_EVENTS):
        part = slice(start, start + BLOCK_EVENTS)
        place[part] = _cell(x[part], x_range, cells)
        place[part] += cells * _cell(y[part], y_range, cells)
    return np.bincount(place, minlength=cells * cells).reshape(cells, cells).astype(np.uint32)


def _cell(values: FloatArray, limits: Range, cells: int) -> NDArray[np.intp]:
    """Return the cells along one axis."""
    low, high = limits
    along = values - low
    along *= cells / (high - low)
    np.clip(along, 0, cells - 1, out=along)
    return along.astype(np.intp)


def _bounds(gate: DrawnGate) -> tuple[list[float], list[float]]:
    """Return the bounds of a gate on each axis, where it has any."""
    if isinstance(gate, PolygonGate):
        return [float(value) for value in gate.vertices[:, 0]], [float(value) for value in gate.vertices[:, 1]]
    if isinstance(gate, EllipsoidGate):
        half = np.sqrt(np.diag(np.array(gate.covariance)) * gate.distance_square)
        low, high = np.array(gate.mean) - half, np.array(gate.mean) + half
        return [float(low[0]), float(high[0])], [float(low[1]), float(high[1])]
    bounds = [[value for value in (item.low, item.high) if value is not None] for item in gate.dimensions]
    return bounds[0], bounds[1] if len(bounds) > 1 else []
