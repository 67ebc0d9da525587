"""Display scales of Gating-ML 2.0 and FlowJo: from scale values to display values and back.

Definition
    flin(x, T, A) = (x + A) / (T + A); flog(x, T, M) = log10(x / T) / M + 1;
    fasinh(x, T, M, A) = (asinh(x sinh(M ln 10) / T) + A ln 10) / ((M + A) ln 10); logicle, hyperlog and FlowJo's
    scales: see there. Those of Gating-ML increase strictly; a bounded scale is then cut off at its bounds. flog of 0 is
    minus infinity, of a negative value NaN: such an event is inside no gate with a lower bound, and a negative one
    inside no gate at all.

Not decided here
    Compensation, which comes before.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.flowjo_scale import flowjo_bracket, flowjo_display, flowjo_inverse
from nktrial.cytometry.hyperlog import hyperlog, hyperlog_inverse
from nktrial.cytometry.logicle import logicle, logicle_inverse
from nktrial.model.flowjo_scales import FlowJoScale
from nktrial.model.gates import Asinh, Bounded, Hyperlog, Linear, Log, Logicle, Scale, Transform

__all__ = ["DOUBT", "clipped", "displayed", "scale_bracket", "scale_of"]

FloatArray: TypeAlias = NDArray[np.float64]

LN10: Final = math.log(10.0)
DOUBT: Final = 1e-9  # on the display scale; the transforms are accurate to about 1e-14


def displayed(transform: Transform | None, values: FloatArray) -> FloatArray:
    """Return the display values of scale values; without a transform the values themselves."""
    if transform is None:
        return values
    if isinstance(transform, FlowJoScale):
        return flowjo_display(transform, values)
    if isinstance(transform, Bounded):
        return clipped(_display(transform.scale, values), transform.low, transform.high)
    return _display(transform, values)


def scale_of(transform: Transform | None, display: FloatArray) -> FloatArray:
    """Return the scale values of display values: the inverse of ``displayed``, between the bounds where it has any."""
    if transform is None:
        return display
    if isinstance(transform, FlowJoScale):
        return flowjo_inverse(transform, display)
    with np.errstate(over="ignore"):
        return _inverse(transform.scale if isinstance(transform, Bounded) else transform, display)


def clipped(values: FloatArray, low: float | None, high: float | None) -> FloatArray:
    """Cut values off at the bounds that there are; NaN stays NaN."""
    return values if low is None and high is None else np.asarray(np.clip(values, low, high))


def scale_bracket(transform: Transform | None, bound: float) -> tuple[float, float]:
    """Return the scale values between which an event must be transformed to know its side of a bound.

    Parameters
    ----------
    transform : Transform or None
        Of the dimension.
    bound : float
        On the display scale.

    Returns
    -------
    below, above : float
        An event below ``below`` is displayed below the bound, one at or above ``above`` at or above it. Equal where
        there is no transform.
    """
    if transform is None:
        return bound, bound
    if isinstance(transform, Bounded):
        if transform.low is not None and bound <= transform.low:
            return -math.inf, -math.inf
        if transform.high is not None and bound > transform.high:
            return math.inf, math.inf
    margin = DOUBT * max(1.0, abs(bound))
    if isinstance(transform, FlowJoScale):
        return flowjo_bracket(transform, bound, margin)
    below, above = scale_of(transform, np.array([bound - margin, bound + margin]))
    return float(below), float(above)


def _display(scale: Scale, values: FloatArray) -> FloatArray:
    """Apply a scale's formula."""
    match scale:
        case Linear(T, A):
            return (values + A) / (T + A)
        case Asinh(T, M, A):
            return np.asarray((np.arcsinh(values * (np.sinh(M * LN10) / T)) + A * LN10) / ((M + A) * LN10))
        case Log(T, M):
            with np.errstate(divide="ignore", invalid="ignore"):
                return (1.0 / M) * np.log10(values / T) + 1.0
        case Logicle(T, W, M, A):
            return logicle(values, T, W, M, A)
        case Hyperlog(T, W, M, A):
            return hyperlog(values, T, W, M, A)


def _inverse(scale: Scale, display: FloatArray) -> FloatArray:
    """Apply a scale's inverse."""
    match scale:
        case Linear(T, A):
            return display * (T + A) - A
        case Asinh(T, M, A):
            return np.asarray(np.sinh(display * ((M + A) * LN10) - A * LN10) / (np.sinh(M * LN10) / T))
        case Log(T, M):
            return np.asarray(T * 10.0 ** ((display - 1.0) * M))
        case Logicle(T, W, M, A):
            return logicle_inverse(display, T, W, M, A)
        case Hyperlog(T, W, M, A):
            return hyperlog_inverse(display, T, W, M, A)
