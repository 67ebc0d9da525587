"""Density of a gate's parent under the gate, for drawing.

Definition
    The parent's events are counted in 128 x 128 cells of the display scale. A gate in one dimension is shown against
    side scatter (else forward scatter, else another channel) on a linear scale. Events outside the axes are not drawn;
    the counts beside the picture are those of gating.

Not decided here
    How it is drawn, and how it is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.axes import Ticks, axis_label, axis_range, axis_ticks
from nktrial.cytometry.inside import Columns
from nktrial.cytometry.outline import Outline, Range, gate_outline
from nktrial.cytometry.readout import Readings, Readout, readings, readout
from nktrial.cytometry.scale import EventBlock, time_step
from nktrial.cytometry.strategy import BLOCK_EVENTS, Gated
from nktrial.cytometry.transforms import displayed
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gate_tree import gate_paths
from nktrial.model.gates import (
    UNCOMPENSATED,
    BooleanGate,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    PolygonGate,
    RectangleGate,
    Transform,
)
from nktrial.model.method import Method

__all__ = ["METHOD", "GateDensity", "gate_densities"]

METHOD: Final = Method(name="cytometry.density", version=1, source="two-dimensional histogram on the display scale")
FloatArray: TypeAlias = NDArray[np.float64]

CELLS: Final = 128
SECOND_AXES: Final = ("SSC-A", "SSC-H", "FSC-A", "FSC-H")


@dataclass(frozen=True, slots=True, eq=False)
class GateDensity:
    """One gate's picture; fields as in `nktrial.model.results.GateView`, ``counts`` (rows y, columns x) unpacked."""

    path: str
    parent_path: str
    x_label: str
    y_label: str
    x_range: Range
    y_range: Range
    x_ticks: Ticks
    y_ticks: Ticks
    counts: NDArray[np.uint32]
    outline: Outline
    count: int
    parent_count: int


def gate_densities(
    matrix: EventMatrix, strategy: GatingStrategy, gated: Gated, *, cells: int = CELLS
) -> tuple[GateDensity, ...]:
    """Return the pictures of all gates with one or two dimensions, in gate order.

    Parameters
    ----------
    matrix : EventMatrix
        The events.
    strategy : GatingStrategy
        The gates.
    gated : Gated
        Result of ``gate_events`` on both, with membership.
    cells : int
        Cells along each axis.

    Returns
    -------
    tuple of GateDensity
        Boolean gates and gates with three or more dimensions have none.

    Raises
    ------
    MethodError
        NK-CYT-20 the result has no membership.
    """
    if not gated.membership and strategy.gates:
        raise MethodError("NK-CYT-20", "the gating result has no membership.", remedy="Gate with membership=True.")
    known = readings(strategy, matrix)
    paths = gate_paths(strategy.gates)
    populations = {population.gate: population for population in gated.populations}
    pictures = []
    for gate in strategy.gates:
        if isinstance(gate, BooleanGate) or len(gate.dimensions) > 2:
            continue
        parent_path = "" if gate.parent is None else paths[gate.parent]
        parent = gated.membership[parent_path] if parent_path else None
        count, parent_count = populations[gate.id].count, populations[gate.id].parent_count
        picture = _picture(matrix, known, gate, parent, cells)
        pictures.append(GateDensity(paths[gate.id], parent_path, *picture, count, parent_count))
    return tuple(pictures)


def _picture(
    matrix: EventMatrix,
    known: Readings,
    gate: RectangleGate | PolygonGate | EllipsoidGate,
    parent: NDArray[np.bool_] | None,
    cells: int,
) -> tuple[str, str, Range, Range, Ticks, Ticks, NDArray[np.uint32], Outline]:
    """Return everything of a picture but its paths and counts."""
    dimensions = _two_dimensions(gate, matrix.channels)
    sources = [readout(dimension, known, gate.id) for dimension in dimensions]
    x, y = _display_values(matrix, sources, parent)
    (x_low, x_high), (y_low, y_high) = (
        axis_range(values, bounds) for values, bounds in zip((x, y), _bounds(gate), strict=True)
    )
    counts, _, _ = np.histogram2d(y, x, bins=cells, range=((y_low, y_high), (x_low, x_high)))
    labels = [axis_label(item, matrix.channels, known.ratios.get(item.ratio or "")) for item in dimensions]
    return (
        labels[0],
        labels[1],
        (x_low, x_high),
        (y_low, y_high),
        axis_ticks(sources[0][1], x_low, x_high),
        axis_ticks(sources[1][1], y_low, y_high),
        counts.astype(np.uint32),
        gate_outline(gate, (x_low, x_high), (y_low, y_high)),
    )


def _two_dimensions(gate: Gate, channels: Sequence[Channel]) -> tuple[Dimension, Dimension]:
    """Return the gate's dimensions, with scatter as the second of a gate that has one."""
    dimensions = () if isinstance(gate, BooleanGate) else gate.dimensions
    if len(dimensions) == 2:
        return dimensions[0], dimensions[1]
    names = [channel.name for channel in channels]
    others = [name for name in (*SECOND_AXES, *names) if name in names and name != dimensions[0].channel]
    return dimensions[0], Dimension(others[0] if others else dimensions[0].channel, UNCOMPENSATED)


def _display_values(
    matrix: EventMatrix, sources: Sequence[tuple[Readout, Transform | None]], parent: NDArray[np.bool_] | None
) -> tuple[FloatArray, FloatArray]:
    """Return the display values of the parent's events that are finite on both axes."""
    step = time_step(matrix)
    found: tuple[list[FloatArray], list[FloatArray]] = ([], [])
    for start in range(0, matrix.values.shape[0], BLOCK_EVENTS):
        stop = start + BLOCK_EVENTS
        columns = Columns(EventBlock(matrix.values[start:stop], matrix.channels, step))
        events = None if parent is None else np.flatnonzero(parent[start:stop])
        if events is not None and not events.size:
            continue
        values = [displayed(transform, columns.of(source, events)) for source, transform in sources]
        good = np.isfinite(values[0]) & np.isfinite(values[1])
        for kept, value in zip(found, values, strict=True):
            kept.append(value[good])
    x, y = (np.concatenate(kept) if kept else np.zeros(0) for kept in found)
    return x, y


def _bounds(gate: RectangleGate | PolygonGate | EllipsoidGate) -> tuple[list[float], list[float]]:
    """Return the gate's finite bounds on each axis."""
    if isinstance(gate, PolygonGate):
        return [float(value) for value in gate.vertices[:, 0]], [float(value) for value in gate.vertices[:, 1]]
    if isinstance(gate, EllipsoidGate):
        half = np.sqrt(np.diag(np.array(gate.covariance)) * gate.distance_square)
        low, high = np.array(gate.mean) - half, np.array(gate.mean) + half
        return [float(low[0]), float(high[0])], [float(low[1]), float(high[1])]
    bounds = [[value for value in (item.low, item.high) if value is not None] for item in gate.dimensions]
    return bounds[0], bounds[1] if len(bounds) > 1 else []
