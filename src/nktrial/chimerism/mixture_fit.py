"""The best fit of shares and nuisance parameters, and the fit with one share held.

Definition
    The penalised maximum of the likelihood of ``likelihood``. Shares are free on the simplex (flat prior), written as
    broken sticks, so that they sum to 1 by construction and may be exactly 0. Nuisance parameters carry weak priors.
    The search takes exact derivatives; it starts at non-negative least squares.

Not decided here
    The interval (``mixture_interval``).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from nktrial.chimerism.likelihood import LocusData, Nuisance, StutterPrior, log_likelihood
from nktrial.chimerism.likelihood_slope import prepare, with_slope
from nktrial.chimerism.search import minimum

__all__ = ["NO_CURVATURE", "FitPoint", "best_fit", "nuisance_of", "objective", "ordered", "shares_of"]

FloatArray = NDArray[np.float64]
# log amplitude, slope, log tau, log kappa, log xi, log phi, log s. The prior widths are [unverified]. Centres: kappa
# is 0.08 at 1 ng (152 molecules an allele copy, Poisson) and 0.26 at 0.1 ng; tau small, as models of gamma heights have
# none (Cowell 2015); locus effect 0.35 is customary. Stutter has its own prior (``likelihood.StutterPrior``).
CENTRE: Final = np.array([0.0, -0.3, np.log(0.04), np.log(0.15), np.nan, np.nan, np.log(0.35)])
WIDTH: Final = np.array([np.inf, 0.4, 0.3, 1.0, np.nan, np.nan, 0.4])
STUTTER: Final = slice(4, 6)
LOW: Final = np.array([-2.0, -3.0, -6.0, -6.0, -6.0, -8.0, -4.0])
HIGH: Final = np.array([16.0, 1.5, 1.0, 1.5, -0.7, -2.0, 1.2])
SCALE: Final = np.array([0.08, 0.15, 0.3, 0.15, 0.15, 0.3, 0.2])
NO_CURVATURE: Final = np.zeros((0, 0))
HELD_IN_PROFILE: Final = (1, 5, 6)  # slope, phi and s hardly move with a share


@dataclass(frozen=True, slots=True, eq=False)
class FitPoint:
    """A point of the search.

    Parameters
    ----------
    sticks : (K - 1,) float
        Broken sticks in the order of the persons.
    nuisance : (7,) float
        In the order of ``CENTRE``.
    loss : float
        Penalised negative log-likelihood.
    inverse : (n, n) float
        Inverse curvature by the free parameters, as the search left it: a start for the next fit alike.
    """

    sticks: FloatArray
    nuisance: FloatArray
    loss: float
    inverse: FloatArray

    @property
    def shares(self) -> FloatArray:
        """Return the (K,) shares."""
        return np.asarray(shares_of(self.sticks[None])[0])


def shares_of(sticks: FloatArray) -> FloatArray:
    """Return the shares (P, K) of broken sticks (P, K - 1): w_1 = t_1, w_2 = (1 - t_1) t_2, ..."""
    shares = np.empty((sticks.shape[0], sticks.shape[1] + 1))
    rest = np.ones(sticks.shape[0])
    for person in range(sticks.shape[1]):
        shares[:, person] = rest * sticks[:, person]
        rest = rest * (1.0 - sticks[:, person])
    shares[:, -1] = rest
    return shares


def sticks_of(shares: FloatArray) -> FloatArray:
    """Return the broken sticks (K - 1,) of shares (K,)."""
    rest = 1.0 - np.concatenate([[0.0], np.cumsum(shares)[:-2]])
    return np.asarray(np.clip(shares[:-1] / np.maximum(rest, 1e-12), 0.0, 1.0))


def nuisance_of(values: FloatArray) -> Nuisance:
    """Return the nuisance parameters of (P, 7) values."""
    return Nuisance(values[:, 0], values[:, 1], *np.exp(values[:, 2:].T))


def objective(data: LocusData, sticks: FloatArray, nuisance: FloatArray) -> FloatArray:
    """Return the penalised negative log-likelihood (P,) of P points."""
    fit = log_likelihood(data, shares_of(sticks), nuisance_of(nuisance)).sum(axis=1)
    centre, width = _prior(data.stutter)
    return np.asarray(0.5 * (((nuisance - centre) / width) ** 2).sum(axis=1) - fit)


def ordered(data: LocusData, first: int) -> LocusData:
    """Return the data with one person put first."""
    order = [first, *(k for k in range(data.copies.shape[0]) if k != first)]
    return replace(data, copies=data.copies[order], back=data.back[order], forward=data.forward[order])


def best_fit(data: LocusData, start: FitPoint | None = None, *, held_share: float | None = None) -> FitPoint:
    """Return the best point; with ``held_share`` the first person's share is held there.

    Parameters
    ----------
    data : LocusData
        At least one seen allele.
    start : FitPoint or None
        Where to start; None: least squares.
    held_share : float or None
        Share of the first person; slope, forward stutter and locus variation are then held too.
    """
    start = _least_squares(data) if start is None else start
    sticks = start.sticks.copy()
    held: tuple[int, ...] = ()
    if held_share is not None:
        sticks[0] = held_share
        held = (0, *(sticks.size + index for index in HELD_IN_PROFILE))
    point = np.concatenate([sticks, start.nuisance])
    low = np.concatenate([np.zeros(sticks.size), LOW])
    high = np.concatenate([np.ones(sticks.size), HIGH])
    point = np.clip(point, low, high)
    free = np.array([index for index in range(point.size) if index not in held])
    prepared = prepare(data)
    centre, width = _prior(data.stutter)
    size = sticks.size

    def loss_and_slope(values: FloatArray) -> tuple[float, FloatArray]:
        point[free] = values
        found = with_slope(prepared, shares_of(point[None, :size])[0], point[size:])
        away = (point[size:] - centre) / width
        slope = np.concatenate([_stick_slopes(point[:size]) @ found.by_share, found.by_nuisance - away / width])
        return 0.5 * float(away @ away) - found.value, -slope[free]

    inverse = start.inverse if start.inverse.shape[0] == free.size else np.diag(_scale(size)[free] ** 2)
    found = minimum(loss_and_slope, point[free], low[free], high[free], inverse)
    point[free] = found.point
    return FitPoint(point[:size], point[size:], found.value, found.inverse)


def _prior(stutter: StutterPrior) -> tuple[FloatArray, FloatArray]:
    """Return centres and widths of the priors of the seven nuisance parameters."""
    centre, width = CENTRE.copy(), WIDTH.copy()
    centre[STUTTER] = np.log([stutter.back, stutter.forward])
    width[STUTTER] = stutter.back_sd, stutter.forward_sd
    return centre, width


def _scale(sticks: int) -> FloatArray:
    """Return the usual standard deviation of each parameter."""
    return np.concatenate([np.full(sticks, 0.04), SCALE])


def _stick_slopes(sticks: FloatArray) -> FloatArray:
    """Return the derivatives (K - 1, K) of the shares by the broken sticks."""
    size = sticks.size
    slopes = np.zeros((size, size + 1))
    for broken in range(size):
        factors = 1.0 - sticks
        factors[broken] = -1.0
        left = np.concatenate([[1.0], np.cumprod(factors)])
        slopes[broken, broken] = np.prod(1.0 - sticks[:broken])
        slopes[broken, broken + 1 : size] = left[broken + 1 : size] * sticks[broken + 1 :]
        slopes[broken, size] = left[size]
    return slopes


def _least_squares(data: LocusData) -> FitPoint:
    """Start at weighted non-negative least squares of each locus' proportions on the copies."""
    heights = np.where(data.seen, np.exp(data.log_height), 0.0)
    total = heights.sum(axis=1)
    shown = total > 0
    persons = data.copies.shape[0]
    weight = 1.0 / np.sqrt(data.copies.mean(axis=0)[shown] + 0.05)
    target = (heights[shown] / total[shown, None] * weight).reshape(-1)
    design = (data.copies[:, shown] / 2.0 * weight).reshape(persons, -1).T
    shares = np.maximum(nnls(design, target)[0], 0.01)
    shares /= shares.sum()
    nuisance = _prior(data.stutter)[0]
    nuisance[0] = np.log(np.median(total[shown]) / 2.0)
    return FitPoint(sticks_of(shares), nuisance, np.inf, NO_CURVATURE)
