"""Outline of a gate, clipped to the axes of its picture.

Definition
    Vertices on the display scale, in order, not closed. Open sides of a rectangle run to the axis. Clipping is
    Sutherland-Hodgman against the four sides of the picture.

Not decided here
    What is inside a gate: the outline is for the eye.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.model.gates import EllipsoidGate, PolygonGate, RectangleGate

__all__ = ["Outline", "Range", "ellipse_points", "gate_outline"]

Outline: TypeAlias = tuple[tuple[float, float], ...]
Range: TypeAlias = tuple[float, float]

ELLIPSE_POINTS: Final = 72


def gate_outline(gate: RectangleGate | PolygonGate | EllipsoidGate, x_range: Range, y_range: Range) -> Outline:
    """Return the outline of a gate of one or two dimensions.

    Parameters
    ----------
    gate : RectangleGate or PolygonGate or EllipsoidGate
        A rectangle with one dimension runs over the whole y axis.
    x_range, y_range : (low, high)
        Axis limits on the display scale.

    Returns
    -------
    tuple of (float, float)
        Vertices inside the picture; empty where the gate lies outside it.
    """
    if isinstance(gate, PolygonGate):
        points = [(float(x), float(y)) for x, y in gate.vertices]
    elif isinstance(gate, EllipsoidGate):
        points = [(float(x), float(y)) for x, y in ellipse_points(gate)]
    else:
        points = _corners(gate, x_range, y_range)
    for axis, limits in ((0, x_range), (1, y_range)):
        points = _clip(points, axis, limits[0], 1.0)
        points = _clip(points, axis, limits[1], -1.0)
    return tuple(points)


def ellipse_points(gate: EllipsoidGate) -> NDArray[np.float64]:
    """Return points of the boundary of an ellipsoid in two dimensions, (n, 2), in order."""
    root = np.linalg.cholesky(np.array(gate.covariance)) * np.sqrt(gate.distance_square)
    turn = np.linspace(0.0, 2.0 * np.pi, ELLIPSE_POINTS, endpoint=False)
    curve = np.array(gate.mean)[:, None] + root @ np.array([np.cos(turn), np.sin(turn)])
    return np.asarray(curve.T, dtype=np.float64)


def _corners(gate: RectangleGate, x_range: Range, y_range: Range) -> list[tuple[float, float]]:
    """Return the corners of a rectangle, its open sides on the axes."""
    x = gate.dimensions[0]
    y_low = y_high = None
    if len(gate.dimensions) > 1:
        y_low, y_high = gate.dimensions[1].low, gate.dimensions[1].high
    left = x_range[0] if x.low is None else x.low
    right = x_range[1] if x.high is None else x.high
    bottom = y_range[0] if y_low is None else y_low
    top = y_range[1] if y_high is None else y_high
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


def _clip(points: list[tuple[float, float]], axis: int, limit: float, sign: float) -> list[tuple[float, float]]:
    """Keep the part of a polygon on one side of a line parallel to an axis."""
    kept: list[tuple[float, float]] = []
    for i, point in enumerate(points):
        previous = points[i - 1]
        inside, was_inside = sign * (point[axis] - limit) >= 0, sign * (previous[axis] - limit) >= 0
        if inside != was_inside:
            part = (limit - previous[axis]) / (point[axis] - previous[axis])
            other = previous[1 - axis] + part * (point[1 - axis] - previous[1 - axis])
            kept.append((limit, other) if axis == 0 else (other, limit))
        if inside:
            kept.append(point)
    return kept
