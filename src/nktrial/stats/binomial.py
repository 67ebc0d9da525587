"""Binomial probabilities on arrays: P(X = x), P(X > x), P(X <= x) of n at a rate.

Definition
    The tails are incomplete beta functions; x below 0 and above n are allowed, and rates of 0 and 1.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc, gammaln, xlog1py, xlogy

from nktrial.stats.at_risk import FloatArray

__all__ = ["above", "at_most", "exactly"]


def exactly(x: ArrayLike, n: ArrayLike, rate: float) -> FloatArray:
    """Return P(X = x)."""
    k, size = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    inside = (k >= 0) & (k <= size)
    at = np.where(inside, k, 0.0)
    logs = gammaln(size + 1.0) - gammaln(at + 1.0) - gammaln(size - at + 1.0)
    logs = logs + xlogy(at, rate) + xlog1py(size - at, -rate)
    return np.asarray(np.where(inside, np.exp(logs), 0.0))


def above(x: ArrayLike, n: ArrayLike, rate: float) -> FloatArray:
    """Return P(X > x)."""
    k, size = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    inside = (k >= 0) & (k < size)
    tail = betainc(np.where(inside, k + 1.0, 1.0), np.where(inside, size - k, 1.0), rate)
    return np.asarray(np.where(inside, tail, np.where(k < 0, 1.0, 0.0)))


def at_most(x: ArrayLike, n: ArrayLike, rate: float) -> FloatArray:
    """Return P(X <= x)."""
    k, size = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    inside = (k >= 0) & (k < size)
    tail = betaincc(np.where(inside, k + 1.0, 1.0), np.where(inside, size - k, 1.0), rate)
    return np.asarray(np.where(inside, tail, np.where(k < 0, 0.0, 1.0)))
