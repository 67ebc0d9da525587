"""The picture of a density: every event a dot, coloured by how many events lie around it.

Definition
    Counts are spread with a Gaussian kernel whose width shrinks with the number of events (n^(-1/6), as for a density
    in two dimensions). An event with fewer than ``LONELY`` events under its kernel is a dot of its own, drawn as a
    vector; the others are drawn as pixels, coloured by the share of events that lie in places less dense than theirs.
    The palette rises in lightness from dark blue to yellow, so that single dots stand out on white paper and the
    picture reads the same in grey print. The smoothing chooses colours only: a pixel is coloured where an event is,
    and counts are never taken from the picture.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.figures.png import indexed_png

__all__ = ["DOT_COLOUR", "PALETTE", "DensityPicture", "density_picture", "density_png", "smoothed"]

LEVELS: Final = 24
LONELY: Final = 8.0
WIDTH: Final = 0.078  # of the axis, times n^(-1/6)
NARROWEST: Final = 0.006
WIDEST: Final = 0.03
MARGIN: Final = 2
# A dot of 4 x 4 pixels without its corners, around the 2 x 2 pixels of a cell.
STAMP: Final = tuple((down, right) for down in range(-1, 3) for right in range(-1, 3) if not {down, right} <= {-1, 2})
REACH: Final = 3.0  # of the kernel, in standard deviations
_STOPS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_COLOURS: Final = (
    (52, 72, 135),
    (42, 116, 158),
    (32, 158, 150),
    (118, 198, 108),
    (250, 222, 70),
)


def _palette() -> NDArray[np.uint8]:
    """Return white and then the colours, interpolated between the stops."""
    at = np.linspace(0.0, 1.0, LEVELS)
    channels = [np.interp(at, _STOPS, [colour[channel] for colour in _COLOURS]) for channel in range(3)]
    colours = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    return np.concatenate([np.full((1, 3), 255, dtype=np.uint8), colours])


PALETTE: Final[NDArray[np.uint8]] = _palette()
DOT_COLOUR: Final = "#{:02x}{:02x}{:02x}".format(*_COLOURS[0])


@dataclass(frozen=True, slots=True, eq=False)
class DensityPicture:
    """Pixels, and the events that stand alone.

    Parameters
    ----------
    levels : (2 rows, 2 columns) uint8
        Palette index, row 0 lowest; 0: nothing.
    dots : (n, 2) int
        Column and row of each cell whose events are drawn as a dot.
    """

    levels: NDArray[np.uint8]
    dots: NDArray[np.intp]


def density_picture(counts: NDArray[np.uint32]) -> DensityPicture:
    """Divide events into pixels and dots.

    Parameters
    ----------
    counts : (rows, columns) uint32
        Events in each cell.
    """
    spread, sigma = smoothed(counts)
    occupied = counts > 0
    lonely = spread * (4.0 * np.pi * sigma**2) < LONELY
    rows, columns = np.nonzero(occupied & lonely)
    level = np.zeros(counts.shape, dtype=np.uint8)
    crowd = occupied & ~lonely
    if crowd.any():
        order = np.argsort(spread[crowd], kind="stable")
        weights = counts[crowd][order].astype(np.float64)
        below = np.cumsum(weights) - weights / 2.0
        ranked = np.zeros(order.size)
        ranked[order] = below / weights.sum()
        level[crowd] = 1 + np.floor(ranked * (LEVELS - 1)).astype(np.uint8)
    return DensityPicture(_stamped(level), np.stack([columns, rows], axis=1))


def density_png(levels: NDArray[np.uint8]) -> bytes:
    """Return the PNG of levels whose row 0 is the lowest; its top row is the highest, its paper is transparent."""
    return indexed_png(levels[::-1], PALETTE, transparent=True)


def smoothed(counts: NDArray[np.uint32]) -> tuple[NDArray[np.float64], float]:
    """Spread counts with a Gaussian kernel.

    Parameters
    ----------
    counts : (rows, columns) uint32
        Events in each cell.

    Returns
    -------
    spread : (rows, columns) float
        Events a cell; what falls beyond the edge is lost.
    sigma : float
        Standard deviation of the kernel [cells].
    """
    events = max(int(counts.sum()), 1)
    side = max(counts.shape)
    sigma = max(side * min(max(WIDTH * events ** (-1.0 / 6.0), NARROWEST), WIDEST), 0.5)
    reach = int(np.ceil(REACH * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    spread = counts.astype(np.float64)
    for axis in (0, 1):
        padded = np.pad(spread, [(reach, reach) if side == axis else (0, 0) for side in (0, 1)])
        length = counts.shape[axis]
        spread = np.zeros(counts.shape)
        for shift, weight in enumerate(kernel):
            part = padded[shift : shift + length] if axis == 0 else padded[:, shift : shift + length]
            spread += weight * part
    return np.round(spread, 9), sigma  # what the last bits say differs between processors


def _stamped(level: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw each coloured cell as a round dot on twice as many pixels; where dots overlap, the denser one is seen."""
    rows, columns = level.shape
    canvas = np.zeros((2 * rows + 2 * MARGIN, 2 * columns + 2 * MARGIN), dtype=np.uint8)
    for down, right in STAMP:
        part = canvas[MARGIN + down : MARGIN + down + 2 * rows : 2, MARGIN + right : MARGIN + right + 2 * columns : 2]
        np.maximum(part, level, out=part)
    return canvas[MARGIN:-MARGIN, MARGIN:-MARGIN]
