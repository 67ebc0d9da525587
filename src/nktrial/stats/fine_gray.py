"""Fine-Gray regression: covariates and the subdistribution hazard of one cause.

Definition
    A patient with a competing event at T stays at risk with weight G(t-) / G(T-), G the Kaplan-Meier estimate of
    censoring. The pseudo-likelihood is Breslow's. Standard errors are the sandwich of Fine & Gray 1999, with the term
    for the estimation of G. Each sum over the risk set is one cumulative sum forward (competing) and one backward
    (still at risk), so that a step costs O(n p^2) after one sort.

Not decided here
    Whether hazards are proportional. Where the maximum lies at infinity or covariates cannot be told apart, there is
    no estimate (NK-STA-12), never a number that looks like one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray, IntArray, at_risk, checked_causes, checked_times

__all__ = ["METHOD", "FineGray", "checked_covariates", "fine_gray"]

METHOD: Final = Method(name="stats.fine_gray", version=1, source="Fine & Gray 1999, J Am Stat Assoc 94:496")
MOST_STEPS: Final = 50
SEPARATED: Final = "a coefficient grows without end: a covariate separates those with the event"
TOLERANCE: Final = 1e-10
LARGEST: Final = 30.0  # standard deviations times coefficient: e^30 is no hazard ratio
VANISHED: Final = 1e-6  # information left of that at 0 where the maximum lies at infinity


@dataclass(frozen=True, slots=True)
class FineGray:
    """Coefficients of a Fine-Gray regression.

    Parameters
    ----------
    coef, se, p_value : (p,) float
        Log subdistribution hazard ratios, robust standard errors, two-sided Wald p.
    vcov : (p, p) float
        Robust.
    loglik, loglik_null : float
        Pseudo log-likelihood at the estimate and at 0.
    converged : bool
        Always True: without convergence an error is raised.
    n, events : int
        Patients, and events of the cause.
    """

    coef: FloatArray
    se: FloatArray
    p_value: FloatArray
    vcov: FloatArray
    loglik: float
    loglik_null: float
    converged: bool
    n: int
    events: int


@dataclass(frozen=True, slots=True)
class _Data:
    """The patients by place among the distinct times; ``z`` is centred. ``g``: G just before each distinct time."""

    z: FloatArray
    place: IntArray
    own: np.ndarray
    competing: np.ndarray
    censored: np.ndarray
    d: FloatArray
    g: FloatArray
    n_risk: FloatArray

    def by_time(self, value: FloatArray) -> FloatArray:
        """Sum (n,) or (n, p) values at each distinct time."""
        size = self.d.size
        if value.ndim == 1:
            return np.bincount(self.place, value, minlength=size).astype(np.float64)
        return np.stack([np.bincount(self.place, column, minlength=size) for column in value.T], axis=1)


@dataclass(frozen=True, slots=True)
class _State:
    """Everything at one coefficient."""

    loglik: float
    gradient: FloatArray
    information: FloatArray
    r: FloatArray
    s0: FloatArray
    mean: FloatArray
    a: FloatArray


def fine_gray(time: ArrayLike, event: ArrayLike, covariates: ArrayLike, *, cause: int = 1) -> FineGray:
    """Fit a Fine-Gray regression.

    Parameters
    ----------
    time : (n,) float
        Follow-up, from 0.
    event : (n,) int
        0 censored, 1 and above a cause.
    covariates : (n, p) float
        Finite numbers; one column a term, no intercept.
    cause : int
        The cause, from 1.

    Returns
    -------
    FineGray
        Coefficients with robust variance.

    Raises
    ------
    MethodError
        NK-STA-02 the cause; NK-STA-03 to NK-STA-06 the data; NK-STA-13 the covariates; NK-STA-11 no event of the
        cause; NK-STA-12 no finite maximum, or covariates that cannot be told apart.
    """
    times = checked_times(time)
    codes = checked_causes(event, times.size)
    matrix = checked_covariates(covariates, times.size)
    if cause < 1:
        raise MethodError("NK-STA-02", f"cause {cause}, expected a whole number from 1.")
    events = int(np.count_nonzero(codes == cause))
    if events == 0:
        raise MethodError("NK-STA-11", f"nobody has an event of cause {cause}.")
    scale = matrix.std(axis=0)
    if np.any(scale == 0.0):
        raise MethodError("NK-STA-12", f"covariate {int(np.flatnonzero(scale == 0.0)[0])} is the same in all patients.")
    data = _prepared(times, codes, (matrix - matrix.mean(axis=0)) / scale, cause)
    start = _state(data, np.zeros(scale.size))
    beta, end = _maximum(data, start)
    vcov = _sandwich(data, end) / np.outer(scale, scale)
    coef, se = beta / scale, np.sqrt(np.diag(vcov))
    p_value = 2.0 * ndtr(-np.abs(coef / se))
    return FineGray(coef, se, p_value, vcov, end.loglik, start.loglik, True, times.size, events)  # noqa: FBT003


def checked_covariates(covariates: ArrayLike, size: int) -> FloatArray:
    """Return covariates as an (n, p) array.

    Raises
    ------
    MethodError
        NK-STA-13 another shape, or a value that is not finite.
    """
    matrix = np.asarray(covariates, dtype=np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if matrix.ndim != 2 or matrix.shape[0] != size or matrix.shape[1] == 0:
        raise MethodError("NK-STA-13", f"covariates have the shape {matrix.shape}, expected ({size}, p).")
    if not np.isfinite(matrix).all():
        row, column = (int(place[0]) for place in np.nonzero(~np.isfinite(matrix)))
        raise MethodError(
            "NK-STA-13",
            f"the covariate in column {column} of patient {row} is missing or infinite.",
            remedy="Leave such patients out, and say so.",
        )
    return matrix


def _prepared(time: FloatArray, code: IntArray, z: FloatArray, cause: int) -> _Data:
    risk = at_risk(time)
    own, censored = code == cause, code == 0
    n = risk.n_risk.astype(np.float64)
    g_after = np.cumprod(1.0 - risk.counted(censored) / n)
    g = np.concatenate(([1.0], g_after[:-1]))
    return _Data(z, risk.place, own, ~own & ~censored, censored, risk.counted(own).astype(np.float64), g, n)


def _backward(value: FloatArray) -> FloatArray:
    """Return the sum over this and later times."""
    return np.cumsum(value[::-1], axis=0)[::-1]


def _earlier(value: FloatArray) -> FloatArray:
    """Return the sum over earlier times."""
    return np.cumsum(value, axis=0) - value


def _state(data: _Data, beta: FloatArray) -> _State:
    """Return log-likelihood, gradient and information: one pass forward and one backward."""
    eta = data.z @ beta
    top = float(eta.max())
    r = np.exp(eta - top)
    held = np.where(data.competing, r / data.g[data.place], 0.0)
    s0 = _backward(data.by_time(r)) + data.g * _earlier(data.by_time(held))
    s1 = _backward(data.by_time(data.z * r[:, None])) + data.g[:, None] * _earlier(data.by_time(data.z * held[:, None]))
    mean = s1 / s0[:, None]
    hazard = data.d / s0
    ahead = _backward(data.g * hazard) - data.g * hazard  # strictly later
    a = np.cumsum(hazard)[data.place] + np.where(data.competing, ahead[data.place] / data.g[data.place], 0.0)
    loglik = float(eta[data.own].sum() - data.d @ (np.log(s0) + top))
    weight = r * a
    gradient = data.z[data.own].sum(axis=0) - weight @ data.z
    information = (data.z * weight[:, None]).T @ data.z - (mean * data.d[:, None]).T @ mean
    return _State(loglik, gradient, information, r, s0, mean, a)


def _maximum(data: _Data, start: _State) -> tuple[FloatArray, _State]:
    """Climb by Newton's steps, halved where they do not climb."""
    beta, state = np.zeros(data.z.shape[1]), start
    for _ in range(MOST_STEPS):
        if np.linalg.matrix_rank(state.information, hermitian=True) < beta.size:
            _no_estimate("the covariates cannot be told apart in these patients")
        step: FloatArray = np.linalg.solve(state.information, state.gradient).astype(np.float64)
        if float(step @ state.gradient) < TOLERANCE:
            if np.any(np.diag(state.information) < VANISHED * np.diag(start.information)):
                _no_estimate(SEPARATED)
            return beta + step, _state(data, beta + step)
        beta, state = _climbed(data, beta, step, state)
        if np.abs(beta).max() > LARGEST:
            _no_estimate(SEPARATED)
    return _no_estimate(f"no maximum after {MOST_STEPS} steps")


def _climbed(data: _Data, beta: FloatArray, step: FloatArray, state: _State) -> tuple[FloatArray, _State]:
    """Return the next place, no lower than this one; a step that goes down is halved."""
    tried = _state(data, beta + step)
    for _ in range(MOST_STEPS):
        if np.isfinite(tried.loglik) and tried.loglik >= state.loglik:
            break
        step = step / 2.0
        tried = _state(data, beta + step)
    return beta + step, tried


def _no_estimate(why: str) -> tuple[FloatArray, _State]:
    raise MethodError("NK-STA-12", f"there is no estimate: {why}.", remedy="Take fewer or other covariates.")


def _sandwich(data: _Data, state: _State) -> FloatArray:
    """Return the robust variance: influence of each patient through the score and through G."""
    hazard = data.d / state.s0
    weighted = hazard[:, None] * state.mean
    g_hazard, g_weighted = data.g * hazard, data.g[:, None] * weighted
    later_weighted = _backward(g_weighted) - g_weighted
    place = data.place
    inverse = np.where(data.competing, 1.0 / data.g[place], 0.0)
    b = np.cumsum(weighted, axis=0)[place] + later_weighted[place] * inverse[:, None]
    influence = -state.r[:, None] * (data.z * state.a[:, None] - b)
    influence[data.own] += data.z[data.own] - state.mean[place[data.own]]
    held = state.r * inverse
    q = _earlier(data.by_time(data.z * held[:, None])) * _backward(g_hazard)[:, None] - _earlier(data.by_time(held))[
        :, None
    ] * _backward(g_weighted)
    per_patient = q / data.n_risk[:, None]
    lost = np.cumsum(per_patient * (data.by_time(data.censored.astype(np.float64)) / data.n_risk)[:, None], axis=0)
    influence -= lost[place]
    influence[data.censored] += per_patient[place[data.censored]]
    bread = np.linalg.inv(state.information)
    return np.asarray(bread @ (influence.T @ influence) @ bread)
