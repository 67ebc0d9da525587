"""Logicle display scale.

Definition
    logicle(x, T, W, M, A) is the root y of B(y) = x, B(y) = a e^(b y) - c e^(-d y) - f, with w = W / (M + A),
    x2 = A / (M + A), x1 = x2 + w, x0 = x2 + 2w, b = (M + A) ln 10, d the root of 2 (ln d - ln b) + w (b + d) = 0,
    and a, c, f from B(x1) = 0, B''(x1) = 0, B(1) = T. Below x1, the display of 0, it is reflected:
    logicle(-x) = 2 x1 - logicle(x).

Not decided here
    Which T, W, M, A a channel gets: the gating file says so.
"""

import math
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.reflected import Curve, StartTable, curve_root, curve_value, start_table
from nktrial.model.gates import Logicle, parameter_problem
from nktrial.model.method import Method

__all__ = ["METHOD", "logicle", "logicle_inverse"]

METHOD: Final = Method(
    name="cytometry.logicle",
    version=1,
    source="Moore and Parks 2012, Cytometry A 81A:273; Gating-ML 2.0",
)
FloatArray: TypeAlias = NDArray[np.float64]
NEWTON_STEPS: Final = 100


def logicle(values: ArrayLike, T: float, W: float, M: float, A: float) -> FloatArray:
    """Return the logicle display of scale values.

    Parameters
    ----------
    values : (n,) float
        Scale values, finite.
    T, W, M, A : float
        Top of scale, decades of the linear region, decades, additional negative decades.

    Returns
    -------
    (n,) float
        Display values: T gives 1, 0 gives (W + A) / (M + A).

    Raises
    ------
    MethodError
        NK-CYT-01 the parameters are outside the scale's definition.
    """
    curve, table = _curve(float(T), float(W), float(M), float(A))
    return curve_root(curve, table, np.asarray(values, dtype=np.float64))


def logicle_inverse(display: ArrayLike, T: float, W: float, M: float, A: float) -> FloatArray:
    """Return the scale values of logicle display values; parameters and errors as in ``logicle``."""
    curve, _ = _curve(float(T), float(W), float(M), float(A))
    return curve_value(curve, np.asarray(display, dtype=np.float64))


@lru_cache(maxsize=64)
def _curve(T: float, W: float, M: float, A: float) -> tuple[Curve, StartTable]:
    """Compute the coefficients and the start table, once a parameter set."""
    problem = parameter_problem(Logicle(T, W, M, A))
    if problem:
        raise MethodError("NK-CYT-01", f"logicle(T={T:g}, W={W:g}, M={M:g}, A={A:g}): {problem}.")
    w = W / (M + A)
    x2 = A / (M + A)
    x1 = x2 + w
    x0 = x2 + 2.0 * w
    b = (M + A) * math.log(10.0)
    d = _falling_rate(b, w)
    c_a = math.exp(x0 * (b + d))
    f_a = math.exp(b * x1) - c_a * math.exp(-d * x1)
    a = T / (math.exp(b) - f_a - c_a * math.exp(-d))
    curve = Curve(a=a, b=b, c=c_a * a, d=d, g=0.0, f=f_a * a, centre=x1, top=T)
    return curve, start_table(curve)


def _falling_rate(b: float, w: float) -> float:
    """Solve 2 (ln d - ln b) + w (b + d) = 0 by Newton steps from the left, where the function is concave."""
    d = b * math.exp(-w * b)
    for _ in range(NEWTON_STEPS):
        step = (2.0 * math.log(d / b) + w * (b + d)) / (2.0 / d + w)
        d -= step
        if abs(step) <= 1e-16 * d:
            break
    return d
