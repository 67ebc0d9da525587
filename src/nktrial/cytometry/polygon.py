"""Events inside a polygon.

Definition
    An event is inside where the number of edges that lie strictly to its right, at its height, is odd; an edge from a
    to b is at the event's height y where exactly one of a_y <= y, b_y <= y holds. Crossing edges so make holes. Of the
    boundary, left and lower sides belong to the gate, right and upper sides do not: two polygons that share a side
    never share an event.

Not decided here
    Scales: vertices and events are on the same one.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["inside_polygon"]

FloatArray: TypeAlias = NDArray[np.float64]


def inside_polygon(vertices: FloatArray, x: FloatArray, y: FloatArray) -> NDArray[np.bool_]:
    """Tell which events lie inside a polygon.

    Parameters
    ----------
    vertices : (m, 2) float
        Corners in order, not closed; m >= 3.
    x, y : (n,) float
        Events; one with a NaN is outside.

    Returns
    -------
    (n,) bool
        Inside by the even-odd rule, see the module's definition.
    """
    inside = np.zeros(x.shape, dtype=np.bool_)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    near = np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
    if not near.size:
        return inside
    x, y = x[near], y[near]
    odd = np.zeros(x.shape, dtype=np.bool_)
    at_or_above = vertices[:, 1, None] <= y if vertices.shape[0] * y.size <= 1_000_000 else None
    for start, end in zip(range(vertices.shape[0]), [*range(1, vertices.shape[0]), 0], strict=True):
        (ax, ay), (bx, by) = vertices[start], vertices[end]
        if ay == by:
            continue
        first = ay <= y if at_or_above is None else at_or_above[start]
        second = by <= y if at_or_above is None else at_or_above[end]
        side = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
        odd ^= (first != second) & ((side > 0) if by > ay else (side < 0))
    inside[near] = odd
    return inside
