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

Line: TypeAlias = tuple[tuple[float, float], ...]
Side: TypeAlias = tuple[int, int, int]  # 0 along the row, 1 along the column; row and column of its first end

# Corners above the level as bits (low left 1, low right 2, high right 4, high left 8) -> the sides that a line joins.
LOW, RIGHT, HIGH, LEFT = range(4)
JOINED: Final[dict[int, tuple[tuple[int, int], ...]]] = {
    1: ((LEFT, LOW),), 2: ((LOW, RIGHT),), 3: ((LEFT, RIGHT),), 4: ((RIGHT, HIGH),),
    5: ((LEFT, LOW), (RIGHT, HIGH)), 6: ((LOW, HIGH),), 7: ((LEFT, HIGH),), 8: ((HIGH, LEFT),),
    9: ((HIGH, LOW),), 10: ((LOW, RIGHT), (HIGH, LEFT)), 11: ((HIGH, RIGHT),), 12: ((RIGHT, LEFT),),
    13: ((RIGHT, LOW),), 14: ((LOW, LEFT),),
}  # fmt: skip


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


def contour_lines(grid: NDArray[np.float64], level: float) -> tuple[Line, ...]:
    """Return the closed lines on which a grid has a level above 0.

    Parameters
    ----------
    grid : (rows, columns) float
        Values at grid points.
    level : float
        Above 0.

    Returns
    -------
    tuple of lines
        Points (column, row) in units of the grid, not closed; from the lowest row up.
    """
    padded = np.pad(grid, 1)
    above = padded >= level
    code = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    follow: dict[Side, list[Side]] = {}
    for row, column in np.argwhere((code > 0) & (code < 15)).tolist():
        sides = ((0, row, column), (1, row, column + 1), (0, row + 1, column), (1, row, column))
        for start, stop in JOINED[int(code[row, column])]:
            follow.setdefault(sides[start], []).append(sides[stop])
            follow.setdefault(sides[stop], []).append(sides[start])
    lines = []
    while follow:
        chain = _chain(follow)
        lines.append(tuple(_crossing(padded, side, level) for side in chain))
    return tuple(lines)


def _chain(follow: dict[Side, list[Side]]) -> list[Side]:
    """Walk one closed line and take it out of the table."""
    here = next(iter(follow))
    chain = []
    while here in follow:
        chain.append(here)
        here = next((side for side in follow.pop(here) if side in follow), here)
    return chain


def _crossing(padded: NDArray[np.float64], side: Side, level: float) -> tuple[float, float]:
    """Return where the level is met on a side, in units of the grid without its margin."""
    along_column, row, column = side
    first = float(padded[row, column])
    second = float(padded[row + 1, column] if along_column else padded[row, column + 1])
    part = (level - first) / (second - first)
    return (column - 1.0, row - 1.0 + part) if along_column else (column - 1.0 + part, row - 1.0)
