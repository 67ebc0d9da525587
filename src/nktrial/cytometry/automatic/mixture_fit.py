"""Mixture of t (or normal) distributions in one or two dimensions, by expectation and maximisation.

Definition
    f(x) = sum_k w_k t(x; m_k, S_k, nu). Expectation: z_ik = w_k t_k(x_i) / f(x_i), u_ik = (nu + d) / (nu + D_ik^2) with
    D the Mahalanobis distance. Maximisation: w_k = mean of z, m_k = sum z u x / sum z u,
    S_k = sum z u (x - m_k)(x - m_k)' / sum z. With nu = inf all u are 1: a normal mixture. The likelihood never falls
    (but where a spread is held at its floor).
    Start: the best of 10 k-means++ starts with a fixed seed, each followed by 20 steps on at most 2,000 points.

Not decided here
    Which component is wanted, and what is cut where.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mixture", "em_step", "fit_mixture", "log_densities", "mahalanobis_square", "posteriors"]

FloatArray: TypeAlias = NDArray[np.float64]

STARTS: Final = 10
START_POINTS: Final = 2000
START_STEPS: Final = 20
LLOYD_STEPS: Final = 25
MOST_STEPS: Final = 500
GAIN_TO_COME: Final = 0.01  # of the log likelihood; models differ by units of it
SMALLEST_SPREAD: Final = 0.01  # [unverified] of the standard deviation of all values: a component is no narrower


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted mixture, components in ascending order of the first coordinate of their means.

    Parameters
    ----------
    weights : (k,) float
        Sum 1.
    means : (k, d) float
        Centres.
    scales : (k, d, d) float
        Scale matrices; for a normal mixture the covariances.
    nu : float
        Degrees of freedom, inf for normal.
    floor : (d,) float
        Smallest spread allowed along each axis.
    log_likelihood : float
        Of the points fitted, at these parameters.
    steps : int
        Steps taken.
    converged : bool
        Whether no more than 0.01 of the likelihood was still to be gained.
    """

    weights: FloatArray
    means: FloatArray
    scales: FloatArray
    nu: float
    floor: FloatArray
    log_likelihood: float = -math.inf
    steps: int = 0
    converged: bool = False

    def bic(self, points: int) -> float:
        """Return -2 log L + (free parameters) ln n; smaller is better."""
        components, d = self.means.shape
        free = components - 1 + components * (d + d * (d + 1) // 2)
        return -2.0 * self.log_likelihood + float(free) * math.log(points)


def fit_mixture(points: FloatArray, counts: FloatArray, components: int, *, nu: float, seed: int) -> Mixture:
    """Fit a mixture.

    Parameters
    ----------
    points : (n, d) float
        Finite, in an order that does not depend on that of the events; no axis constant; n > components.
    counts : (n,) float
        Events at each point, > 0.
    components : int
        Number of components, at least 1.
    nu : float
        Degrees of freedom, fixed; inf for normal.
    seed : int
        Of the starts.

    Returns
    -------
    Mixture
        The best found.
    """
    generator = np.random.default_rng(seed)
    few, held = points, counts
    if points.shape[0] > START_POINTS:
        chance = counts / counts.sum()
        few = points[np.sort(generator.choice(points.shape[0], START_POINTS, p=chance))]
        held = np.ones(START_POINTS)
    centred = points - np.average(points, axis=0, weights=counts)
    spread = np.sqrt(np.average(centred**2, axis=0, weights=counts))
    trials = []
    for _ in range(STARTS if components > 1 else 1):
        labels = _k_means(few / spread, components, generator)
        start = _from_labels(few, labels, components, nu, SMALLEST_SPREAD * spread)
        trials.append(_climb(few, held, start, START_STEPS))
    best = max(trials, key=lambda trial: trial.log_likelihood)
    fitted = _climb(points, counts, best, MOST_STEPS)
    order = np.argsort(fitted.means[:, 0], kind="stable")
    return replace(fitted, weights=fitted.weights[order], means=fitted.means[order], scales=fitted.scales[order])


def _climb(points: FloatArray, counts: FloatArray, mixture: Mixture, steps: int) -> Mixture:
    """Take steps until no more than 0.01 is expected to be gained; return the parameters with their likelihood.

    The gain to come is Aitken's, for gains that shrink by a constant factor (Bohning 1994).
    """
    last, gain = -math.inf, math.inf
    for taken in range(steps):
        stepped, here = em_step(points, counts, mixture)
        mixture = replace(mixture, log_likelihood=here, steps=taken, converged=False)
        before, gain = gain, here - last
        ratio = gain / before if math.isfinite(before) and before > 0.0 else 1.0
        if gain <= 0.0 or (ratio < 1.0 and gain * ratio / (1.0 - ratio) < GAIN_TO_COME):
            return replace(mixture, converged=True)
        last, mixture = here, stepped
    return replace(mixture, log_likelihood=em_step(points, counts, mixture)[1], steps=steps)


def em_step(points: FloatArray, counts: FloatArray, mixture: Mixture) -> tuple[Mixture, float]:
    """Return the mixture after one step, and the log likelihood before it.

    Parameters
    ----------
    points : (n, d) float
        The points.
    counts : (n,) float
        Events at each point.
    mixture : Mixture
        The parameters before the step.

    Returns
    -------
    Mixture, float
        Parameters after the step (their likelihood not yet known), log likelihood before it.
    """
    d = points.shape[1]
    square = mahalanobis_square(points, mixture.means, mixture.scales)
    share, total = _shares(_log_parts(square, mixture))
    share *= counts
    held = share.sum(axis=1)
    weight = share * ((mixture.nu + d) / (mixture.nu + square)) if math.isfinite(mixture.nu) else share
    tiny = np.finfo(np.float64).tiny
    sums = np.maximum(weight.sum(axis=1), tiny)
    # Sums are numpy's own: a matrix product may add up in an order that depends on the number of threads.
    means = np.stack([(weight * points[:, axis]).sum(axis=1) / sums for axis in range(d)], axis=1)
    offset = _offsets(points, means)
    raw = np.empty_like(mixture.scales)
    for a in range(d):
        for b in range(a, d):
            raw[:, a, b] = raw[:, b, a] = (weight * offset[a] * offset[b]).sum(axis=1) / np.maximum(held, tiny)
    scales = np.array([_held(scale, mixture.floor) for scale in raw])
    after = replace(mixture, weights=held / counts.sum(), means=means, scales=scales)
    return after, float(np.sum(counts * total))


def posteriors(points: FloatArray, mixture: Mixture) -> FloatArray:
    """Return the probability (k, n) that each point belongs to each component."""
    return _shares(log_densities(points, mixture))[0]


def log_densities(points: FloatArray, mixture: Mixture) -> FloatArray:
    """Return log(w_k t_k(x_i)), (k, n)."""
    return _log_parts(mahalanobis_square(points, mixture.means, mixture.scales), mixture)


def mahalanobis_square(points: FloatArray, means: FloatArray, scales: FloatArray) -> FloatArray:
    """Return squared Mahalanobis distances (k, n) of points (n, d) from k centres."""
    inverse = np.linalg.inv(scales)
    offset = _offsets(points, means)
    square: FloatArray = np.zeros((means.shape[0], points.shape[0]))
    for a in range(points.shape[1]):
        square += inverse[:, a, a, None] * offset[a] ** 2
        for b in range(a):
            square += 2.0 * inverse[:, a, b, None] * offset[a] * offset[b]
    return np.maximum(square, 0.0)


def _offsets(points: FloatArray, means: FloatArray) -> list[FloatArray]:
    """Return for each axis the offsets (k, n) of the points from the centres."""
    return [points[:, axis] - means[:, axis, None] for axis in range(points.shape[1])]


def _log_parts(square: FloatArray, mixture: Mixture) -> FloatArray:
    """Return log(w_k t_k(x_i)), (k, n), from squared distances."""
    d, nu = mixture.means.shape[1], mixture.nu
    if math.isfinite(nu):
        constant = math.lgamma((nu + d) / 2.0) - math.lgamma(nu / 2.0) - 0.5 * d * math.log(nu * math.pi)
        log_t = -0.5 * (nu + d) * np.log1p(square / nu)
    else:
        constant = -0.5 * d * math.log(2.0 * math.pi)
        log_t = -0.5 * square
    log_weight = np.log(np.maximum(mixture.weights, np.finfo(np.float64).tiny))
    level = log_weight + constant - 0.5 * np.linalg.slogdet(mixture.scales).logabsdet
    return np.asarray(level[:, None] + log_t)


def _shares(logs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return posteriors (k, n) and log densities (n,)."""
    top = logs.max(axis=0)
    parts = np.exp(logs - top)
    whole = parts.sum(axis=0)
    return parts / whole, top + np.log(whole)


def _held(scale: FloatArray, floor: FloatArray) -> FloatArray:
    """Return a scale matrix with no spread below the floor, measured in units of the floor."""
    if floor.size == 1:
        return np.maximum(scale, floor**2)
    values, vectors = np.linalg.eigh(scale / np.outer(floor, floor))
    if values[0] >= 1.0:
        return scale
    return np.asarray((vectors * np.maximum(values, 1.0)) @ vectors.T * np.outer(floor, floor))


def _from_labels(
    points: FloatArray, labels: NDArray[np.intp], components: int, nu: float, floor: FloatArray
) -> Mixture:
    """Return the mixture of the groups of points."""
    weights, means, scales = [], [], []
    for k in range(components):
        group = points[labels == k]
        group = group if group.shape[0] else points
        offset = group - group.mean(axis=0)
        weights.append(group.shape[0])
        means.append(group.mean(axis=0))
        scales.append(_held(np.einsum("ni,nj->ij", offset, offset) / group.shape[0], floor))
    share = np.array(weights, dtype=np.float64)
    return Mixture(share / share.sum(), np.array(means), np.array(scales), nu, floor)


def _k_means(points: FloatArray, components: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Return groups by k-means from k-means++ centres (Arthur and Vassilvitskii 2007)."""
    centres = points[[int(generator.integers(points.shape[0]))]]
    while centres.shape[0] < components:
        nearest = _squares(points, centres).min(axis=1)
        total = float(nearest.sum())
        chance = nearest / total if total > 0.0 else np.full(nearest.size, 1.0 / nearest.size)
        centres = np.vstack((centres, points[int(generator.choice(nearest.size, p=chance))]))
    labels: NDArray[np.intp] = _squares(points, centres).argmin(axis=1)
    for _ in range(LLOYD_STEPS):
        centres = np.array(
            [points[labels == k].mean(axis=0) if bool(np.any(labels == k)) else centres[k] for k in range(components)]
        )
        again = _squares(points, centres).argmin(axis=1)
        if np.array_equal(again, labels):
            break
        labels = again
    return labels


def _squares(points: FloatArray, centres: FloatArray) -> FloatArray:
    """Return squared distances (n, k)."""
    return np.asarray(((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2))
