"""Whether anything on the way to the lymphocyte gate parts lymphocytes from other leukocytes.

Definition
    Looked at are the gate, its ancestors, and the operands of boolean gates with theirs. One of them bounds side
    scatter or CD45: an end of a rectangle, or a polygon or an ellipse in that dimension. Side scatter is a channel
    whose name or marker says SSC, SS or side. Lymphocytes are gated by light scatter and CD45: Loken 1990, Cytometry
    11:453.

Not decided here
    Whether the bounds are well placed.
"""

import re
from collections.abc import Iterator
from typing import Final

from nktrial.cytometry.marker_names import CD45, marked_channels, reads_marker
from nktrial.model.events import EventMatrix
from nktrial.model.gates import BooleanGate, Dimension, Gate, GatingStrategy, RectangleGate

__all__ = ["parts_lymphocytes"]

SIDE_SCATTER: Final = re.compile(r"SSC|(?<![A-Z0-9])(SS|SIDE)(?![A-Z0-9])", re.IGNORECASE)


def parts_lymphocytes(matrix: EventMatrix, strategy: GatingStrategy, gate: str) -> bool:
    """Tell whether side scatter or CD45 is bounded on the way to a gate.

    Parameters
    ----------
    matrix : EventMatrix
        The events, for the names of their channels.
    strategy : GatingStrategy
        The gates.
    gate : str
        Id of the lymphocyte gate.
    """
    leukocytes = marked_channels(matrix.channels, CD45)
    markers = {channel.name: channel.marker for channel in matrix.channels}
    for dimension in _bounded(strategy, gate):
        labels = dimension.channel, markers.get(dimension.channel, "")
        if any(SIDE_SCATTER.search(label) for label in labels) or reads_marker(dimension, leukocytes, CD45, strategy):
            return True
    return False


def _bounded(strategy: GatingStrategy, gate: str) -> Iterator[Dimension]:
    """Go through the dimensions that are bounded on the way to a gate; ratios are no channel's."""
    gates = {item.id: item for item in strategy.gates}
    waiting: list[str | None] = [gate]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name is None or name in seen:
            continue
        seen.add(name)
        item = gates[name]
        waiting.append(item.parent)
        if isinstance(item, BooleanGate):
            waiting += [operand.gate for operand in item.operands]
        else:
            yield from (
                dimension for dimension in item.dimensions if dimension.ratio is None and _bounds(item, dimension)
            )


def _bounds(gate: Gate, dimension: Dimension) -> bool:
    """Tell whether a gate bounds one of its dimensions; a polygon or an ellipse bounds both."""
    return not isinstance(gate, RectangleGate) or dimension.low is not None or dimension.high is not None
