"""Density of a gate's parent under the gate, for drawing.

Definition
    The parent's events are counted in 256 x 256 cells of the display scale. Gates of one parent on the same dimensions
    share their axes. A gate in one dimension is shown against side scatter (else forward scatter) on a linear scale, or
    else against another channel on the gate's own scale. No event is lost at the axes (see ``plane``); the counts
    beside the picture are those of gating.

Not decided here
    How it is drawn, and how it is stored.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.axes import Ticks
from nktrial.cytometry.display import readable
from nktrial.cytometry.outline import Outline, Range
from nktrial.cytometry.plane import DrawnGate, PlaneKey, plane, plane_key
from nktrial.cytometry.strategy import Gated
from nktrial.model.events import EventMatrix
from nktrial.model.gate_tree import gate_paths
from nktrial.model.gates import BooleanGate, GatingStrategy
from nktrial.model.method import Method

__all__ = ["CELLS", "METHOD", "GateDensity", "drawn_gates", "gate_densities", "require_membership"]

METHOD: Final = Method(name="cytometry.density", version=2, source="two-dimensional histogram on the display scale")

CELLS: Final = 256


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
    require_membership(strategy, gated)
    paths = gate_paths(strategy.gates)
    populations = {population.gate: population for population in gated.populations}
    sample = readable(matrix, strategy)
    pictures: dict[str, GateDensity] = {}
    for (parent, *dimensions), gates in drawn_gates(strategy, matrix).items():
        events = None if parent is None else gated.membership[paths[parent]]
        shared = plane([(sample, events)], (dimensions[0], dimensions[1]), gates, cells)
        for gate, outline in zip(gates, shared.outlines, strict=True):
            population = populations[gate.id]
            pictures[gate.id] = GateDensity(
                population.path,
                "" if parent is None else paths[parent],
                shared.x_label,
                shared.y_label,
                shared.x_range,
                shared.y_range,
                shared.x_ticks,
                shared.y_ticks,
                shared.counts[0],
                outline,
                population.count,
                population.parent_count,
            )
    return tuple(pictures[gate.id] for gate in strategy.gates if gate.id in pictures)


def drawn_gates(strategy: GatingStrategy, matrix: EventMatrix) -> dict[PlaneKey, list[DrawnGate]]:
    """Return the gates that have a picture, those that share one together, in gate order."""
    groups: dict[PlaneKey, list[DrawnGate]] = {}
    for gate in strategy.gates:
        if not isinstance(gate, BooleanGate) and len(gate.dimensions) <= 2:
            groups.setdefault(plane_key(gate, matrix.channels), []).append(gate)
    return groups


def require_membership(strategy: GatingStrategy, gated: Gated) -> None:
    """Refuse a gating result without membership; NK-CYT-20."""
    if not gated.membership and strategy.gates:
        raise MethodError("NK-CYT-20", "the gating result has no membership.", remedy="Gate with membership=True.")
