"""FlowJo's biexponential scale, by its table of 4,096 steps.

Definition
    With w = log10(-width) / 2, the decades below 0 are e = negative + w and those above are p = positive - w. Step
    z = floor(4096 e / (e + p)), at most 2048, displays 0; the decades above are then set to e 4096 / z. With
    P = ln 10 times those decades and N the root of 2 (ln N - ln P) + v (P + N) = 0 for v = w / decades, step k >= z
    stands for m (exp(P k / 4097) - s exp(-N k / 4097) - t), where s = exp((P + N)(v + e / decades)), t makes step z
    stand for 0 and m = T exp(-P); below z the table is reflected. The display value of x is its step, interpolated
    linearly, over 4096; values beyond the table are displayed at its ends.

    The table equals FlowJo's own (its values are given with five significant digits; see the method's page). FlowJo
    states the width with ten decimals; its logarithm is rounded to ten decimals, since the floor of z falls on the
    wrong side where 4096 e / (e + p) is a whole number.

Not decided here
    Which parameters a channel gets: the workspace says so. How FlowJo bins events: see ``flowjo_bins``.
"""

import math
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from nktrial.core.errors import MethodError
from nktrial.model.flowjo_scales import Biex, flowjo_problem
from nktrial.model.method import Method

__all__ = ["METHOD", "STEPS", "biex", "biex_inverse", "biex_table"]

METHOD: Final = Method(
    name="cytometry.biex",
    version=1,
    source="Table of FlowJo 10; formula as in RGLab/cytolib and whitews/FlowKit, ported there from FlowJo's own",
)
FloatArray: TypeAlias = NDArray[np.float64]

STEPS: Final = 4096
WIDTH_DECIMALS: Final = 10


def biex(scale: Biex, values: FloatArray) -> FloatArray:
    """Return display values, 0 to 1, of scale values.

    Parameters
    ----------
    scale : Biex
        The parameters.
    values : (n,) float
        Scale values.

    Returns
    -------
    (n,) float
        Step of the table over 4096; NaN for NaN.

    Raises
    ------
    MethodError
        NK-CYT-40 the parameters are outside the scale's definition.
    """
    table = biex_table(scale)
    return np.asarray(np.interp(values, table, np.arange(STEPS + 1) / STEPS))


def biex_inverse(scale: Biex, display: FloatArray) -> FloatArray:
    """Return the scale values of display values; beyond 0 to 1 those of the table's ends. Errors as in ``biex``."""
    return np.asarray(np.interp(display, np.arange(STEPS + 1) / STEPS, biex_table(scale)))


@lru_cache(maxsize=256)
def biex_table(scale: Biex) -> FloatArray:
    """Return the scale value of every step, (4097,) float, increasing; error as in ``biex``."""
    problem = flowjo_problem(scale)
    if problem:
        raise MethodError("NK-CYT-40", f"biex scale: {problem}.")
    half_width = round(math.log10(-scale.width), WIDTH_DECIMALS) / 2.0
    below = scale.negative + half_width
    decades = scale.positive - half_width
    zero = min(int(below * STEPS / (below + decades)), STEPS // 2)
    if zero > 0:
        decades = below * STEPS / zero
    bend = half_width / decades
    rise = math.log(10.0) * decades
    fall = _falling_rate(rise, bend)
    step = np.arange(STEPS + 1) / (STEPS + 1)
    growing = np.exp(step * rise)
    shrinking = np.exp(-step * fall) * math.exp((rise + fall) * (bend + below / decades))
    curve = growing - shrinking
    table: FloatArray = scale.T * math.exp(-rise) * (curve - curve[zero])
    table[:zero] = -table[2 * zero : zero : -1]
    table.setflags(write=False)
    return table


def _falling_rate(rise: float, bend: float) -> float:
    """Solve 2 (ln d - ln rise) + bend (rise + d) = 0, which increases in d."""
    if bend == 0.0:
        return rise

    def excess(log_rate: float) -> float:
        return 2.0 * (log_rate - math.log(rise)) + bend * (rise + math.exp(log_rate))

    low = math.log(rise) - bend * rise
    return math.exp(brentq(excess, low, math.log(rise), xtol=1e-15, rtol=1e-15))
