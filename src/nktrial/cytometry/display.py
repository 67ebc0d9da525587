"""Display values of a sample's events, each computed once however many pictures ask for it.

Definition
    A column is a readout on a scale. It is filled as far as events are asked for, so that a small population costs no
    more than its own events. Columns are forgotten, the oldest first, where all would take more than ``KEPT_BYTES``;
    the values do not depend on it.

Not decided here
    Which events are drawn.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.readout import Readings, Readout, read_column, readings
from nktrial.cytometry.scale import EventBlock, time_step
from nktrial.cytometry.strategy import BLOCK_EVENTS
from nktrial.cytometry.transforms import displayed
from nktrial.model.events import EventMatrix
from nktrial.model.gates import GatingStrategy, Transform

__all__ = ["KEPT_BYTES", "Readable", "readable"]

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
Source: TypeAlias = tuple[Readout, Transform | None]

KEPT_BYTES: Final = 128 * 1024**2  # of one sample


@dataclass(slots=True, eq=False)
class _Column:
    """Display values in file order, and which of them are known; ``finite`` tells whether all of those are finite."""

    values: FloatArray
    known: BoolArray
    whole: bool = False
    finite: bool = True


class Readable:
    """A file with the readings of a strategy.

    Parameters
    ----------
    matrix : EventMatrix
        The events.
    known : Readings
        Of the strategy in this file.
    kept_bytes : int
        Most that the columns may take; one is always kept.
    """

    __slots__ = ("_columns", "_most", "_step", "known", "matrix")

    def __init__(self, matrix: EventMatrix, known: Readings, *, kept_bytes: int = KEPT_BYTES) -> None:
        self.matrix = matrix
        self.known = known
        self._step = time_step(matrix)
        self._columns: dict[Source, _Column] = {}
        self._most = max(1, kept_bytes // max(1, 9 * matrix.values.shape[0]))

    def shown(self, x: Source, y: Source, parent: BoolArray | None) -> tuple[FloatArray, FloatArray]:
        """Return the display values of the parent's events (None: all) that are finite on both axes; not to be changed.

        Parameters
        ----------
        x, y : (Readout, Transform or None)
            What is read, and the scale on which it is shown.
        parent : (n,) bool or None
            In file order.
        """
        events = None if parent is None or parent.all() else np.flatnonzero(parent)
        (first, all_first), (second, all_second) = self._values(x, events), self._values(y, events)
        if all_first and all_second:
            return first, second
        good = np.isfinite(first) & np.isfinite(second)
        return first[good], second[good]

    def _values(self, source: Source, events: NDArray[np.intp] | None) -> tuple[FloatArray, bool]:
        """Return the values of a column, and whether they are surely all finite."""
        column = self._columns.get(source)
        if column is None:
            while len(self._columns) >= self._most:
                del self._columns[next(iter(self._columns))]
            size = self.matrix.values.shape[0]
            column = self._columns[source] = _Column(np.empty(size), np.zeros(size, dtype=np.bool_))
        if not column.whole:
            self._fill(source, column, events)
        return column.values if events is None else column.values.take(events), column.finite

    def _fill(self, source: Source, column: _Column, events: NDArray[np.intp] | None) -> None:
        """Compute what is not known yet, block by block."""
        missing = np.flatnonzero(~column.known) if events is None else events[~column.known.take(events)]
        edges = np.searchsorted(missing, np.arange(0, column.known.size + BLOCK_EVENTS, BLOCK_EVENTS))
        for block, (low, high) in enumerate(pairwise(edges.tolist())):
            if low == high:
                continue
            start, places = block * BLOCK_EVENTS, missing[low:high]
            rows = EventBlock(self.matrix.values[start : start + BLOCK_EVENTS], self.matrix.channels, self._step)
            read = read_column(source[0], rows)
            values = displayed(source[1], read if high - low == rows.size else read.take(places - start))
            column.values[places] = values
            column.finite = column.finite and bool(np.isfinite(values).all())
        if events is None:
            column.whole = True
        else:
            column.known[missing] = True


def readable(matrix: EventMatrix, strategy: GatingStrategy) -> Readable:
    """Prepare a file for drawing; errors as ``readings`` and ``time_step``."""
    return Readable(matrix, readings(strategy, matrix))
