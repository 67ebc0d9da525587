"""Cut between two components of a mixture, and the ellipse of one component.

Definition
    Cut: a mixture of t distributions (nu = 4) is fitted to one channel, the number of components given or that of the
    smallest BIC in a range. The cut of two neighbouring components is the point between their means where their
    posteriors are equal: w_a t_a(x) = w_b t_b(x). Of several pairs the one that is parted best is taken, or the one
    named. Quality = 1 - P_a(x > cut) - P_b(x <= cut), at least 0: Youden's index.
    Ellipse: of a mixture in two channels, the component nearest to a target, or the heaviest; its points with
    (x - m)' S^-1 (x - m) <= 2 F(level; 2, nu), for a normal mixture <= chi-square(level; 2), hold ``level`` of it.
    Quality = mean posterior of the events inside.

Not decided here
    Whether a component is a cell type.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtr

from nktrial.cytometry.automatic.cut import ALL_EQUAL, NO_EVENTS, TOO_FEW, Cut, Ellipse, demand
from nktrial.cytometry.automatic.mixture_fit import (
    Mixture,
    fit_mixture,
    log_densities,
    mahalanobis_square,
    posteriors,
)
from nktrial.cytometry.automatic.pile_up import without_clipped_tails
from nktrial.cytometry.automatic.singlet import paired_values
from nktrial.cytometry.automatic.smoothing import bin_linearly
from nktrial.cytometry.automatic.usable import usable_values
from nktrial.model.method import Method

__all__ = ["METHOD", "NO_CUT", "ONE_COMPONENT", "mixture_cut", "mixture_ellipse"]

METHOD: Final = Method(
    name="cytometry.automatic_mixture",
    version=1,
    source="Peel and McLachlan 2000, Stat Comput 10:339; Lo 2008, Cytometry A 73A:321 (flowClust), without Box-Cox",
)
FloatArray: TypeAlias = NDArray[np.float64]
Components: TypeAlias = int | tuple[int, int]

ONE_COMPONENT: Final = "one component"
NO_CUT: Final = "no point between the components"
NU: Final = 4.0  # flowClust
MOST_COMPONENTS: Final = 20
EVENTS_PER_COMPONENT: Final = 20  # [unverified]
MOST_PAIRS: Final = 10_000
BINS: Final = 4096  # 40 standard deviations at the smallest spread of a component
SEED: Final = 20261123


def mixture_cut(
    values: ArrayLike,
    *,
    components: Components = 2,
    nu: float = NU,
    low: float | None = None,
    high: float | None = None,
    pair: int | None = None,
    seed: int = SEED,
) -> Cut:
    """Return the cut between two neighbouring components of a mixture.

    Parameters
    ----------
    values : (n,) float
        Display values; those that are not finite are left out and counted. More than
        4,096 are fitted as counts at as many places.
    components : int or (int, int)
        Number of components, or the range from which the smallest BIC chooses.
    nu : float
        Degrees of freedom, 1 to 1,000; inf for a normal mixture.
    low, high : float or None
        Values beyond are left out.
    pair : int or None
        1 for the cut between the first and the second component from the left, and so on; None for the best parted.
    seed : int
        Of the starts.

    Returns
    -------
    Cut
        Problems: "no events", "too few events" (fewer than 20 a component), "all values are equal", "one component",
        "no point between the components" (everywhere one outweighs the other, or there is no such pair). Evidence:
        events, not_finite, outside, pile_up_low, pile_up_high (left out of the fit as the clipped tail of
        what lies beside them), components, bic, converged, and for each component from the left weight_1, mean_1,
        spread_1, ..., and each cut cut_1, ...

    Raises
    ------
    MethodError
        NK-CYT-70 not one dimension of numbers; NK-CYT-71 an empty range; NK-CYT-72 an option.
    """
    fewest, most = _span(components)
    demand("nu", nu, kept=1.0 <= nu <= 1000.0 or nu == math.inf, expected="1 to 1,000, or inf")
    demand("pair", pair, kept=pair is None or pair >= 1, expected="1 or more")
    kept = usable_values(values, low, high)
    problem = _too_little(kept.values[:, None], most)
    if problem:
        return Cut(None, 0.0, problem, kept.evidence)
    points, at_low, at_high = without_clipped_tails(kept.values)
    if _too_little(points[:, None], most):
        points, at_low, at_high = kept.values, 0, 0
    counted = {**kept.evidence, "pile_up_low": float(at_low), "pile_up_high": float(at_high)}
    mixture = _best(*_binned(points), (fewest, most), nu, seed)
    evidence = {**counted, **_summary(mixture, points.size)}
    if mixture.weights.size == 1:
        return Cut(None, 0.0, ONE_COMPONENT, evidence)
    cuts = [_crossing(mixture, left) for left in range(mixture.weights.size - 1)]
    evidence |= {f"cut_{number}": cut for number, cut in enumerate(cuts, 1) if cut is not None}
    parted = [(_youden(mixture, left, cut), cut) for left, cut in enumerate(cuts) if cut is not None]
    if pair is not None:
        wanted = cuts[pair - 1] if pair <= len(cuts) else None
        parted = [] if wanted is None else [(_youden(mixture, pair - 1, wanted), wanted)]
    if not parted:
        return Cut(None, 0.0, NO_CUT, evidence)
    quality, cut = max(parted, key=lambda found: found[0])
    return Cut(cut, quality, "", evidence)


def mixture_ellipse(
    x: ArrayLike,
    y: ArrayLike,
    *,
    components: Components,
    target: tuple[float, float] | None = None,
    level: float = 0.9,
    nu: float = NU,
    seed: int = SEED,
) -> Ellipse:
    """Return the ellipse of one component of a mixture in two channels.

    Parameters
    ----------
    x, y : (n,) float
        Display values; pairs with a value that is not finite are left out and counted. Of more than 10,000
        that many are drawn for the fit.
    components : int or (int, int)
        Number of components, or the range from which the smallest BIC chooses.
    target : (float, float) or None
        The component whose mean is nearest, in standard deviations of the channels, is taken; None for the heaviest.
    level : float
        Share of the component inside, inside 0 to 1.
    nu, seed
        As of `mixture_cut`; the seed is also that of the draw.

    Returns
    -------
    Ellipse
        ``covariance`` is the component's scale matrix. Problems: "no events", "too few events", "all values are equal"
        (in one channel). Evidence: events, not_finite, components, bic, converged, weight, inside_share, and with a
        target target_distance.

    Raises
    ------
    MethodError
        NK-CYT-70 not two channels of one length; NK-CYT-72 an option.
    """
    span = _span(components)
    demand("level", level, kept=0.0 < level < 1.0, expected="inside 0 to 1")
    demand("nu", nu, kept=1.0 <= nu <= 1000.0 or nu == math.inf, expected="1 to 1,000, or inf")
    demand("target", target, kept=target is None or bool(np.all(np.isfinite(target))), expected="finite numbers")
    first, second, not_finite = paired_values(x, y)
    points = np.column_stack((first, second))
    evidence = {"events": float(first.size), "not_finite": float(not_finite)}
    problem = _too_little(points, span[1])
    if problem:
        return Ellipse(np.full(2, np.nan), np.full((2, 2), np.nan), 0.0, 0.0, problem, evidence)
    fitted = points
    if first.size > MOST_PAIRS:
        chosen = np.random.default_rng(seed).choice(first.size, MOST_PAIRS, replace=False)
        fitted = points[np.sort(chosen)]
    mixture = _best(fitted, np.ones(fitted.shape[0]), span, nu, seed)
    chosen_one = int(np.argmax(mixture.weights))
    if target is not None:
        distance = np.sqrt((((mixture.means - target) / points.std(axis=0)) ** 2).sum(axis=1))
        chosen_one = int(np.argmin(distance))
        evidence["target_distance"] = float(distance[chosen_one])
    limit = _distance_square(level, nu)
    mean, scale = mixture.means[chosen_one], mixture.scales[chosen_one]
    inside = mahalanobis_square(points, mean[None], scale[None])[0] <= limit
    evidence |= {
        "components": float(mixture.weights.size),
        "bic": mixture.bic(fitted.shape[0]),
        "converged": float(mixture.converged),
        "weight": float(mixture.weights[chosen_one]),
        "inside_share": float(inside.mean()),
    }
    purity = float(posteriors(points[inside], mixture)[chosen_one].mean()) if inside.any() else 0.0
    return Ellipse(mean, scale, limit, min(purity, 1.0), "", evidence)


def _span(components: Components) -> tuple[int, int]:
    """Return the smallest and the largest number of components."""
    fewest, most = (components, components) if isinstance(components, int) else components
    kept = 1 <= fewest <= most <= MOST_COMPONENTS
    demand("components", components, kept=kept, expected=f"1 to {MOST_COMPONENTS}, or a range in it")
    return fewest, most


def _too_little(points: FloatArray, components: int) -> str:
    """Return why a mixture cannot be fitted, or nothing."""
    if not points.shape[0]:
        return NO_EVENTS
    if bool(np.any(points.min(axis=0) == points.max(axis=0))):
        return ALL_EQUAL
    return TOO_FEW if points.shape[0] < EVENTS_PER_COMPONENT * components else ""


def _binned(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return points (m, 1) and the events at each; more than 4,096 sorted values are shared between as many places."""
    if values.size <= BINS:
        return values[:, None], np.ones(values.size)
    ends = float(values[0]), float(values[-1])
    binned = bin_linearly(values, None, ends=ends, closed=(False, False), points=BINS)
    held = np.flatnonzero(binned.mass > 0.0)
    places: FloatArray = binned.start + binned.step * held.astype(np.float64)
    return places[:, None], binned.mass[held]


def _best(points: FloatArray, counts: FloatArray, span: tuple[int, int], nu: float, seed: int) -> Mixture:
    """Return the mixture of the smallest BIC."""
    mixtures = [fit_mixture(points, counts, number, nu=nu, seed=seed) for number in range(span[0], span[1] + 1)]
    events = round(float(counts.sum()))
    return min(mixtures, key=lambda mixture: mixture.bic(events))


def _summary(mixture: Mixture, points: int) -> dict[str, float]:
    """Return a mixture in one channel as named numbers."""
    numbers = {
        "components": float(mixture.weights.size),
        "bic": mixture.bic(points),
        "converged": float(mixture.converged),
    }
    for k in range(mixture.weights.size):
        numbers[f"weight_{k + 1}"] = float(mixture.weights[k])
        numbers[f"mean_{k + 1}"] = float(mixture.means[k, 0])
        numbers[f"spread_{k + 1}"] = math.sqrt(float(mixture.scales[k, 0, 0]))
    return numbers


def _crossing(mixture: Mixture, left: int) -> float | None:
    """Return where the posteriors of a component and its right neighbour are equal, between their means."""

    def ahead(x: float) -> float:
        logs = log_densities(np.array([[x]]), mixture)[:, 0]
        return float(logs[left] - logs[left + 1])

    low, high = float(mixture.means[left, 0]), float(mixture.means[left + 1, 0])
    if not (ahead(low) > 0.0 > ahead(high)):
        return None
    while low < (middle := (low + high) / 2.0) < high:
        low, high = (middle, high) if ahead(middle) > 0.0 else (low, middle)
    return middle


def _youden(mixture: Mixture, left: int, cut: float) -> float:
    """Return 1 less the shares of both components on the wrong side of their cut, at least 0."""
    z = (cut - mixture.means[left : left + 2, 0]) / np.sqrt(mixture.scales[left : left + 2, 0, 0])
    below = stdtr(mixture.nu, z) if math.isfinite(mixture.nu) else ndtr(z)
    return max(0.0, float(below[0] - below[1]))


def _distance_square(level: float, nu: float) -> float:
    """Return 2 F(level; 2, nu) in closed form, for nu = inf the chi-square quantile with 2 degrees of freedom."""
    if not math.isfinite(nu):
        return -2.0 * math.log1p(-level)
    return nu * (math.pow(1.0 - level, -2.0 / nu) - 1.0)
