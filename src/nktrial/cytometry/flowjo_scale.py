"""FlowJo's display scales: from scale values to display values and back.

Definition
    Biex: see ``biex``. Logarithmic: log10(max(x, offset) / offset) / decades. Linear: (x - low) / (high - low). The
    first is flat beyond its table, the second below its offset.

Not decided here
    How FlowJo bins events on a scale: see ``flowjo_bins``.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.biex import biex, biex_inverse
from nktrial.model.flowjo_scales import Biex, FlowJoScale, OffsetLog, Range

__all__ = ["flowjo_bracket", "flowjo_display", "flowjo_inverse"]

FloatArray: TypeAlias = NDArray[np.float64]


def flowjo_display(scale: FlowJoScale, values: FloatArray) -> FloatArray:
    """Return the display values, (n,) float, of scale values; the axis runs from 0 to 1."""
    match scale:
        case Biex():
            return biex(scale, values)
        case OffsetLog(offset, decades):
            return np.asarray(np.log10(np.maximum(values, offset) / offset) / decades)
        case Range(low, high):
            return (values - low) / (high - low)


def flowjo_inverse(scale: FlowJoScale, display: FloatArray) -> FloatArray:
    """Return the scale values of display values; on a flat part those of its end."""
    match scale:
        case Biex():
            return biex_inverse(scale, display)
        case OffsetLog(offset, decades):
            return np.asarray(offset * 10.0 ** (np.maximum(display, 0.0) * decades))
        case Range(low, high):
            return low + display * (high - low)


def flowjo_bracket(scale: FlowJoScale, bound: float, margin: float) -> tuple[float, float]:
    """Return the scale values below which a value is surely displayed below a bound, and from which it is not.

    Parameters
    ----------
    scale : FlowJoScale
        The scale.
    bound, margin : float
        On the display scale; ``margin`` covers the rounding of the scale.
    """
    bottom = -math.inf if isinstance(scale, Range) else 0.0
    top = 1.0 if isinstance(scale, Biex) else math.inf
    ends = []
    for edge in (bound - margin, bound + margin):
        if edge <= bottom:
            ends.append(-math.inf)
        elif edge > top:
            ends.append(math.inf)
        else:
            ends.append(float(flowjo_inverse(scale, np.array([edge]))[0]))
    return ends[0], ends[1]
