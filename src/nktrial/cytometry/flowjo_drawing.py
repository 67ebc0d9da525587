"""From gates to a sample of a FlowJo workspace: the inverse of ``flowjo_strategy``.

Definition
    Bounds and corners are put back into scale values, ellipses into 256ths of the display scale. FlowJo has one scale a
    channel: a strategy that shows a channel on two scales, or that holds what FlowJo cannot, is refused by name; so
    nothing is lost on the way.

Not decided here
    The file: see ``nktrial.formats.flowjo_write``.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from nktrial.core.errors import MethodError
from nktrial.cytometry.transforms import scale_of
from nktrial.model.events import Channel, Spillover
from nktrial.model.gate_tree import dependency_order, gate_paths
from nktrial.model.gates import (
    FROM_FILE,
    UNCOMPENSATED,
    Asinh,
    Biex,
    BooleanGate,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    Linear,
    Log,
    Logicle,
    OffsetLog,
    PolygonGate,
    Range,
    RectangleGate,
    SpectrumMatrix,
    Transform,
)
from nktrial.model.workspace import DrawnAxis, DrawnBoolean, DrawnGate, DrawnPopulation, WorkspaceSample

__all__ = ["drawn_sample"]

PREFIX: Final = "Comp-"
CHANNELS: Final = 256.0
BINS: Final = 256


def drawn_sample(
    strategy: GatingStrategy,
    channels: Sequence[Channel],
    spillover: Spillover | None,
    *,
    sample_id: str,
    file_name: str,
    fil: str,
    events: int,
    counts: Mapping[str, int],
) -> WorkspaceSample:
    """Return a sample of a workspace for a file and its gates.

    Parameters
    ----------
    strategy : GatingStrategy
        The gates.
    channels : sequence of Channel
        Of the file.
    spillover : Spillover or None
        The file's own matrix, for gates that ask for it.
    sample_id, file_name, fil, events
        What the workspace states of the file.
    counts : mapping
        Path -> events, to stand beside the gates.

    Raises
    ------
    MethodError
        NK-WSP-20 FlowJo has no such gate, scale or compensation; the message names it.
    """
    maker = _Drawer(strategy, spillover)
    paths = gate_paths(strategy.gates)
    populations = tuple(
        DrawnPopulation(
            paths[gate.id],
            None if gate.parent is None else paths[gate.parent],
            gate.name or gate.id,
            maker.drawn(gate, paths),
            counts.get(paths[gate.id]),
        )
        for gate in dependency_order(strategy.gates)[0]
    )
    scales: dict[str, Transform | str] = {
        channel.name: Range(0.0, max(channel.top, 1.0)) for channel in channels
    } | maker.scales
    return WorkspaceSample(sample_id, file_name, file_name, fil, events, scales, maker.matrix, populations)


def _refused(gate: Gate, problem: str) -> MethodError:
    return MethodError(
        "NK-WSP-20",
        f"gate {gate.id!r} cannot be written for FlowJo: {problem}.",
        remedy="Write the gates as Gating-ML instead.",
    )


class _Drawer:
    """Draws the gates of one strategy; remembers the scale of each channel and the one matrix."""

    def __init__(self, strategy: GatingStrategy, spillover: Spillover | None) -> None:
        self._strategy = strategy
        self._spillover = spillover
        self._matrix_id: str | None = None
        self.matrix: SpectrumMatrix | None = None
        self.scales: dict[str, Transform | str] = {}

    def drawn(self, gate: Gate, paths: Mapping[str, str]) -> DrawnGate | DrawnBoolean:
        """Return a gate as FlowJo would store it."""
        if isinstance(gate, BooleanGate):
            if any(operand.complement for operand in gate.operands):
                raise _refused(gate, "FlowJo has no complement within a boolean gate")
            return DrawnBoolean(gate.operator, tuple(paths[operand.gate] for operand in gate.operands))
        if len(gate.dimensions) > 2:
            raise _refused(gate, f"it has {len(gate.dimensions)} dimensions, FlowJo's gates have at most 2")
        names = [self._name(gate, dimension) for dimension in gate.dimensions]
        scales = [self._scale(gate, dimension, name) for dimension, name in zip(gate.dimensions, names, strict=True)]
        if isinstance(gate, RectangleGate):
            return self._rectangle(gate, names)
        axes = tuple(map(DrawnAxis, names))
        if isinstance(gate, PolygonGate):
            columns = [
                scale_of(self._transform(one), gate.vertices[:, axis]) for axis, one in enumerate(gate.dimensions)
            ]
            points = tuple((float(x), float(y)) for x, y in zip(*columns, strict=True))
            return DrawnGate("polygon", axes, points, outside=gate.outside, bins=BINS)
        if any(scale is None for scale in scales):
            raise _refused(gate, "FlowJo's ellipses stand on a display scale, this one on scale values")
        return _ellipse(gate, axes)

    def _rectangle(self, gate: RectangleGate, names: Sequence[str]) -> DrawnGate:
        axes = tuple(
            DrawnAxis(name, *(self._scale_value(dimension, bound) for bound in (dimension.low, dimension.high)))
            for name, dimension in zip(names, gate.dimensions, strict=True)
        )
        return DrawnGate("rectangle", axes, outside=gate.outside)

    def _scale_value(self, dimension: Dimension, bound: float | None) -> float | None:
        return None if bound is None else float(scale_of(self._transform(dimension), np.array([bound]))[0])

    def _transform(self, dimension: Dimension) -> Transform | None:
        return None if dimension.transform is None else self._strategy.transforms[dimension.transform]

    def _name(self, gate: Gate, dimension: Dimension) -> str:
        """Return the channel as FlowJo names it: with a prefix where it is compensated."""
        if dimension.ratio is not None:
            raise _refused(gate, "FlowJo has no gates on a ratio of two channels")
        if dimension.compensation == UNCOMPENSATED:
            return dimension.channel
        if self._matrix_id not in (None, dimension.compensation):
            raise _refused(gate, "FlowJo compensates a sample by one matrix, the gates ask for two")
        self._matrix_id = dimension.compensation
        if self.matrix is None:
            self.matrix = self._flowjo_matrix(gate, dimension.compensation)
        source = self._strategy.matrices.get(dimension.compensation)
        names = self.matrix.detectors if source is None else source.fluorochromes
        if dimension.channel in names:
            return self.matrix.fluorochromes[names.index(dimension.channel)]
        if dimension.channel in self.matrix.detectors:
            return self.matrix.fluorochromes[self.matrix.detectors.index(dimension.channel)]
        return dimension.channel  # the matrix leaves it as it is

    def _flowjo_matrix(self, gate: Gate, compensation: str) -> SpectrumMatrix:
        """Return the matrix with dyes named as FlowJo names compensated channels."""
        if compensation == FROM_FILE:
            if self._spillover is None:
                return SpectrumMatrix((), (), ())
            rows = tuple(tuple(float(value) for value in row) for row in self._spillover.matrix)
            detectors = self._spillover.channels
        else:
            source = self._strategy.matrices[compensation]
            if len(source.detectors) != len(source.fluorochromes):
                raise _refused(gate, "FlowJo's conventional compensation has as many dyes as detectors")
            rows, detectors = source.rows, source.detectors
        return SpectrumMatrix(tuple(PREFIX + name for name in detectors), detectors, rows)

    def _scale(self, gate: Gate, dimension: Dimension, name: str) -> Transform | None:
        """Return and register the scale of a channel, None where the gate is in scale values."""
        scale_id = dimension.transform or dimension.shown
        if scale_id is None:
            return None
        scale = _flowjo_scale(gate, self._strategy.transforms[scale_id])
        if self.scales.setdefault(name, scale) != scale:
            raise _refused(gate, f"channel {name!r} stands on two scales, FlowJo has one a channel")
        return scale


def _flowjo_scale(gate: Gate, scale: Transform) -> Transform:
    """Return the scale as one of FlowJo's."""
    match scale:
        case Biex() | OffsetLog() | Range() | Logicle() | Asinh():
            return scale
        case Linear(T, A):
            return Range(-A, T)
        case Log(T, M):
            return OffsetLog(T * 10.0**-M, M)
        case _:
            raise _refused(gate, f"FlowJo has no {type(scale).__name__.lower()} scale")


def _ellipse(gate: EllipsoidGate, axes: tuple[DrawnAxis, ...]) -> DrawnGate:
    """Return foci, edge and sum of distances in 256ths of the display scale."""
    size, turn = np.linalg.eigh(np.array(gate.covariance) * gate.distance_square * CHANNELS**2)
    short, long = np.sqrt(size)
    centre = np.array(gate.mean) * CHANNELS
    focal = np.sqrt(long**2 - short**2) * turn[:, 1]
    ends = (turn[:, 1] * long, turn[:, 0] * short)
    edge = [centre - ends[0], centre + ends[0], centre - ends[1], centre + ends[1]]
    foci = [centre - focal, centre + focal]
    return DrawnGate(
        "ellipse",
        axes,
        foci=tuple((float(x), float(y)) for x, y in foci),
        edge=tuple((float(x), float(y)) for x, y in edge),
        distance=2.0 * float(long),
        outside=gate.outside,
    )
