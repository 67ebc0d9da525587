"""The search for the shares that explain the reads best.

Definition
    Shares are written as w_k = u_k^2 / sum u^2, so that they stay on the simplex, may be as good as 0, and the
    likelihood is about as curved at 0.0001 as at 0.5. rho and eps are searched on the log scale between fixed bounds.
    The search starts from least squares and is repeated from equal shares; the better end is kept.

Not decided here
    Which markers enter (``ngs``), and the interval (``ngs_interval``).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, nnls

from nktrial.chimerism.ngs_likelihood import EPSILON_PRIOR, RHO_PRIOR, MarkerData, loss_and_slope

__all__ = ["LOG_RHO_BOUNDS", "CountFit", "fit_counts", "fit_with_share"]

FloatArray = NDArray[np.float64]
LOG_RHO_BOUNDS: Final = (float(np.log(1e-7)), float(np.log(0.1)))
LOG_EPSILON_BOUNDS: Final = (float(np.log(1e-7)), float(np.log(0.02)))
LEAST_ROOT: Final = 1e-2  # a share of exactly 0 has no slope in u: the search starts beside it


@dataclass(frozen=True, slots=True)
class CountFit:
    """The best fit: shares (K,), rho, eps, and minus the penalised log-likelihood (without the binomial constant)."""

    shares: FloatArray
    rho: float
    epsilon: float
    loss: float


def fit_counts(data: MarkerData) -> CountFit:
    """Return the best shares, rho and eps of the markers."""
    persons = data.copies.shape[0]
    equal = np.full(persons, 1.0 / persons)
    starts = [equal] if persons == 1 else [_least_squares(data), equal]
    nuisance = (float(RHO_PRIOR[0]), float(EPSILON_PRIOR[0]))
    return min((_search(data, start, nuisance, held=None) for start in starts), key=lambda fit: fit.loss)


def fit_with_share(data: MarkerData, start: CountFit, person: int, share: float) -> CountFit:
    """Return the best fit with one person's share held; the others keep to the simplex that is left."""
    nuisance = (float(np.log(start.rho)), float(np.log(start.epsilon)))
    others = np.delete(start.shares, person)
    rest = others / others.sum() if others.sum() > 0.0 else np.full(others.size, 1.0 / others.size)
    return _search(data, rest, nuisance, held=(person, share))


def _least_squares(data: MarkerData) -> FloatArray:
    """Return shares by non-negative least squares on proportions, weighted by depth."""
    odds = (data.alt + 1e-9) / (data.depth - data.alt + 1e-9) / data.bias
    weight = np.sqrt(data.depth)
    rows = np.vstack([(data.copies / 2.0).T * weight[:, None], np.full((1, data.copies.shape[0]), 1e4 * weight.max())])
    found, _ = nnls(rows, np.concatenate([odds / (1.0 + odds) * weight, [1e4 * weight.max()]]))
    return np.asarray(found / found.sum())


def _search(
    data: MarkerData, start: FloatArray, nuisance: tuple[float, float], *, held: tuple[int, float] | None
) -> CountFit:
    """Search from shares (of the others, where one is held) and log rho, log eps."""

    def shares_of(root: FloatArray) -> FloatArray:
        part = root**2 / (root @ root)
        if held is None:
            return np.asarray(part)
        person, share = held
        return np.insert((1.0 - share) * part, person, share)

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        root = point[:-2]
        total = float(root @ root)
        value, slope, slope_rho, slope_epsilon = loss_and_slope(data, shares_of(root), point[-2], point[-1])
        if held is not None:
            slope = (1.0 - held[1]) * np.delete(slope, held[0])
        turned = 2.0 * root / total * (slope - float(slope @ root**2) / total)
        return value, np.concatenate([turned, [slope_rho, slope_epsilon]])

    root = np.maximum(np.sqrt(start), LEAST_ROOT)
    root = root / np.sqrt(root @ root)
    free: list[tuple[float | None, float | None]] = [(None, None)] * root.size
    found = minimize(
        loss,
        np.concatenate([root, nuisance]),
        jac=True,
        method="L-BFGS-B",
        bounds=[*free, LOG_RHO_BOUNDS, LOG_EPSILON_BOUNDS],
        options={"maxiter": 300, "ftol": 1e-13, "gtol": 1e-5},
    )
    point = found.x
    return CountFit(shares_of(point[:-2]), float(np.exp(point[-2])), float(np.exp(point[-1])), float(found.fun))
