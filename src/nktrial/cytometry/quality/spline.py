"""Smoothing spline of a regular series, its stiffness given as R's ``spar``.

Definition
    The cubic spline f that minimises sum (y_i - f(x_i))^2 + lambda integral f''(x)^2 dx, x_i regular on 0..1, with
    lambda = r 256^(3 spar - 1) and r = tr(X'X) / tr(Omega) over the inner basis functions, as R's smooth.spline. All
    points are knots below 50 points; above, fewer, as R's .nknots.smspl
    up to 3,200 points; beyond, 200.

Not decided here
    What is an outlier of the series.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from scipy.linalg import solve

__all__ = ["FEWEST_POINTS", "smoothing_matrix"]

FloatArray: TypeAlias = NDArray[np.float64]

FEWEST_POINTS: Final = 4
DEGREE: Final = 3
ALL_KNOTS_BELOW: Final = 50
# (points, knots) of R's .nknots.smspl; between them the logarithm of the knots is linear in the points.
KNOTS: Final = ((50, 50), (200, 100), (800, 140), (3200, 200))


def smoothing_matrix(points: int, spar: float) -> FloatArray:
    """Return the matrix that smooths a series of a length.

    Parameters
    ----------
    points : int
        Length of the series, at least 4.
    spar : float
        Stiffness, as in R's smooth.spline.

    Returns
    -------
    (points, points) float
        ``matrix @ series`` is the smoothed series.
    """
    x = np.linspace(0.0, 1.0, points)
    places = np.linspace(0, points - 1, _inner_knots(points)).astype(np.intp)  # R truncates such an index
    inner = x[places]
    knots = np.concatenate(([inner[0]] * DEGREE, inner, [inner[-1]] * DEGREE))
    basis = BSpline.design_matrix(x, knots, DEGREE).toarray()
    fit, bend = basis.T @ basis, _bending(knots, inner)
    within = slice(2, fit.shape[0] - 3)
    ratio = float(np.trace(fit[within, within]) / np.trace(bend[within, within]))
    stiffness = ratio * 256.0 ** (3.0 * spar - 1.0)
    return np.asarray(basis @ solve(fit + stiffness * bend, basis.T, assume_a="pos"))


def _inner_knots(points: int) -> int:
    """Return how many points are knots."""
    if points < ALL_KNOTS_BELOW:
        return points
    at, count = np.array(KNOTS).T
    return math.floor(math.exp2(float(np.interp(points, at, np.log2(count)))))


def _bending(knots: FloatArray, inner: FloatArray) -> FloatArray:
    """Return the integrals of the products of the second derivatives: these are linear pieces, two nodes each."""
    middle, half = (inner[1:] + inner[:-1]) / 2.0, np.diff(inner) / 2.0
    nodes = np.concatenate((middle - half / math.sqrt(3.0), middle + half / math.sqrt(3.0)))
    functions = knots.size - DEGREE - 1
    second = BSpline(knots, np.eye(functions), DEGREE).derivative(2)(nodes)
    return np.asarray((second * np.concatenate((half, half))[:, None]).T @ second)
