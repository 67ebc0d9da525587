"""Gating: the events of every population of a gating strategy.

Definition
    A population is the events inside its gate and inside its parent's population; an operand of a boolean gate is the
    operand's population, its own ancestors included. An event with a value that is not finite in a channel that any
    gate reads is in no population: it is counted and reported.

Not decided here
    Where gates should lie.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.certain import Plan, plan_of
from nktrial.cytometry.compensation import compensation_findings
from nktrial.cytometry.readout import asked_matrices
from nktrial.cytometry.scale import EventBlock, time_step
from nktrial.cytometry.steps import Step, channels_read, gate_block, ordered_steps
from nktrial.model.events import EventMatrix
from nktrial.model.gate_tree import gate_paths
from nktrial.model.gates import GatingStrategy, Population
from nktrial.model.method import Method
from nktrial.model.origin import Finding

__all__ = ["BLOCK_EVENTS", "METHOD", "Gated", "gate_events"]

METHOD: Final = Method(
    name="cytometry.gating", version=2, source="Spidlen et al. 2015, Gating-ML 2.0, Cytometry A 87A:683"
)
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

BLOCK_EVENTS: Final = 65_536  # a column of a block fits the second-level cache
BLOCK_BYTES: Final = 16 * 1024**2  # of raw values, so that many channels and threads stay within bounded memory
WORTH_A_PLAN: Final = 10_000  # below, the exact code is done before the plan is


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


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What every worker needs; ``members`` is (n_gates, n_events) or None."""

    matrix: EventMatrix
    steps: tuple[Step, ...]
    needed: tuple[int, ...]
    step_seconds: float
    plan: Plan | None
    members: BoolArray | None
    block_events: int


def gate_events(
    matrix: EventMatrix,
    strategy: GatingStrategy,
    *,
    membership: bool = False,
    block_events: int = BLOCK_EVENTS,
    threads: int = 1,
    kernel: bool = True,
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
        Most events worked on at a time; fewer where the file has hundreds of channels.
    threads : int
        Blocks worked on at a time.
    kernel : bool
        Use the compiled kernel where it is built. The result depends neither on it nor on blocks and threads.

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
    steps = ordered_steps(matrix, strategy)
    step_seconds = time_step(matrix)
    events = matrix.values.shape[0]
    members = np.zeros((len(steps), events), dtype=np.bool_) if membership else None
    plan = plan_of(matrix, steps, step_seconds) if kernel and events >= WORTH_A_PLAN else None
    row_bytes = max(1, matrix.values.shape[1] * matrix.values.dtype.itemsize)
    at_once = max(1, min(block_events, BLOCK_BYTES // row_bytes))
    task = _Task(matrix, steps, channels_read(steps), step_seconds, plan, members, at_once)
    usable, counts = _count(task, range(0, events, at_once), threads)
    excluded = events - usable
    places = {step.gate: place for place, step in enumerate(steps)}
    parents = {gate.id: gate.parent for gate in strategy.gates}
    paths = gate_paths(strategy.gates)
    populations = tuple(
        Population(
            path,
            gate,
            int(counts[places[gate]]),
            events - excluded if parents[gate] is None else int(counts[places[parents[gate] or ""]]),
        )
        for gate, path in paths.items()
    )
    flags = {} if members is None else {path: members[places[gate]] for gate, path in paths.items()}
    return Gated(populations, flags, events, excluded, _findings(matrix, strategy, excluded))


def _count(task: _Task, starts: range, threads: int) -> tuple[int, IntArray]:
    """Share the blocks among threads and add their counts."""
    workers = max(1, min(threads, len(starts)))
    waiting = iter(starts)
    if workers == 1:
        return _work(task, waiting)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (with what it imports 4 ms)

    lock = Lock()

    def shared() -> Iterator[int]:
        while True:
            with lock:
                start = next(waiting, None)
            if start is None:
                return
            yield start

    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(lambda _: _work(task, shared()), range(workers)))
    return sum(usable for usable, _ in parts), np.sum([counts for _, counts in parts], axis=0)


def _work(task: _Task, starts: Iterator[int]) -> tuple[int, IntArray]:
    """Count the usable events and every gate's events of the blocks that come."""
    counts = np.zeros(len(task.steps), dtype=np.int64)
    values = task.matrix.values
    usable, waiting = 0, _Doubtful(task, counts)
    for start in starts:
        rows = values[start : start + task.block_events]
        if task.plan is None:
            usable += _decide(task, rows, slice(start, start + rows.shape[0]), counts)
        else:
            doubtful = task.plan.sure(rows, counts, task.members, first=start)
            usable += rows.shape[0] - doubtful.size
            waiting.add(rows[doubtful], start + doubtful)
    return usable + waiting.finish(), counts


class _Doubtful:
    """Events that the kernel leaves open, gathered until they fill a block for the exact code."""

    def __init__(self, task: _Task, counts: IntArray) -> None:
        self._task = task
        self._counts = counts
        self._places: list[IntArray] = []
        self._rows: list[NDArray[Any]] = []
        self._waiting = 0
        self._usable = 0

    def add(self, rows: NDArray[Any], places: IntArray) -> None:
        """Keep the rows of a block's doubtful events; decide all where enough wait."""
        self._rows.append(rows)
        self._places.append(places)
        self._waiting += places.size
        if self._waiting >= self._task.block_events:
            self._empty()

    def finish(self) -> int:
        """Decide the rest and return how many of all were usable."""
        self._empty()
        return self._usable

    def _empty(self) -> None:
        if self._waiting:
            rows, places = np.concatenate(self._rows), np.concatenate(self._places)
            self._usable += _decide(self._task, rows, places, self._counts)
        self._places, self._rows, self._waiting = [], [], 0


def _decide(task: _Task, rows: NDArray[Any], places: IntArray | slice, counts: IntArray) -> int:
    """Apply the exact code to rows, add to counts and members, and return how many were usable."""
    block = EventBlock(rows, task.matrix.channels, task.step_seconds)
    usable, found = gate_block(task.steps, block, task.needed)
    for gate, step in enumerate(task.steps):
        inside = found[step.gate]
        counts[gate] += inside.size
        if task.members is not None:
            if isinstance(places, slice):
                task.members[gate, places][inside] = True
            else:
                task.members[gate, places[inside]] = True
    return usable


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
