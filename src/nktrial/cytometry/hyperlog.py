"""Hyperlog display scale.

Definition
    hyperlog(x, T, W, M, A) is the root y of EH(y) = x, EH(y) = a e^(b y) + c y - f, with w = W / (M + A),
    x2 = A / (M + A), x1 = x2 + w, x0 = x2 + 2w, b = (M + A) ln 10, c / a = e^(b x0) / w, EH(x1) = 0, EH(1) = T;
    below x1 the curve is reflected about it.

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
from nktrial.model.gates import Hyperlog, parameter_problem
from nktrial.model.method import Method

__all__ = ["METHOD", "hyperlog", "hyperlog_inverse"]

METHOD: Final = Method(
    name="cytometry.hyperlog",
    version=1,
    source="Bagwell 2005, Cytometry A 64A:34; Gating-ML 2.0",
)
FloatArray: TypeAlias = NDArray[np.float64]


def hyperlog(values: ArrayLike, T: float, W: float, M: float, A: float) -> FloatArray:
    """Return the hyperlog display of scale values.

    Parameters
    ----------
    values : (n,) float
        Scale values, finite.
    T, W, M, A : float
        Top of scale, decades of the linear region (above 0), decades, additional negative decades.

    Returns
    -------
    (n,) float
        Display values: T gives 1, 0 gives (W + A) / (M + A).

    Raises
    ------
    MethodError
        NK-CYT-02 the parameters are outside the scale's definition.
    """
    curve, table = _curve(float(T), float(W), float(M), float(A))
    return curve_root(curve, table, np.asarray(values, dtype=np.float64))


def hyperlog_inverse(display: ArrayLike, T: float, W: float, M: float, A: float) -> FloatArray:
    """Return the scale values of hyperlog display values; parameters and errors as in ``hyperlog``."""
    curve, _ = _curve(float(T), float(W), float(M), float(A))
    return curve_value(curve, np.asarray(display, dtype=np.float64))


@lru_cache(maxsize=64)
def _curve(T: float, W: float, M: float, A: float) -> tuple[Curve, StartTable]:
    """Compute the coefficients and the start table, once a parameter set."""
    problem = parameter_problem(Hyperlog(T, W, M, A))
    if problem:
        raise MethodError("NK-CYT-02", f"hyperlog(T={T:g}, W={W:g}, M={M:g}, A={A:g}): {problem}.")
    w = W / (M + A)
    x2 = A / (M + A)
    x1 = x2 + w
    x0 = x2 + 2.0 * w
    b = (M + A) * math.log(10.0)
    c_a = math.exp(b * x0) / w
    f_a = math.exp(b * x1) + c_a * x1
    a = T / (math.exp(b) + c_a - f_a)
    curve = Curve(a=a, b=b, c=0.0, d=0.0, g=c_a * a, f=f_a * a, centre=x1, top=T)
    return curve, start_table(curve)
