"""Densities that other samples of the same cells would give.

Definition
    Each mass of the binned values is replaced by a Poisson draw of that mean (a bootstrap of the number of events at
    each place), with a fixed seed: the same values give the same replicates, whatever the order of the events.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.automatic.smoothing import Binned, smooth

__all__ = ["REPLICATES", "replicates"]

FloatArray: TypeAlias = NDArray[np.float64]
REPLICATES: Final = 32
SEED: Final = 20261123


def replicates(binned: Binned, bandwidth: float, *, derivative: int = 0) -> Iterator[FloatArray]:
    """Yield 32 resampled densities, or derivatives of them, at the points of the grid.

    Parameters
    ----------
    binned : Binned
        Counts of events.
    bandwidth : float
        As of the density.
    derivative : int
        As of `smooth`.

    Yields
    ------
    (m,) float
        A replicate; replicates without any event are skipped.
    """
    generator = np.random.default_rng(SEED)
    for _ in range(REPLICATES):
        drawn = generator.poisson(binned.mass).astype(np.float64)
        total = float(drawn.sum())
        if total > 0.0:
            again = Binned(binned.start, binned.step, drawn, total, binned.closed_low, binned.closed_high)
            yield smooth(again, bandwidth, derivative=derivative)
