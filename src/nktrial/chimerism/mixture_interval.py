"""The interval of a share: the signed root of the profile likelihood, widened for what one profile cannot show.

Definition
    For each person the other parameters are fitted again with the share held at points to both sides of the estimate
    w. The signed root r(x) = sign(x - w) sqrt(2 (loss(x) - loss(w)) / c) is read as a normal deviate: the
    distribution of the share has the cumulative probability Phi(r(x)), cut off at 0 and 1, where it may hold a point
    mass (Barndorff-Nielsen and Cox 1994; no Wald interval on the logit, which breaks at 0). c is the dispersion
    between loci: variance of the share over loci (jack-knife, one Newton step) against the model's own, drawn towards
    1, times n / (n - p) for p parameters learned from n heights (McCullagh and Nelder 1989, section 4.5). The odds of a
    share are also given a log-normal factor with a standard deviation of 0.2: two preparations of the same cells do not
    give the same shares.

Not decided here
    The estimate (``mixture_fit``).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from nktrial.chimerism.likelihood import LocusData, log_likelihood
from nktrial.chimerism.mixture_fit import NO_CURVATURE, FitPoint, best_fit, nuisance_of, objective, ordered, shares_of
from nktrial.model.uncertainty import PROBABILITIES, Uncertain, certain

__all__ = ["PREPARATION_SD", "over_dispersion", "share_distributions", "with_preparation"]

FloatArray = NDArray[np.float64]
# Of the log odds: PROVEDIt shows 0.28 against nominal ratios that are themselves off by 5-15 % a person.
PREPARATION_SD: Final = 0.2
ROOTS: Final = 3.2  # the profile is followed to this many standard deviations
ROOT_STEP: Final = 0.75
MAX_POINTS: Final = 14
FALLBACK_DISPERSION: Final = 1.0  # [unverified] where the estimate lies on the boundary and the variance has no inverse
LEAST_DISPERSION: Final = 1.0  # loci that agree better than they should do so by chance
FITTED_NUISANCE: Final = 4  # amplitude, slope, kappa and back stutter are learned from the same heights
PRIOR_LOCI: Final = 8.0  # [unverified] the ratio of variances is drawn towards 1 as if by this many loci
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)


def share_distributions(data: LocusData, best: FitPoint, *, preparation_sd: float = PREPARATION_SD) -> list[Uncertain]:
    """Return the distribution of each person's share.

    Parameters
    ----------
    data : LocusData
        The loci that were fitted.
    best : FitPoint
        Their best fit.
    preparation_sd : float
        Standard deviation of the log odds between preparations; 0: the profile's own uncertainty alone.
    """
    shares = best.shares
    if shares.size == 1:
        return [certain(1.0)]
    dispersion = over_dispersion(data, best)
    found: list[Uncertain] = []
    for person in range(shares.size):
        if shares.size == 2 and person == 1:
            mirror = tuple(1.0 - x for x in reversed(found[0].quantiles))
            found.append(Uncertain(float(shares[1]), mirror))
            continue
        grid, roots = _profile(ordered(data, person), best, person, dispersion)
        found.append(with_preparation(_quantiles(float(shares[person]), grid, roots), preparation_sd))
    return found


def over_dispersion(data: LocusData, best: FitPoint) -> float:
    """Return c: how much the shares vary from locus to locus against what the model says, squared, above 1."""
    seen = int(data.seen.sum())
    fitted = best.sticks.size + FITTED_NUISANCE
    return _between_loci(data, best) * seen / max(seen - fitted, 0.5 * seen)


def _between_loci(data: LocusData, best: FitPoint) -> float:
    """Return the jack-knife variance of the shares over loci against the model's, drawn towards 1, 1 or more."""
    point = np.concatenate([best.sticks, best.nuisance])
    sticks = best.sticks.size
    if bool(np.any((best.sticks < 1e-3) | (best.sticks > 1 - 1e-3))):
        return FALLBACK_DISPERSION
    size = point.size
    h = 1e-3
    pairs = [(i, j) for i in range(size) for j in range(i, size)]
    signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
    unit = np.eye(size) * h
    around = np.array([point + a * unit[i] + b * unit[j] for i, j in pairs for a, b in signs])
    around[:, :sticks] = np.clip(around[:, :sticks], 0.0, 1.0)
    loss = objective(data, around[:, :sticks], around[:, sticks:]).reshape(len(pairs), 4)
    curvature = np.zeros((size, size))
    for (i, j), (pp, pm, mp, mm) in zip(pairs, loss, strict=True):
        curvature[i, j] = curvature[j, i] = (pp - pm - mp + mm) / (4 * h * h)
    if np.linalg.eigvalsh(curvature).min() <= 1e-6:
        return FALLBACK_DISPERSION
    both = np.concatenate([point + unit, point - unit])
    terms = log_likelihood(data, shares_of(both[:, :sticks]), nuisance_of(both[:, sticks:]))
    scores = (terms[:size] - terms[size:]) / (2 * h)
    turned = (shares_of(both[:size, :sticks]) - shares_of(both[size:, :sticks])).T / (2 * h)
    inverse = np.linalg.inv(curvature)
    influence = turned @ inverse @ (scores - scores.mean(axis=1, keepdims=True))
    loci = scores.shape[1]
    between = (influence**2).sum(axis=1) * loci / (loci - 1)
    within = np.einsum("ki,ij,kj->k", turned, inverse, turned)
    ratio = float(between.sum() / within.sum())
    return float(max(LEAST_DISPERSION, (loci * ratio + PRIOR_LOCI) / (loci + PRIOR_LOCI)))


def with_preparation(share: Uncertain, sd: float) -> Uncertain:
    """Give the odds of a share a log-normal factor; shares of exactly 0 or 1 stay."""
    if sd <= 0.0:
        return share
    quantiles = np.asarray(share.quantiles)
    inside = np.clip(quantiles, 1e-12, 1 - 1e-12)
    moved = expit(logit(inside)[:, None] + sd * NODES)
    moved = np.where((quantiles <= 0.0)[:, None], 0.0, np.where((quantiles >= 1.0)[:, None], 1.0, moved))
    weights = np.broadcast_to(WEIGHTS / WEIGHTS.sum() / quantiles.size, moved.shape)
    order = np.argsort(moved, axis=None, kind="stable")
    value, weight = moved.reshape(-1)[order], weights.reshape(-1)[order]
    middle = np.cumsum(weight) - 0.5 * weight
    return Uncertain(share.value, tuple(np.interp(PROBABILITIES, middle, value).tolist()))


def _profile(data: LocusData, best: FitPoint, person: int, dispersion: float) -> tuple[FloatArray, FloatArray]:
    """Follow the profile of one share to both sides; ``data`` has the person first. Return shares and signed roots."""
    shares = best.shares
    mine = float(shares[person])
    others = np.delete(shares, person)
    rest = others / others.sum() if others.sum() > 1e-9 else np.full(others.size, 1.0 / others.size)
    start = FitPoint(_sticks_with_first(mine, rest), best.nuisance, best.loss, NO_CURVATURE)
    floor = float(objective(data, start.sticks[None], start.nuisance[None])[0])
    points = [(mine, 0.0)]
    for side in (-1.0, 1.0):
        end = 0.0 if side < 0 else 1.0
        spread = max(0.01, 0.1 * float(np.sqrt(mine * (1.0 - mine))))
        here, at, root = start, mine, 0.0
        for _ in range(MAX_POINTS):
            if at == end or abs(root) >= ROOTS:
                break
            new = at + side * spread
            new = end if (new - end) * side >= 0 or abs(new - end) < 1e-4 else new
            here = best_fit(data, here, held_share=new)
            floor = min(floor, here.loss)
            gained = float(np.sqrt(max(0.0, 2.0 * (here.loss - floor) / dispersion)))
            slope = max(gained - abs(root), 0.02) / abs(new - at)
            spread = float(np.clip(ROOT_STEP / slope, 0.25 * abs(new - at), 3.0 * abs(new - at)))
            at, root = new, side * gained
            points.append((at, root))
    grid = np.array(sorted(points))
    roots = np.concatenate([np.minimum.accumulate(grid[grid[:, 0] <= mine, 1][::-1])[::-1],
                            np.maximum.accumulate(grid[grid[:, 0] > mine, 1])])  # fmt: skip
    return grid[:, 0], roots


def _sticks_with_first(share: float, rest: FloatArray) -> FloatArray:
    """Return the sticks of (share, (1 - share) rest)."""
    left = 1.0 - np.concatenate([[0.0], np.cumsum(rest)[:-2]]) if rest.size > 1 else np.zeros(0)
    return np.asarray(np.concatenate([[share], np.clip(rest[:-1] / np.maximum(left, 1e-12), 0.0, 1.0)]))


def _quantiles(value: float, grid: FloatArray, roots: FloatArray) -> Uncertain:
    """Turn signed roots at shares into the 400 quantiles; beyond the ends of [0, 1] lies a point mass."""
    wanted = ndtri(PROBABILITIES)
    climbing = roots + 1e-9 * np.arange(roots.size)
    quantiles = np.interp(wanted, climbing, grid)
    return Uncertain(value, tuple(np.clip(np.maximum.accumulate(quantiles), 0.0, 1.0).tolist()))
