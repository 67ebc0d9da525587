"""A deterministic, evenly spread point set: the same numbers on every machine and in every run.

Definition
    Point i of n in d dimensions is frac(1/2 + (i + 1) a_j), a_j = g^-j, with g the one positive root of
    g^(d+1) = g + 1 (the golden ratio for d = 1, the plastic number for d = 2). A Kronecker sequence; the choice of g
    is Roberts 2018, "The unreasonable effectiveness of quasirandom sequences". Used in place of random draws
    where distributions are combined, so that a result needs no seed.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["lattice"]


def lattice(points: int, dimensions: int) -> NDArray[np.float64]:
    """Return points spread evenly over the open unit cube.

    Parameters
    ----------
    points, dimensions : int
        Both at least 1.

    Returns
    -------
    (points, dimensions) float
        Each coordinate in 0..1.
    """
    root = 1.5
    for _ in range(60):  # g = (1 + g)^(1 / (d + 1)) is a contraction: 60 rounds reach the last bit
        root = (1.0 + root) ** (1.0 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1.0)
    spread: NDArray[np.float64] = (0.5 + np.arange(1.0, points + 1.0)[:, np.newaxis] * steps) % 1.0
    return spread
