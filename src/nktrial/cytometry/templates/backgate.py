"""An ellipse about the events of a population that other markers define.

Definition
    Centre and covariance of the events in the plane of two channels, re-estimated on the events within the 0.975
    quantile of chi-square (2 df) until nothing changes, from the medians and the scaled median absolute deviations;
    the covariance of a so truncated normal is corrected to that of the whole. The ellipse holds ``level`` of such a
    normal. Lymphocytes' scatter is thus found from CD3+ events, without knowing the instrument's scatter units.
    Quality: the share of the events that the last estimate rests on, over 0.975, at most 1.

Not decided here
    Which population defines it.
"""

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.automatic.cut import NO_EVENTS, TOO_FEW, Ellipse
from nktrial.model.method import Method

__all__ = ["METHOD", "backgate_ellipse"]

METHOD: Final = Method(
    name="cytometry.template_backgate",
    version=1,
    source="Rousseeuw and Van Driessen 1999, Technometrics 41:212 (reweighting step); nktrial",
)
FloatArray: TypeAlias = NDArray[np.float64]

FEWEST_EVENTS: Final = 50  # [unverified] own choice
KEPT: Final = 0.975  # of a normal; Rousseeuw and Van Driessen 1999
ROUNDS: Final = 50
MAD_TO_SD: Final = 1.4826
FLAT: Final = 1e-9


def backgate_ellipse(x: FloatArray, y: FloatArray, *, level: float = 0.95) -> Ellipse:
    """Return the ellipse about a population.

    Parameters
    ----------
    x, y : (n,) float
        Display values of its events, finite.
    level : float
        Share of a normal population inside.

    Returns
    -------
    Ellipse
        Problems: "no events", "too few events" (fewer than 50), "no spread".
    """
    points = np.column_stack((x, y)).astype(np.float64)
    if points.shape[0] < FEWEST_EVENTS:
        return _none(TOO_FEW if points.shape[0] else NO_EVENTS, points.shape[0])
    centre = np.median(points, axis=0)
    spread = MAD_TO_SD * np.median(np.abs(points - centre), axis=0)
    if not bool(np.all(spread > 0.0)):
        return _none("no spread", points.shape[0])
    covariance = np.diag(spread**2)
    limit = _chi_square_quantile(KEPT)
    kept = np.zeros(points.shape[0], dtype=np.bool_)
    for _ in range(ROUNDS):
        if _is_flat(covariance):
            return _none("no spread", points.shape[0])
        now = _distance_square(points, centre, covariance) <= limit
        if np.array_equal(now, kept) or now.sum() < FEWEST_EVENTS:
            break
        kept = now
        centre = points[kept].mean(axis=0)
        covariance = np.cov(points[kept].T) * _truncation_factor(limit)
    share = float(kept.mean())
    evidence = {"events": float(points.shape[0]), "kept_share": share}
    return Ellipse(centre, covariance, _chi_square_quantile(level), min(1.0, share / KEPT), "", evidence)


def _none(problem: str, events: int) -> Ellipse:
    empty = np.full(2, np.nan)
    return Ellipse(empty, np.full((2, 2), np.nan), 0.0, 0.0, problem, {"events": float(events)})


def _is_flat(covariance: FloatArray) -> bool:
    """Tell whether the two channels are one and the same up to rounding."""
    if not bool(np.all(np.diag(covariance) > 0.0)):
        return True
    smallest, largest = np.linalg.eigvalsh(covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance))))
    return not smallest > FLAT * largest


def _distance_square(points: FloatArray, centre: FloatArray, covariance: FloatArray) -> FloatArray:
    offset = points - centre
    return np.asarray(np.einsum("ij,jk,ik->i", offset, np.linalg.inv(covariance), offset), dtype=np.float64)


def _chi_square_quantile(level: float) -> float:
    """Return the quantile of chi-square with 2 degrees of freedom, an exponential distribution of mean 2."""
    return -2.0 * math.log1p(-level)


def _truncation_factor(limit: float) -> float:
    """Return covariance / covariance of the normal truncated at a squared distance, in two dimensions.

    E[d^2; d^2 <= q] / 2 / P(d^2 <= q) with d^2 exponential of mean 2: 1 - (q / 2) e^(-q/2) / (1 - e^(-q/2)).
    """
    tail = math.exp(-limit / 2.0)
    return 1.0 / (1.0 - limit / 2.0 * tail / (1.0 - tail))
