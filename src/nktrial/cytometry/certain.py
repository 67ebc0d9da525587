"""Populations of the events that comparisons alone decide, by the compiled kernel where there is one.

Definition
    A rectangle's bound is two scale values that enclose it; a polygon or an ellipse is a table of cells (``raster``).
    The kernel decides the events that lie on one side of all of them. It lists the others, among them all with a value
    that is not finite, for the exact code. So what it counts is what the exact code would have counted.

Not decided here
    The doubtful events: see ``steps``.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.inside import Axis, Shape
from nktrial.cytometry.raster import Cells, Steps, raster
from nktrial.cytometry.readout import Readout
from nktrial.cytometry.scale import TIME_NAME, EventBlock
from nktrial.cytometry.steps import Step, channels_read
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import Asinh, EllipsoidGate, Hyperlog, Linear, Log, Logicle, PolygonGate, RectangleGate

__all__ = ["KERNEL", "Plan", "plan_of"]

IntArray: TypeAlias = NDArray[np.int64]
Classify: TypeAlias = Callable[..., int]

FORMAT: Final = 2  # of the plan; a kernel that was compiled for another one is not used


def _compiled() -> Classify | None:
    """Return the kernel, or None where it was not compiled: the exact code then does all."""
    try:
        from nktrial.cytometry import _kernel  # noqa: PLC0415  # there only where a compiler was
    except ImportError:
        return None
    return _kernel.classify if _kernel.FORMAT == FORMAT else None


KERNEL: Final = _compiled()

CODES: Final = {"f4": "f", "f8": "d", "u1": "B", "u2": "H", "u4": "I", "u8": "Q"}
SCALES: Final = (type(None), Linear, Asinh, Logicle, Hyperlog, Log)
OPERATORS: Final = {"and": 1, "or": 2, "not": 3}
CURVE: Final = 0
LOOKUP_BYTES: Final = 2  # a table of 65,536 values at most
NO_BOUND_BELOW: Final = (math.nan, -math.inf)  # no value is below, every number is at or above
NO_BOUND_ABOVE: Final = (math.inf, math.nan)
NO_CELLS: Final = (-1, *(0,) * 10)
NO_GRID: Final = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A strategy as the kernel reads it, for values of one type; see ``_kernel.c`` for the parts."""

    classify: Classify
    dtype: np.dtype[Any]
    parts: tuple[NDArray[Any], ...]

    def sure(
        self, rows: NDArray[Any], counts: IntArray, members: NDArray[np.bool_] | None, *, first: int = 0
    ) -> IntArray:
        """Add the sure events of a block to the counts and members, and return the rows of the doubtful ones.

        Parameters
        ----------
        rows : (n, n_channels)
            Raw values of a block, of any strides.
        counts : (n_gates,) int64
            Added to, in the order of the steps.
        members : (n_gates, n_events) bool or None
            Set where an event is in a population.
        first : int
            The block's first event in ``members``.
        """
        doubtful = np.empty(rows.shape[0], dtype=np.int64)
        code = CODES[self.dtype.str[1:]]
        found = self.classify(rows, code, not self.dtype.isnative, self.parts, counts, doubtful, members, first)
        return doubtful[:found]


@dataclass(frozen=True, slots=True, eq=False)
class _Scaling:
    """Factor, divisor, and for a logarithmic channel the scale value of every raw value in place of both."""

    factor: float
    divisor: float
    lookup: NDArray[np.float64] | None


def plan_of(matrix: EventMatrix, steps: Sequence[Step], step_seconds: float) -> Plan | None:
    """Prepare the kernel's work, or return None where only the exact code will do.

    It will where the kernel is not built, values are neither floats nor unsigned integers, a channel is logarithmic
    with more than 16 bits, a dimension is a ratio, or a scale or a kind of gate is unknown here.
    """
    dtype = matrix.values.dtype
    if KERNEL is None or dtype.str[1:] not in CODES or not all(_is_known(step.shape) for step in steps if step.shape):
        return None
    needed = channels_read(steps)
    scalings = [_scaling(matrix.channels[channel], dtype, step_seconds) for channel in needed]
    if any(scaling is None for scaling in scalings):
        return None
    draft = _Draft({channel: place for place, channel in enumerate(needed)})
    for step in steps:
        draft.add(step)
    return Plan(KERNEL, dtype, draft.parts(needed, [scaling for scaling in scalings if scaling is not None]))


def _is_known(shape: Shape) -> bool:
    """Tell whether the kernel knows all of a gate's scales, and all that the gate says."""
    if any(axis.source.ratio is not None or type(axis.transform) not in SCALES for axis in shape.axes):
        return False
    gate = replace(shape.gate, name="")  # a name changes no event
    match gate:
        case RectangleGate(gate_id, parent, dimensions):
            return gate == RectangleGate(gate_id, parent, dimensions)
        case PolygonGate():
            return gate == PolygonGate(gate.id, gate.parent, gate.dimensions, gate.vertices)
        case EllipsoidGate(gate_id, parent, dimensions, mean, covariance, distance):
            return gate == EllipsoidGate(gate_id, parent, dimensions, mean, covariance, distance)


def _scaling(channel: Channel, dtype: np.dtype[Any], step_seconds: float) -> _Scaling | None:
    """Return how a channel's raw values become scale values; None where a logarithm would need too large a table."""
    if channel.name.lower() == TIME_NAME:
        return _Scaling(step_seconds, 1.0, None)
    if channel.decades > 0:
        if dtype.kind != "u" or dtype.itemsize > LOOKUP_BYTES:
            return None
        raw = np.arange(1 << 8 * dtype.itemsize, dtype=np.int64)[:, None]
        return _Scaling(1.0, 1.0, EventBlock(raw, (channel,), step_seconds).scale(0))
    return _Scaling(1.0, channel.gain or 1.0, None)


class _Draft:
    """The parts of a plan while gates are added."""

    def __init__(self, columns: dict[int, int]) -> None:
        self._columns = columns
        self._places: dict[str, int] = {}
        self._readouts: dict[Readout, int] = {}
        self._gates: list[tuple[int, ...]] = []
        self._axes: list[int] = []
        self._bounds: list[tuple[float, ...]] = []
        self._operands: list[tuple[int, int]] = []
        self._grids: list[tuple[float, ...]] = []
        self._corners: list[tuple[float, float]] = []
        self._tables: list[NDArray[np.uint8]] = [np.zeros(0, dtype=np.uint8)]

    def add(self, step: Step) -> None:
        """Append one gate; its parent and operands are there."""
        parent = -1 if step.parent is None else self._places[step.parent]
        axis, operand = len(self._axes), len(self._operands)
        cells, kind = None, CURVE
        if step.boolean is not None:
            kind = OPERATORS[step.boolean.operator]
            self._operands.extend((self._places[one.gate], int(one.complement)) for one in step.boolean.operands)
        elif step.shape is not None:
            if isinstance(step.shape.gate, RectangleGate):
                self._add_sides(step.shape.axes)
            else:
                cells = raster(step.shape)
                self._add_box(step.shape.axes, decided=cells is not None)
        counts = (kind, parent, axis, len(self._axes) - axis, operand, len(self._operands) - operand)
        corners = self._exact_corners(step.shape)
        self._places[step.gate] = len(self._gates)
        self._gates.append((*counts, *(NO_CELLS if cells is None else self._table(cells)), *corners))
        self._grids.append(NO_GRID if cells is None else (*_line(cells.columns), *_line(cells.rows)))

    def parts(self, needed: Sequence[int], scalings: Sequence[_Scaling]) -> tuple[NDArray[Any], ...]:
        """Return the arrays in the kernel's order."""
        mixtures = [readout.mixture for readout in self._readouts]
        terms = [self._columns[channel] for mixture in mixtures for channel in mixture.channels]
        ends = np.cumsum([0, *(len(mixture.channels) for mixture in mixtures)])
        lookups: list[NDArray[np.float64]] = [np.zeros(0)]
        lookups_of = []
        for scaling in scalings:
            lookups_of.append(-1 if scaling.lookup is None else sum(lookup.size for lookup in lookups))
            lookups.extend(() if scaling.lookup is None else (scaling.lookup,))
        scales = [(scaling.factor, scaling.divisor) for scaling in scalings]
        weights = [weight for mixture in mixtures for weight in mixture.weights]
        whole = (needed, lookups_of, ends, terms, self._gates, self._axes, self._operands)
        real = (scales, weights, self._bounds, self._grids, self._corners)
        return (
            *(np.array(part, dtype=np.int64) for part in whole),
            *(np.array(part, dtype=np.float64) for part in real),
            np.concatenate(lookups),
            np.concatenate(self._tables),
        )

    def _add_axis(self, axis: Axis, bounds: tuple[float, float, float, float]) -> None:
        self._axes.append(self._readouts.setdefault(axis.source, len(self._readouts)))
        self._bounds.append(bounds)

    def _add_sides(self, axes: Sequence[Axis]) -> None:
        """Add a rectangle's dimensions, without those that have no bound."""
        for axis in axes:
            low, high = NO_BOUND_BELOW, NO_BOUND_ABOVE
            if axis.low is not None:
                low = axis.low[1:]
            elif isinstance(axis.transform, Log):
                low = (0.0, 0.0)  # a negative value is in no gate on a logarithmic scale
            if axis.high is not None:
                high = axis.high[1:]
            if low is not NO_BOUND_BELOW or high is not NO_BOUND_ABOVE:
                self._add_axis(axis, (*low, *high))

    def _add_box(self, axes: Sequence[Axis], *, decided: bool) -> None:
        """Add the box of a curve; without cells an event that passes its last dimension is doubtful."""
        for number, axis in enumerate(axes, start=1):
            low = -math.inf if axis.low is None else axis.low[1]
            high = math.inf if axis.high is None else axis.high[2]
            sure = decided or number < len(axes)
            self._add_axis(axis, (low, low, high, high) if sure else (low, math.inf, -math.inf, high))

    def _exact_corners(self, shape: Shape | None) -> tuple[int, int]:
        """Append a polygon's corners where its events need no transform; return where they are and how many."""
        at = len(self._corners)
        if shape is None or not isinstance(shape.gate, PolygonGate) or any(axis.transform for axis in shape.axes):
            return at, 0
        self._corners.extend((float(x), float(y)) for x, y in shape.gate.vertices)
        return at, len(self._corners) - at

    def _table(self, cells: Cells) -> tuple[int, ...]:
        """Append a table of cells and return where it is and how it is found."""
        at = sum(table.size for table in self._tables)
        beyond = np.pad(cells.answers, 1)  # outside
        self._tables.append(beyond.ravel())
        height, width = beyond.shape
        return at, width, height, *_numbering(cells.columns), *_numbering(cells.rows)


def _numbering(steps: Steps) -> tuple[int, int, int, int]:
    if steps.octaves is None:
        return 0, 0, 0, 0
    return 1, steps.octaves.shift, steps.octaves.key, steps.octaves.first


def _line(steps: Steps) -> tuple[float, float]:
    return steps.offset, steps.per_unit
