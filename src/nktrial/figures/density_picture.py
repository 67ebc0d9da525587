"""The picture of a density: log counts on white paper, from pale blue to near black.

Definition
    Counts are spread with a 3 x 3 binomial kernel, and their logarithm is scaled to the palette. Bins that the kernel
    leaves below a twentieth of an event stay white; a single event is a small dot. Lightness falls steadily along the
    palette, so that the picture reads the same in grey print and to every eye. The smoothing is for the eye; counts are
    never taken from the picture.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.figures.png import indexed_png

__all__ = ["PALETTE", "density_levels", "density_png"]

LEVELS: Final = 64
FAINTEST: Final = 0.05
_STOPS: Final = (0.0, 0.22, 0.45, 0.68, 0.86, 1.0)
_COLOURS: Final = (
    (214, 228, 241),
    (134, 190, 216),
    (62, 146, 178),
    (44, 96, 152),
    (52, 48, 112),
    (30, 12, 50),
)


def _palette() -> NDArray[np.uint8]:
    """Return white and then the colours, interpolated between the stops."""
    at = np.linspace(0.0, 1.0, LEVELS)
    channels = [np.interp(at, _STOPS, [colour[channel] for colour in _COLOURS]) for channel in range(3)]
    colours = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    return np.concatenate([np.full((1, 3), 255, dtype=np.uint8), colours])


PALETTE: Final[NDArray[np.uint8]] = _palette()


def density_levels(counts: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return the palette index of each bin.

    Parameters
    ----------
    counts : (rows, columns) uint32
        Events in each bin.

    Returns
    -------
    (rows, columns) uint8
        0 where empty, else 1 to 64 by the logarithm of the smoothed count.
    """
    smooth = _smoothed(counts.astype(np.float64))
    densest = float(smooth.max(initial=0.0))
    if densest < FAINTEST:
        return np.zeros(counts.shape, dtype=np.uint8)
    scale = np.log1p(smooth / FAINTEST) / np.log1p(densest / FAINTEST)
    levels = 1 + np.floor(scale * (LEVELS - 1)).astype(np.int64)
    return np.where(smooth >= FAINTEST, levels, 0).astype(np.uint8)


def density_png(counts: NDArray[np.uint32]) -> bytes:
    """Return the picture of a grid whose row 0 is the lowest, as a PNG whose top row is the highest."""
    return indexed_png(density_levels(counts)[::-1], PALETTE)


def _smoothed(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread counts with the kernel (1, 2, 1)/4 along both axes."""
    for axis in (0, 1):
        padded = np.pad(counts, [(1, 1) if side == axis else (0, 0) for side in (0, 1)])
        length = counts.shape[axis]
        before, here, after = (np.take(padded, range(start, start + length), axis=axis) for start in range(3))
        counts = (before + 2.0 * here + after) / 4.0
    return counts
