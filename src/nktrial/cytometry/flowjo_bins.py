"""FlowJo's bins: the grid on which FlowJo evaluates a polygon.

Definition
    Each axis has 256 bins of its display scale. Biex: floor(step / 16) of the last step of FlowJo's table at or below
    the value, 0 to 256. Linear: floor(256 (x - low) / (high - low) + 1/2); logarithmic: floor(256 log10(x / offset) /
    decades + 1/2); events beyond an end lie in bin 0 or 255, corners are not moved. A polygon's corners are put into
    bins in the same way; an event is inside where its bin lies inside that polygon or on its boundary. A corner at or
    below 0 on a logarithmic axis lies in bin 0 for FlowJo 10.6 and later, far below for earlier ones.

    The biex rule reproduces all of FlowJo's counts in the sets held (see the method's page). The linear and the
    logarithmic rule are those that the GateLab project measured on FlowJo's exported memberships and on public
    workspaces (david-priest/GateLab, flowjoGrid.ts); here only one stored count supports them [unverified].

Not decided here
    Rectangles, which FlowJo compares in scale values: see ``flowjo_rectangle``. Ellipses, whose rule is not known.
"""

from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.biex import STEPS, biex_table
from nktrial.cytometry.polygon import inside_polygon
from nktrial.model.gates import Biex, OffsetLog, Range, Transform
from nktrial.model.method import Method

__all__ = ["BINS", "METHOD", "corner_bins", "event_bins", "inside_binned"]

METHOD: Final = Method(
    name="cytometry.flowjo_bins",
    version=1,
    source="FlowJo 10.7.1's stored counts (gszep/FlowAtlas.jl); david-priest/GateLab, flowjoGrid.ts",
)
FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

BINS: Final = 256
FAR_BELOW: Final = 1e-300  # what stands for the logarithm of a corner at or below 0 before FlowJo 10.6
FARTHEST: Final = 2**31  # a corner beyond this many bins is no corner of any picture


def event_bins(scale: Transform | None, values: FloatArray) -> IntArray:
    """Return the bin of each event, (n,) int.

    Parameters
    ----------
    scale : Transform or None
        The axis: Biex, OffsetLog or Range.
    values : (n,) float
        Scale values; NaN lies in bin 0 and must have been left out before.

    Raises
    ------
    MethodError
        NK-CYT-41 how FlowJo bins an axis of this kind is not known.
    """
    if isinstance(scale, Biex):
        return _steps(scale, values) // (STEPS // BINS)
    return np.clip(_rounded(scale, values), 0, BINS - 1).astype(np.int64)


def corner_bins(scale: Transform | None, values: FloatArray, *, zero_on_floor: bool) -> IntArray:
    """Return the bin of each corner of a polygon, (n,) int.

    Parameters
    ----------
    scale : Transform or None
        The axis.
    values : (n,) float
        Scale values of the corners.
    zero_on_floor : bool
        A corner at or below 0 on a logarithmic axis lies in bin 0 (FlowJo 10.6 and later), else far below.

    Raises
    ------
    MethodError
        NK-CYT-41 as in ``event_bins``.
    """
    if isinstance(scale, Biex):
        return event_bins(scale, values)
    bins = np.clip(_rounded(scale, values), -FARTHEST, FARTHEST)
    if isinstance(scale, OffsetLog) and zero_on_floor:
        bins = np.where(values <= 0.0, 0.0, bins)
    return bins.astype(np.int64)


def inside_binned(corners: tuple[tuple[int, int], ...], x: IntArray, y: IntArray) -> NDArray[np.bool_]:
    """Tell which events' bins lie inside a polygon of bins or on its boundary.

    Parameters
    ----------
    corners : tuple of (int, int)
        The polygon's corners, not closed.
    x, y : (n,) int
        The events' bins, 0 to 256.

    Returns
    -------
    (n,) bool
    """
    inside: NDArray[np.bool_] = _cells(corners)[x * (BINS + 1) + y]
    return inside


@lru_cache(maxsize=256)
def _cells(corners: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """Return for every pair of bins whether it lies inside or on the boundary, (257 x 257,) bool, y fastest."""
    points = np.array(corners, dtype=np.float64)
    place = np.arange(BINS + 1, dtype=np.float64)
    grid_x, grid_y = (axis.ravel() for axis in np.meshgrid(place, place, indexing="ij"))
    cells = inside_polygon(points, grid_x, grid_y)
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        cells |= _on_side(start, end, grid_x, grid_y)
    return cells


def _on_side(start: FloatArray, end: FloatArray, x: FloatArray, y: FloatArray) -> NDArray[np.bool_]:
    """Tell which whole points lie on a side between two whole points; exact in doubles."""
    turn = (end[0] - start[0]) * (y - start[1]) - (x - start[0]) * (end[1] - start[1])
    low, high = np.minimum(start, end), np.maximum(start, end)
    return np.asarray((turn == 0.0) & (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))


def _steps(scale: Biex, values: FloatArray) -> IntArray:
    """Return the last step of the table at or below each value, 0 to 4096."""
    return np.maximum(np.searchsorted(biex_table(scale), values, side="right") - 1, 0)


def _rounded(scale: Transform | None, values: FloatArray) -> FloatArray:
    """Return unbounded bins of a linear or logarithmic axis as whole doubles."""
    match scale:
        case Range(low, high):
            position = (values - low) * BINS / (high - low)
        case OffsetLog(offset, decades):
            position = np.log10(np.maximum(values, FAR_BELOW) / offset) / decades * BINS
        case _:
            raise MethodError(
                "NK-CYT-41",
                f"how FlowJo bins an axis of scale {type(scale).__name__} is not known.",
                remedy="Count without --compat flowjo.",
            )
    return np.asarray(np.floor(position + 0.5))
