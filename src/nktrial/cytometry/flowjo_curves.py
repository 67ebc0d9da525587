"""Ellipses and curly quadrants of FlowJo as gates on the display scale.

Definition
    FlowJo stores an ellipse in 256ths of the display scale: its foci, four points of its edge in whole 256ths (the
    ends of the axes), and ``distance``, the sum of a point's distances from the foci. The longer half-axis is half of
    ``distance`` where that agrees with the edge within their rounding, else half the distance between the edge's two
    points that lie farthest apart: of a workspace whose ``distance`` disagrees FlowJo's stored count fits the edge
    (51 of 51 events; 66 by ``distance``).

    A curly quadrant stores its centre only. The arm to the right rises and the arm above moves to the right, by
    0.012 d^1.5 at the distance d from the centre, all in 256ths of the display scale; the other two arms are straight.
    FlowJo publishes no formula: this curve was fitted by the GateLab project (david-priest/GateLab, models.ts) to 44
    stored counts, of which it reproduces every one within 0.6 % of the parent [unverified].

Not decided here
    FlowJo bins events before it evaluates an ellipse; how is not known, and here it is evaluated exactly.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nktrial.model.method import Method
from nktrial.model.workspace import DrawnGate

__all__ = ["METHOD", "curly_quadrant", "ellipse", "ellipse_disagrees"]

METHOD: Final = Method(
    name="cytometry.flowjo_curves",
    version=1,
    source="Stored counts of FlowJo 10.6.1 (whitews/FlowKit, single_ellipse_51_events.wsp); david-priest/GateLab",
)
FloatArray: TypeAlias = NDArray[np.float64]
Centre: TypeAlias = tuple[float, float]
Covariance: TypeAlias = tuple[tuple[float, float], tuple[float, float]]

CHANNELS: Final = 256.0
EDGE_ROUNDING: Final = 1.0  # 256ths: two whole points, each up to half a diagonal off
BEND: Final = 0.012  # [unverified]
BEND_POWER: Final = 1.5  # [unverified]
CURVE_POINTS: Final = 257
CURVE_REACH: Final = 512.0  # 256ths: beyond any picture
FAR: Final = 1000.0  # display units: the open sides of a quadrant


def ellipse(gate: DrawnGate) -> tuple[Centre, Covariance] | None:
    """Return centre and covariance, for a squared distance of 1, on the display scale; None where it is no ellipse.

    Parameters
    ----------
    gate : DrawnGate
        Of kind ``ellipse``.
    """
    foci = np.array(gate.foci)
    centre = foci.mean(axis=0)
    between = foci[1] - foci[0]
    focal = float(np.hypot(*between)) / 2.0
    long = _long_half_axis(gate)
    if not long > focal:
        return None
    direction = between / (2.0 * focal) if focal > 0 else _edge_direction(gate)
    across = np.array([-direction[1], direction[0]])
    short = np.sqrt(long * long - focal * focal)
    covariance = (long**2 * np.outer(direction, direction) + short**2 * np.outer(across, across)) / CHANNELS**2
    (a, b), (c, d) = covariance
    x, y = centre / CHANNELS
    return (float(x), float(y)), ((float(a), float(b)), (float(c), float(d)))


def ellipse_disagrees(gate: DrawnGate) -> bool:
    """Tell whether ``distance`` and the edge of an ellipse describe different ones."""
    if gate.distance is None or not gate.edge:
        return False
    return abs(gate.distance / 2.0 - _edge_half_axis(gate)) > EDGE_ROUNDING


def curly_quadrant(centre: Centre, *, right: bool, upper: bool) -> FloatArray:
    """Return the outline of one curly quadrant.

    Parameters
    ----------
    centre : (x, y)
        On the display scale.
    right, upper : bool
        Which quadrant: right of the vertical arm, above the horizontal one.

    Returns
    -------
    (n, 2) float
        Corners on the display scale, not closed; open sides lie far outside any picture.
    """
    middle = np.array(centre)
    along = np.linspace(0.0, CURVE_REACH, CURVE_POINTS)
    aside = BEND * along**BEND_POWER
    to_right = middle + np.column_stack([along, aside]) / CHANNELS
    upward = middle + np.column_stack([aside, along]) / CHANNELS
    left_end, lower_end = np.array([[-FAR, middle[1]]]), np.array([[middle[0], -FAR]])
    right_end, upper_end = np.array([[FAR, to_right[-1, 1]]]), np.array([[upward[-1, 0], FAR]])
    outlines: dict[tuple[bool, bool], tuple[ArrayLike, ...]] = {
        (True, True): (to_right, right_end, [[FAR, FAR]], upper_end, upward[:0:-1]),
        (False, True): (upward, upper_end, [[-FAR, FAR]], left_end),
        (True, False): (to_right[::-1], lower_end, [[FAR, -FAR]], right_end),
        (False, False): ([centre], left_end, [[-FAR, -FAR]], lower_end),
    }
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in outlines[right, upper]])


def _long_half_axis(gate: DrawnGate) -> float:
    """Return the longer half-axis [256ths]."""
    if gate.distance is None or ellipse_disagrees(gate):
        return _edge_half_axis(gate)
    return gate.distance / 2.0


def _edge_half_axis(gate: DrawnGate) -> float:
    return float(np.hypot(*_farthest(gate))) / 2.0


def _edge_direction(gate: DrawnGate) -> FloatArray:
    """Return the direction of a circle's or edge's longest line; any, where there is no edge."""
    line = _farthest(gate) if gate.edge else np.array([1.0, 0.0])
    length = float(np.hypot(*line))
    return line / length if length > 0 else np.array([1.0, 0.0])


def _farthest(gate: DrawnGate) -> FloatArray:
    """Return the longer of the two lines between opposite points of the edge."""
    edge = np.array(gate.edge)
    lines = (edge[1] - edge[0], edge[3] - edge[2])
    return np.asarray(max(lines, key=lambda line: float(np.hypot(*line))))
