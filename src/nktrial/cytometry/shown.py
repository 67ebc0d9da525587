"""The scale on which a gate is shown where the gate itself is in scale values.

Definition
    A dimension with a transform is shown on it, one in scale values on the transform that it names for that. One
    without either, over a channel that the instrument amplified
    logarithmically ($PnE), is shown on flog(T = offset x 10^decades, M = decades); where it is compensated, so that
    values below 0 occur, on logicle(T, W = 0.5, M = 4.5, A = 0). The gate's bounds move with the scale; a polygon's
    sides are followed by points at halves of what is left to either end, because straight lines do not stay straight
    and bend most where values are small.

Not decided here
    What is inside: gates are applied on their own scale.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.outline import ellipse_points
from nktrial.cytometry.readout import Readings
from nktrial.cytometry.transforms import displayed
from nktrial.model.events import Channel
from nktrial.model.gates import (
    UNCOMPENSATED,
    Dimension,
    EllipsoidGate,
    Log,
    Logicle,
    PolygonGate,
    RectangleGate,
    Transform,
)

__all__ = ["DrawnGate", "shown_gate", "shown_scale"]

FloatArray: TypeAlias = NDArray[np.float64]
DrawnGate: TypeAlias = RectangleGate | PolygonGate | EllipsoidGate

HALVINGS: Final = 10
WIDTH_OF_ZERO: Final = 0.5
DECADES: Final = 4.5


def shown_scale(dimension: Dimension, channels: Sequence[Channel], known: Readings) -> Transform | None:
    """Return the scale on which a dimension's scale values are shown; None: as they are."""
    if dimension.transform is not None:
        return known.transforms[dimension.transform]
    if dimension.shown is not None:
        return known.transforms[dimension.shown]
    channel = next((item for item in channels if item.name == dimension.channel), None)
    if channel is None or channel.decades <= 0 or dimension.ratio is not None:
        return None
    top = (channel.offset or 1.0) * 10.0**channel.decades
    if dimension.compensation == UNCOMPENSATED:
        return Log(top, channel.decades)
    return Logicle(top, WIDTH_OF_ZERO, DECADES, 0.0)


def shown_gate(gate: DrawnGate, scales: Sequence[Transform | None]) -> DrawnGate:
    """Return a gate of one or two dimensions on the scales on which it is shown.

    Parameters
    ----------
    gate : RectangleGate or PolygonGate or EllipsoidGate
        On its own scales.
    scales : sequence of Transform or None
        Of x and y, from ``shown_scale``.

    Returns
    -------
    RectangleGate or PolygonGate or EllipsoidGate
        The gate itself where it is on these scales already.
    """
    moved = [
        None if item.transform is not None else scale for item, scale in zip(gate.dimensions, scales, strict=False)
    ]
    if all(scale is None for scale in moved):
        return gate
    if isinstance(gate, RectangleGate):
        sides = tuple(
            replace(item, low=_moved(scale, item.low), high=_moved(scale, item.high))
            for item, scale in zip(gate.dimensions, moved, strict=True)
        )
        return replace(gate, dimensions=sides)
    corners = gate.vertices if isinstance(gate, PolygonGate) else ellipse_points(gate)
    after = np.roll(corners, -1, axis=0)
    halves = 0.5 ** np.arange(HALVINGS, 0, -1)
    steps = np.concatenate([[0.0], halves, 1.0 - halves[-2::-1]])[:, None, None]
    points = (corners + steps * (after - corners)).transpose(1, 0, 2).reshape(-1, 2)
    shown = np.column_stack([_all_moved(scale, points[:, axis]) for axis, scale in enumerate(moved)])
    return PolygonGate(gate.id, gate.parent, (gate.dimensions[0], gate.dimensions[1]), shown)


def _moved(scale: Transform | None, bound: float | None) -> float | None:
    """Return where a bound is shown; None where the scale does not reach it, so that the side is open."""
    if bound is None or scale is None:
        return bound
    place = float(displayed(scale, np.array([bound]))[0])
    return place if np.isfinite(place) else None


def _all_moved(scale: Transform | None, values: FloatArray) -> FloatArray:
    """Return where values are shown; what a logarithmic scale does not reach, one axis's length below its foot."""
    return values if scale is None else np.nan_to_num(displayed(scale, values), nan=-1.0, neginf=-1.0)
