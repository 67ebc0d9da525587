"""Counts that other samples of the same cells would give.

Definition
    Each mass of the binned values is replaced by a Poisson draw of that mean (a bootstrap of the number of events at
    each place), with a fixed seed: the same values give the same replicates, whatever the order of the events.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from nktrial.cytometry.automatic.smoothing import Binned

__all__ = ["REPLICATES", "replicates"]

REPLICATES: Final = 32
SEED: Final = 20261123


def replicates(binned: Binned) -> Iterator[Binned]:
    """Yield 32 resampled sets of masses.

    Parameters
    ----------
    binned : Binned
        Counts of events.

    Yields
    ------
    Binned
        A replicate; one without any event is skipped.
    """
    generator = np.random.default_rng(SEED)
    for _ in range(REPLICATES):
        drawn = generator.poisson(binned.mass).astype(np.float64)
        total = float(drawn.sum())
        if total > 0.0:
            yield Binned(binned.start, binned.step, drawn, total, binned.closed_low, binned.closed_high)
