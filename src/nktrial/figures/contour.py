"""Contour lines of a grid.

Definition
    Marching squares: a line crosses the side between two grid points where linear interpolation meets the level. The
    grid is taken as 0 beyond its edge, so that every line is closed. At a saddle the two corners above the level are
    kept apart. A level is named by the share of events inside its line.

Not decided here
    How the grid was smoothed.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["contour_lines", "share_levels"]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

# Corners above the level as bits (low left 1, low right 2, high right 4, high left 8) -> the sides that a line joins.
LOW, RIGHT, HIGH, LEFT = range(4)
JOINED: Final[dict[int, tuple[tuple[int, int], ...]]] = {
    1: ((LEFT, LOW),), 2: ((LOW, RIGHT),), 3: ((LEFT, RIGHT),), 4: ((RIGHT, HIGH),),
    5: ((LEFT, LOW), (RIGHT, HIGH)), 6: ((LOW, HIGH),), 7: ((LEFT, HIGH),), 8: ((HIGH, LEFT),),
    9: ((HIGH, LOW),), 10: ((LOW, RIGHT), (HIGH, LEFT)), 11: ((HIGH, RIGHT),), 12: ((RIGHT, LEFT),),
    13: ((RIGHT, LOW),), 14: ((LOW, LEFT),),
}  # fmt: skip
NO_SIDE: Final = -1
# (16 codes, 2 lines, 2 ends): the same as an array.
JOINS: Final[IntArray] = np.array(
    [(*(pairs := JOINED.get(code, ())), *((NO_SIDE, NO_SIDE),) * (2 - len(pairs))) for code in range(16)]
)


def share_levels(density: NDArray[np.float64], shares: Sequence[float]) -> tuple[float, ...]:
    """Return the densities above which lie the given shares of all events, in their order.

    Parameters
    ----------
    density : (rows, columns) float
        Events a cell, 0 or more.
    shares : sequence of float
        0 to 1; e.g. 0.95 for the outermost line.
    """
    falling = np.sort(density, axis=None)[::-1]
    inside = np.cumsum(falling)
    if not inside[-1] > 0:
        return ()
    places = np.searchsorted(inside, np.array(shares) * inside[-1])
    return tuple(float(falling[min(place, falling.size - 1)]) for place in places)


def contour_lines(grid: FloatArray, level: float) -> tuple[FloatArray, ...]:
    """Return the closed lines on which a grid has a level above 0.

    Parameters
    ----------
    grid : (rows, columns) float
        Values at grid points.
    level : float
        Above 0.

    Returns
    -------
    tuple of (n, 2) float
        Points (column, row) in units of the grid, not closed; from the lowest row up.
    """
    padded = np.pad(grid, 1)
    ends = _line_ends(padded >= level)
    if not ends.size:
        return ()
    chains = _chains(ends)
    points = _crossings(padded, np.concatenate(chains), level)
    return tuple(np.split(points, np.cumsum([chain.size for chain in chains[:-1]])))


def _line_ends(above: NDArray[np.bool_]) -> IntArray:
    """Return the two sides that each piece of line joins, (n, 2), cell by cell from the lowest row up.

    A side is numbered by its first end in the grid; those along columns follow all of those along rows.
    """
    code = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    width, size = above.shape[1], above.size
    row, column = np.nonzero((code > 0) & (code < 15))
    corner = row * width + column
    sides = np.stack([corner, size + corner + 1, corner + width, size + corner], axis=1)
    joins = JOINS[code[row, column]].reshape(-1, 4)
    ends = np.take_along_axis(sides, np.maximum(joins, 0), axis=1).reshape(-1, 2)
    return np.asarray(ends[joins.reshape(-1, 2)[:, 0] != NO_SIDE], dtype=np.int64)


def _chains(ends: IntArray) -> list[IntArray]:
    """Return the sides of each closed line in order: every side is an end of two pieces, one in each of its cells."""
    flat = ends.ravel()
    order = np.argsort(flat, kind="stable")
    sides = flat[order[::2]]
    others = np.searchsorted(sides, ends[:, ::-1].ravel()[order])
    ahead, back = others[::2].tolist(), others[1::2].tolist()
    waiting = bytearray(b"\1") * sides.size
    chains = []
    for start in np.argsort(order[::2]).tolist():
        here, chain = start, []
        while waiting[here]:
            waiting[here] = 0
            chain.append(here)
            here = ahead[here] if waiting[ahead[here]] else back[here]
        if chain:
            chains.append(sides[chain])
    return chains


def _crossings(padded: FloatArray, sides: IntArray, level: float) -> FloatArray:
    """Return where the level is met on sides, (n, 2), in units of the grid without its margin."""
    values, width = padded.ravel(), padded.shape[1]
    along_column = sides >= padded.size
    place = sides - padded.size * along_column
    first, second = values[place], values[place + np.where(along_column, width, 1)]
    part = (level - first) / (second - first)
    row, column = np.divmod(place, width)
    return np.stack(
        [column - 1.0 + np.where(along_column, 0.0, part), row - 1.0 + np.where(along_column, part, 0.0)], axis=1
    )
