"""One file's events as a template's gates see them.

Definition
    Every marker has one dimension. Events whose value is not finite in a channel that the template gates are left out.
    A population's events are found as gating finds them, so that the gates drawn on them count the same later.

Not decided here
    Where gates lie.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.inside import Columns, inside, shape_of
from nktrial.cytometry.readout import readout
from nktrial.cytometry.scale import EventBlock, time_step
from nktrial.cytometry.templates.scales import dimension_readings
from nktrial.cytometry.transforms import displayed
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import BooleanGate, Dimension, Gate, Transform

__all__ = ["Sample", "all_columns"]

FloatArray: TypeAlias = NDArray[np.float64]
IndexArray: TypeAlias = NDArray[np.intp]


def all_columns(matrix: EventMatrix) -> Columns:
    """Return the readouts of a whole file, each computed when it is first asked for."""
    return Columns(EventBlock(matrix.values, matrix.channels, time_step(matrix)))


class Sample:
    """A file with its populations so far.

    Parameters
    ----------
    matrix : EventMatrix
        The file.
    columns : Columns
        Its readouts.
    dimensions, transforms : mapping
        Marker -> dimension; id -> transform.
    """

    def __init__(
        self,
        matrix: EventMatrix,
        columns: Columns,
        dimensions: Mapping[str, Dimension],
        transforms: Mapping[str, Transform],
    ) -> None:
        self.matrix = matrix
        self.dimensions = dimensions
        self.transforms = transforms
        self._columns = columns
        self._known = dimension_readings(matrix, dimensions, transforms)
        self._shown: dict[str, FloatArray] = {}
        good = np.ones(matrix.values.shape[0], dtype=np.bool_)
        for marker in dimensions:
            good &= np.isfinite(self.scale_values(marker))
        self.members: dict[str | None, IndexArray] = {None: np.flatnonzero(good)}

    def scale_values(self, marker: str) -> FloatArray:
        """Return a marker's compensated scale values, (n_events,)."""
        return self._columns.of(readout(self.dimensions[marker], self._known, marker)[0], None)

    def shown(self, marker: str, population: str | None) -> FloatArray:
        """Return a marker's display values of one population's events."""
        if marker not in self._shown:
            usable = self.members[None]
            column = np.full(self.matrix.values.shape[0], np.nan)
            column[usable] = displayed(self.transform(marker), self.scale_values(marker)[usable])
            self._shown[marker] = column
        return self._shown[marker][self.members[population]]

    def raw(self, marker: str, population: str | None) -> tuple[FloatArray, Channel]:
        """Return a marker's raw values of one population, and its channel."""
        name = self.dimensions[marker].channel
        channel = next(channel for channel in self.matrix.channels if channel.name == name)
        column = self.matrix.values[self.members[population], channel.index]
        return np.asarray(column, dtype=np.float64), channel

    def shown_raw(self, marker: str, channel: Channel, raw: FloatArray) -> FloatArray:
        """Return the display values of raw values of one channel."""
        alone = replace(channel, index=0)
        block = EventBlock(raw[:, None], (alone,), time_step(self.matrix))
        return displayed(self.transform(marker), block.scale(0))

    def transform(self, marker: str) -> Transform | None:
        """Return a marker's display scale."""
        name = self.dimensions[marker].transform
        return None if name is None else self.transforms[name]

    def add(self, gate: Gate, extra: Mapping[str, Transform] | None = None) -> None:
        """Find the events of a gate; ``extra`` holds transforms of a gate that was drawn elsewhere."""
        parent = self.members[gate.parent]
        if isinstance(gate, BooleanGate):
            self.members[gate.id] = self._combined(gate, parent)
            return
        known = self._known
        if extra is not None:
            named = {f"{gate.id} {number}": dimension for number, dimension in enumerate(gate.dimensions)}
            known = dimension_readings(self.matrix, named, extra)
        self.members[gate.id] = inside(shape_of(gate, known), self._columns, parent) if parent.size else parent

    def _combined(self, gate: BooleanGate, parent: IndexArray) -> IndexArray:
        operands = []
        for operand in gate.operands:
            flag = np.zeros(self.matrix.values.shape[0], dtype=np.bool_)
            flag[self.members[operand.gate]] = True
            operands.append(~flag if operand.complement else flag)
        if gate.operator == "or":
            result = np.logical_or.reduce(operands)
        elif gate.operator == "and":
            result = np.logical_and.reduce(operands)
        else:
            result = ~operands[0]
        kept: IndexArray = parent[result[parent]]
        return kept
