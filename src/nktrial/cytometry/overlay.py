"""Two samples on the same axes under the same gates, for drawing.

Definition
    Both files are gated with the same strategy. Gates of one parent on the same dimensions share axes, which cover the
    events of both files (see ``plane``).

Not decided here
    How the two are told apart, and what a difference means.
"""

from nktrial.cytometry.density import CELLS, drawn_gates, require_membership
from nktrial.cytometry.display import readable
from nktrial.cytometry.plane import plane
from nktrial.cytometry.strategy import Gated
from nktrial.model.events import EventMatrix
from nktrial.model.gate_tree import gate_paths
from nktrial.model.gates import GatingStrategy
from nktrial.model.pictures import OverlayGate, OverlayView

__all__ = ["overlay_views"]


def overlay_views(
    names: tuple[str, str],
    matrices: tuple[EventMatrix, EventMatrix],
    strategy: GatingStrategy,
    gated: tuple[Gated, Gated],
    *,
    cells: int = CELLS,
) -> tuple[OverlayView, ...]:
    """Return one picture for each parent and pair of dimensions, in gate order.

    Parameters
    ----------
    names : (str, str)
        Of the sample and of what it is laid over.
    matrices : (EventMatrix, EventMatrix)
        Their events.
    strategy : GatingStrategy
        The gates of both.
    gated : (Gated, Gated)
        Results of ``gate_events``, with membership.
    cells : int
        Along each axis.

    Returns
    -------
    tuple of OverlayView
        Boolean gates and gates with three or more dimensions have none.

    Raises
    ------
    MethodError
        NK-CYT-20 a result has no membership; else as ``readout``.
    """
    for result in gated:
        require_membership(strategy, result)
    paths = gate_paths(strategy.gates)
    samples = tuple(readable(matrix, strategy) for matrix in matrices)
    found = tuple({population.gate: population for population in result.populations} for result in gated)
    views = []
    for (parent, *dimensions), gates in drawn_gates(strategy, matrices[0]).items():
        shown = [None if parent is None else result.membership[paths[parent]] for result in gated]
        shared = plane(list(zip(samples, shown, strict=True)), (dimensions[0], dimensions[1]), gates, cells)
        drawn = tuple(
            OverlayGate(
                paths[gate.id],
                outline,
                (found[0][gate.id].count, found[1][gate.id].count),
                (found[0][gate.id].parent_count, found[1][gate.id].parent_count),
            )
            for gate, outline in zip(gates, shared.outlines, strict=True)
        )
        views.append(
            OverlayView(
                names,
                "" if parent is None else paths[parent],
                shared.x_label,
                shared.y_label,
                shared.x_range,
                shared.y_range,
                shared.x_ticks,
                shared.y_ticks,
                (shared.counts[0], shared.counts[1]),
                drawn,
                all(len(gate.dimensions) == 1 for gate in gates),
            )
        )
    return tuple(views)
