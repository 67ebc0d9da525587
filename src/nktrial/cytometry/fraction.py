"""Fraction of a population in its parent, with its uncertainty.

Definition
    The point value is count / parent_count. Its distribution: counting gives Beta(count + 1/2, rest + 1/2) (Jeffreys);
    staining and gating add a normal deviate of standard deviation ``overdispersion`` on the logit scale, which for a
    rare population is its coefficient of variation between replicates, and which vanishes towards 0 and 1.

Not decided here
    Whether the gate holds the right cells.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, expit, ndtr

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

__all__ = ["LLOQ_EVENTS", "LOD_EVENTS", "METHOD", "OVERDISPERSION", "few_events", "population_fraction"]

METHOD: Final = Method(
    name="cytometry.population_fraction",
    version=1,
    source="Brown, Cai and DasGupta 2001, Stat Sci 16:101 (Jeffreys); logit-normal overdispersion",
)
FloatArray: TypeAlias = NDArray[np.float64]

OVERDISPERSION: Final = (
    0.05  # [unverified] replicate CV of a gated NK percentage is 5-10 % in published precision studies
)
LOD_EVENTS: Final = 20  # EuroFlow BCP-ALL: 20 events detected, 50 quantifiable (CV 1/sqrt(50) = 14 %), PMC5291958
LLOQ_EVENTS: Final = 50
TAIL: Final = 1e-7
GRID_POINTS: Final = 1201
HERMITE_NODES: Final = 40
BETA_NODES: Final = 2000


def population_fraction(count: int, parent_count: int, *, overdispersion: float = OVERDISPERSION) -> Uncertain:
    """Return the fraction of a parent's events that are in a population.

    Parameters
    ----------
    count, parent_count : int
        Events of the population and of its parent, 0 <= count <= parent_count.
    overdispersion : float
        Standard deviation on the logit scale that is added to counting; 0 for counting alone.

    Returns
    -------
    Uncertain
        ``value`` is exactly count / parent_count.

    Raises
    ------
    MethodError
        NK-CYT-16 the parent has no events; NK-CYT-17 the counts contradict each other; NK-CYT-18 the overdispersion is
        negative or not finite.
    """
    if parent_count == 0:
        raise MethodError(
            "NK-CYT-16",
            "the parent population has no events, so there is no fraction of it.",
            remedy="Check the parent's gate, or treat the sample as not evaluable.",
        )
    if not 0 <= count <= parent_count:
        raise MethodError("NK-CYT-17", f"the population has {count} events and its parent {parent_count}.")
    if not 0.0 <= overdispersion < np.inf:
        raise MethodError("NK-CYT-18", f"the overdispersion is {overdispersion}, expected 0 or more.")
    a, b = count + 0.5, parent_count - count + 0.5
    logit = _widened(a, b, overdispersion) if overdispersion else None
    quantiles = betaincinv(a, b, PROBABILITIES) if logit is None else expit(logit)
    return Uncertain(count / parent_count, tuple(map(float, np.maximum.accumulate(quantiles))))


def few_events(count: int, subject: str) -> tuple[Finding, ...]:
    """Report a population with fewer events than can be quantified.

    Parameters
    ----------
    count : int
        Events of the population.
    subject : str
        What the finding is about: file and population.

    Returns
    -------
    tuple of Finding
        NK-CYT-19 below 50 events; empty otherwise.
    """
    if count >= LLOQ_EVENTS:
        return ()
    state = "not detected" if count < LOD_EVENTS else "detected, but below what can be quantified"
    return (
        Finding(
            "NK-CYT-19",
            "warning",
            subject,
            f"The population has {count} events: {state} (limits {LOD_EVENTS} and {LLOQ_EVENTS} events).",
            {"events": count, "lod_events": LOD_EVENTS, "lloq_events": LLOQ_EVENTS},
        ),
    )


def _widened(a: float, b: float, spread: float) -> FloatArray:
    """Return the quantiles of logit(Beta(a, b)) plus a normal deviate, on the logit scale."""
    low, high = _beta_logit(a, b, np.array([TAIL, 1.0 - TAIL]))
    grid = np.linspace(low - 6.0 * spread, high + 6.0 * spread, GRID_POINTS)
    quarter, three_quarters = _beta_logit(a, b, np.array([0.25, 0.75]))
    if spread < (three_quarters - quarter) / 1.349:
        nodes, weights = np.polynomial.hermite_e.hermegauss(HERMITE_NODES)
        below = _beta_below(a, b, grid[:, None] - spread * nodes) @ (weights / weights.sum())
    else:
        middle = (np.arange(BETA_NODES) + 0.5) / BETA_NODES
        below = ndtr((grid[:, None] - _beta_logit(a, b, middle)) / spread).mean(axis=1)
    return np.interp(PROBABILITIES, below, grid)


def _beta_logit(a: float, b: float, probability: FloatArray) -> FloatArray:
    """Return quantiles of logit(Beta(a, b)), exact near both ends."""
    tiny = np.finfo(np.float64).tiny
    inside = np.maximum(betaincinv(a, b, probability), tiny)
    outside = np.maximum(betaincinv(b, a, 1.0 - probability), tiny)
    return np.asarray(np.log(inside) - np.log(outside))


def _beta_below(a: float, b: float, logit: FloatArray) -> FloatArray:
    """Return P(logit(Beta(a, b)) <= logit), exact near both ends."""
    return np.asarray(np.where(logit <= 0.0, betainc(a, b, expit(logit)), 1.0 - betainc(b, a, expit(-logit))))
