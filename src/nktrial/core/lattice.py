"""A deterministic, evenly spread point set: the same numbers on every machine and in every run.

Definition
    Point i of n = 2^14 is ((i a^j mod n) + 1/2) / n, j = 0, 1, 2: a rank-1 lattice after Korobov 1959. Of all odd
    multipliers a = 1951 is the one with the least figure of merit P_2 in three dimensions (Sloan & Joe 1994, Lattice
    Methods for Multiple Integration). Every coordinate takes the n midpoints once each. Used in place of random draws
    where distributions are combined, so that a result needs no seed.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.check import in_range

__all__ = ["POINTS", "lattice"]

POINTS: Final = 2**14
MULTIPLIER: Final = 1951
MAX_DIMENSIONS: Final = 3


def lattice(dimensions: int) -> NDArray[np.float64]:
    """Return points spread evenly over the open unit cube.

    Parameters
    ----------
    dimensions : int
        1 to 3.

    Returns
    -------
    (16384, dimensions) float
        Each coordinate strictly between 0 and 1.

    Raises
    ------
    MethodError
        NK-COR-05 more dimensions than the multiplier was chosen for.
    """
    in_range("dimensions", dimensions, 1, MAX_DIMENSIONS)
    steps = np.array([pow(MULTIPLIER, j, POINTS) for j in range(dimensions)], dtype=np.int64)
    index = np.arange(POINTS, dtype=np.int64)[:, np.newaxis]
    spread: NDArray[np.float64] = ((index * steps) % POINTS + 0.5) / POINTS
    return spread
