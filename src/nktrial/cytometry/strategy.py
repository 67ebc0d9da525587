"""Gating: the events of every population of a gating strategy.

Definition
    A population is the events inside its gate and inside its parent's population; an operand of a boolean gate is the
    operand's population, its own ancestors included. An event with a value that is not finite in a channel that any
    gate reads is in no population: it is counted and reported.

Not decided here
    Where gates should lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.compensation import compensation_findings
from nktrial.cytometry.inside import Columns, Shape, inside, shape_of
from nktrial.cytometry.readout import asked_matrices, readings
from nktrial.cytometry.scale import EventBlock, time_step
from nktrial.model.events import EventMatrix
from nktrial.model.gate_tree import dependency_order, gate_paths
from nktrial.model.gates import BooleanGate, GatingStrategy, Population
from nktrial.model.method import Method
from nktrial.model.origin import Finding

__all__ = ["BLOCK_EVENTS", "METHOD", "Gated", "gate_events"]

METHOD: Final = Method(
    name="cytometry.gating", version=1, source="Spidlen et al. 2015, Gating-ML 2.0, Cytometry A 87A:683"
)
IndexArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]

BLOCK_EVENTS: Final = 65_536  # a column of a block fits the second-level cache


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """The populations of one sample.

    Parameters
    ----------
    populations : tuple of Population
        In gate order.
    membership : mapping
        Path -> (n_events,) bool in file order; empty unless asked for.
    events : int
        Events of the file.
    excluded : int
        Events left out because a value is not finite.
    findings : tuple of Finding
        What was noticed.
    """

    populations: tuple[Population, ...]
    membership: Mapping[str, BoolArray]
    events: int
    excluded: int
    findings: tuple[Finding, ...] = field(default=())

    def population(self, path: str) -> Population:
        """Return one population by its path, or by its gate's id.

        Raises
        ------
        MethodError
            NK-CYT-13 there is no such population.
        """
        for population in self.populations:
            if path in (population.path, population.gate):
                return population
        paths = ", ".join(population.path for population in self.populations)
        raise MethodError(
            "NK-CYT-13", f"there is no population {path!r} among {paths}.", remedy="Name a gate of the gates file."
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """One gate in the order of evaluation; ``shape`` is None for a boolean gate."""

    gate: str
    parent: str | None
    shape: Shape | None
    boolean: BooleanGate | None


def gate_events(
    matrix: EventMatrix, strategy: GatingStrategy, *, membership: bool = False, block_events: int = BLOCK_EVENTS
) -> Gated:
    """Count the events of every population, block by block.

    Parameters
    ----------
    matrix : EventMatrix
        Raw values of n events.
    strategy : GatingStrategy
        Gates, transforms, matrices.
    membership : bool
        Also return which events are in which population (n bytes a gate).
    block_events : int
        Events worked on at a time; the result does not depend on it.

    Returns
    -------
    Gated
        Counts in gate order. The parent of a root gate is all events without the excluded ones.

    Raises
    ------
    MethodError
        NK-CYT-14 the gates refer to gates that do not exist or to one another in a circle; else as ``readout``,
        ``compensation``, ``time_step``.
    """
    steps = _steps(matrix, strategy)
    step_seconds = time_step(matrix)
    paths = gate_paths(strategy.gates)
    events = matrix.values.shape[0]
    counts = dict.fromkeys(paths, 0)
    flags = {gate: np.zeros(events, dtype=np.bool_) for gate in paths} if membership else {}
    needed = sorted(
        {channel for step in steps if step.shape for axis in step.shape.axes for channel in axis.source.channels}
    )
    excluded = 0
    for start in range(0, events, block_events):
        block = EventBlock(matrix.values[start : start + block_events], matrix.channels, step_seconds)
        usable = _finite_events(block, needed, matrix)
        excluded += block.size - usable.size
        for gate, inside_block in _gate_block(steps, block, usable).items():
            counts[gate] += inside_block.size
            if membership:
                flags[gate][start + inside_block] = True
    parents = {gate.id: gate.parent for gate in strategy.gates}
    populations = tuple(
        Population(
            path, gate, counts[gate], events - excluded if parents[gate] is None else counts[parents[gate] or ""]
        )
        for gate, path in paths.items()
    )
    findings = _findings(matrix, strategy, excluded)
    return Gated(populations, {paths[gate]: flag for gate, flag in flags.items()}, events, excluded, findings)


def _steps(matrix: EventMatrix, strategy: GatingStrategy) -> tuple[_Step, ...]:
    """Prepare the gates in the order of evaluation."""
    ordered, stuck = dependency_order(strategy.gates)
    if stuck:
        raise MethodError(
            "NK-CYT-14",
            f"gates {', '.join(map(repr, stuck[:5]))} depend on gates that do not exist or on themselves.",
            remedy="Correct parents and operands in the gates file.",
        )
    known = readings(strategy, matrix)
    return tuple(
        _Step(gate.id, gate.parent, None, gate)
        if isinstance(gate, BooleanGate)
        else _Step(gate.id, gate.parent, shape_of(gate, known), None)
        for gate in ordered
    )


def _gate_block(steps: Sequence[_Step], block: EventBlock, usable: IndexArray) -> dict[str, IndexArray]:
    """Return the positions in the block of every gate's events."""
    columns = Columns(block)
    found: dict[str, IndexArray] = {}
    for step in steps:
        parent = usable if step.parent is None else found[step.parent]
        if not parent.size:
            found[step.gate] = parent
        elif step.shape is not None:
            found[step.gate] = inside(step.shape, columns, parent)
        elif step.boolean is not None:
            found[step.gate] = _combined(step.boolean, parent, found, block.size)
    return found


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


def _finite_events(block: EventBlock, channels: Sequence[int], matrix: EventMatrix) -> IndexArray:
    """Return the events whose values are finite in all channels that the gates read."""
    good = np.ones(block.size, dtype=np.bool_)
    whole = matrix.values.dtype.kind in "iu"
    for channel in channels:
        if not whole or matrix.channels[channel].decades > 0:
            good &= np.isfinite(block.scale(channel))
    return np.flatnonzero(good)


def _findings(matrix: EventMatrix, strategy: GatingStrategy, excluded: int) -> tuple[Finding, ...]:
    """Report what was excluded and what looks wrong."""
    subject = matrix.keywords.get("$FIL", "events")
    findings = [*strategy.findings]
    findings.extend(compensation_findings(matrix, asked_matrices(strategy, matrix), subject=subject))
    if excluded:
        findings.append(
            Finding(
                "NK-CYT-15",
                "warning",
                subject,
                f"{excluded} of {matrix.values.shape[0]} events have a value that is not a finite number in a gated "
                "channel and are counted in no population.",
                {"excluded": excluded, "events": matrix.values.shape[0]},
            )
        )
    return tuple(findings)
