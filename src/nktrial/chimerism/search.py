"""A small bounded search: projected quasi-Newton steps for a dozen parameters.

Definition
    BFGS on the inverse curvature (Nocedal and Wright 2006, chapter 6), each step projected on the box; parameters
    that press against a bound are held for that step. It stops where the next step promises less than 1e-6.

Not decided here
    What is minimised. Written out because fits are small and many: a step costs one evaluation, and the curvature
    learned by one fit starts the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Found", "minimum"]

FloatArray = NDArray[np.float64]
Function: TypeAlias = Callable[[FloatArray], tuple[float, FloatArray]]
MAX_STEPS: Final = 120
PROMISE: Final = 1e-6
ARMIJO: Final = 1e-4
SHORTEST: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where the search ended: point (n,), value, and inverse curvature (n, n)."""

    point: FloatArray
    value: float
    inverse: FloatArray


def minimum(function: Function, start: FloatArray, low: FloatArray, high: FloatArray, inverse: FloatArray) -> Found:
    """Search the minimum of a smooth function in a box.

    Parameters
    ----------
    function : callable
        Point (n,) -> value and derivatives (n,).
    start : (n,) float
        Where to begin, inside the box.
    low, high : (n,) float
        The box.
    inverse : (n, n) float
        First guess of the inverse curvature, positive definite.
    """
    point, curvature = start.copy(), inverse.copy()
    value, slope = function(point)
    fresh = True
    for _ in range(MAX_STEPS):
        free = ~(((point <= low) & (slope > 0)) | ((point >= high) & (slope < 0)))
        direction = np.where(free, -(curvature * np.where(free, slope, 0.0)).sum(axis=1), 0.0)
        if -float(slope @ direction) < PROMISE:
            break
        step = _step(function, point, value, slope, direction, (low, high))
        if step is None:
            if fresh:
                break
            curvature, fresh = inverse.copy(), True
            continue
        moved, turned = step[0] - point, step[2] - slope
        point, value, slope = step
        along = float(moved @ turned)
        if along > 1e-12:
            curvature = _updated(curvature, moved, turned, along)
            fresh = False
    return Found(point, value, curvature)


def _step(
    function: Function,
    point: FloatArray,
    value: float,
    slope: FloatArray,
    direction: FloatArray,
    box: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, float, FloatArray] | None:
    """Return the first point along the projected direction that is low enough, or None."""
    length = 1.0
    while length > SHORTEST:
        new = np.clip(point + length * direction, *box)
        new_value, new_slope = function(new)
        if new_value <= value + ARMIJO * float(slope @ (new - point)):
            return new, new_value, new_slope
        length *= 0.4
    return None


def _updated(curvature: FloatArray, moved: FloatArray, turned: FloatArray, along: float) -> FloatArray:
    """Return the inverse curvature after the BFGS update."""
    pushed = (curvature * turned).sum(axis=1)
    scale = (1.0 + float(turned @ pushed) / along) / along
    return np.asarray(
        curvature + scale * np.outer(moved, moved) - (np.outer(pushed, moved) + np.outer(moved, pushed)) / along
    )
