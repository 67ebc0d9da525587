"""The gates of a strategy in the order of evaluation, and their events in one block.

Definition
    A gate's events are those of its parent that lie inside it; a boolean gate combines its operands' populations. Only
    events with finite values in all channels that the gates read take part.

Not decided here
    Blocks, threads and counts: see ``strategy``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.inside import Columns, Shape, inside, shape_of
from nktrial.cytometry.readout import readings
from nktrial.cytometry.scale import EventBlock
from nktrial.model.events import EventMatrix
from nktrial.model.gate_tree import dependency_order
from nktrial.model.gates import BooleanGate, GatingStrategy

__all__ = ["Step", "channels_read", "gate_block", "ordered_steps"]

IndexArray: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Step:
    """One gate in the order of evaluation; ``shape`` is None for a boolean gate."""

    gate: str
    parent: str | None
    shape: Shape | None
    boolean: BooleanGate | None


def ordered_steps(matrix: EventMatrix, strategy: GatingStrategy) -> tuple[Step, ...]:
    """Prepare the gates in the order of evaluation.

    Raises
    ------
    MethodError
        NK-CYT-14 the gates refer to gates that do not exist or to one another in a circle; else as ``readout``,
        ``compensation``.
    """
    ordered, stuck = dependency_order(strategy.gates)
    if stuck:
        raise MethodError(
            "NK-CYT-14",
            f"gates {', '.join(map(repr, stuck[:5]))} depend on gates that do not exist or on themselves.",
            remedy="Correct parents and operands in the gates file.",
        )
    known = readings(strategy, matrix)
    return tuple(
        Step(gate.id, gate.parent, None, gate)
        if isinstance(gate, BooleanGate)
        else Step(gate.id, gate.parent, shape_of(gate, known), None)
        for gate in ordered
    )


def channels_read(steps: Sequence[Step]) -> tuple[int, ...]:
    """Return the columns of the file that the gates read, increasing."""
    read = {channel for step in steps if step.shape for axis in step.shape.axes for channel in axis.source.channels}
    return tuple(sorted(read))


def gate_block(steps: Sequence[Step], block: EventBlock, needed: Sequence[int]) -> tuple[int, dict[str, IndexArray]]:
    """Return the number of usable events of a block and the positions in it of every gate's events.

    Parameters
    ----------
    steps : sequence of Step
        Parents and operands first.
    block : EventBlock
        The events.
    needed : sequence of int
        The channels that must be finite.
    """
    columns = Columns(block)
    usable = _finite_events(block, needed)
    found: dict[str, IndexArray] = {}
    for step in steps:
        parent = usable if step.parent is None else found[step.parent]
        if not parent.size:
            found[step.gate] = parent
        elif step.shape is not None:
            found[step.gate] = inside(step.shape, columns, parent)
        elif step.boolean is not None:
            found[step.gate] = _combined(step.boolean, parent, found, block.size)
    return usable.size, found


def _combined(gate: BooleanGate, parent: IndexArray, found: Mapping[str, IndexArray], size: int) -> IndexArray:
    """Apply and, or, not to the operands' populations within the parent's events."""
    operands = []
    for operand in gate.operands:
        flag = np.zeros(size, dtype=np.bool_)
        flag[found[operand.gate]] = True
        operands.append(~flag if operand.complement else flag)
    if gate.operator == "and":
        result = np.logical_and.reduce(operands)
    elif gate.operator == "or":
        result = np.logical_or.reduce(operands)
    else:
        result = ~operands[0]
    kept: IndexArray = parent[result[parent]]
    return kept


def _finite_events(block: EventBlock, channels: Sequence[int]) -> IndexArray:
    """Return the events whose values are finite in all the channels."""
    good = np.ones(block.size, dtype=np.bool_)
    for channel in channels:
        if not block.is_whole(channel):
            good &= np.isfinite(block.scale(channel))
    return np.flatnonzero(good)
