"""Test of proportional hazards after a Cox regression.

Definition
    A coefficient that changes with time is b + c g(t). The score test of c = 0 at the fitted b, for a term (one
    covariate, or several that belong together) and for all: U'(I^-1)U, U the sum over events of g (z - mean z at
    risk), I the information of b and c together. g is centred over the events, and is 1 - S(t-) by Kaplan-Meier
    of all patients (``km``), the rank of the time among all, the time itself, or its logarithm.

Not decided here
    What to do where hazards are not proportional; a graph shows more than p.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc
from scipy.stats import rankdata

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray
from nktrial.stats.cox import ChiSquared, Ties, fitted
from nktrial.stats.kaplan_meier import kaplan_meier
from nktrial.stats.partial_likelihood import Likelihood, RiskSets, likelihood

__all__ = ["METHOD", "ProportionalHazards", "Transform", "proportional_hazards"]

METHOD: Final = Method(
    name="stats.proportional_hazards",
    version=1,
    source="Grambsch & Therneau 1994, Biometrika 81:515; as cox.zph of R survival 3",
)
Transform: TypeAlias = Literal["km", "rank", "identity", "log"]
TRANSFORMS: Final = ("km", "rank", "identity", "log")
SINGULAR: Final = 1e-10  # of standardised covariates: less is rounding


@dataclass(frozen=True, slots=True)
class ProportionalHazards:
    """Tests of proportional hazards.

    Parameters
    ----------
    terms : tuple of tuples of int
        The columns of each term.
    tests : tuple of ChiSquared
        One a term.
    overall : ChiSquared
        All covariates together.
    transform : Transform
        The function of time.
    events : int
        Events.
    """

    terms: tuple[tuple[int, ...], ...]
    tests: tuple[ChiSquared, ...]
    overall: ChiSquared
    transform: Transform
    events: int


def proportional_hazards(  # noqa: PLR0913 - those of cox, and two more
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    cause: int | None = None,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    transform: Transform = "km",
    terms: Sequence[Sequence[int]] | None = None,
) -> ProportionalHazards:
    """Fit a Cox regression and test whether its coefficients change with time.

    Parameters
    ----------
    time, event, covariates, cause, entry, strata, ties
        As for ``cox``.
    transform : Transform
        The function of time: ``km``, ``rank``, ``identity`` or ``log``.
    terms : sequence of sequences of int or None
        Columns that make one term; None: each column its own.

    Returns
    -------
    ProportionalHazards
        A test a term, and one of all.

    Raises
    ------
    MethodError
        NK-STA-02 the transform, terms that are no columns, or a logarithm of time 0; NK-STA-11 events at one time
        only; else as ``cox``.
    """
    sets, beta, end, _ = fitted(time, event, covariates, cause=cause, entry=entry, strata=strata, ties=ties)
    if transform not in TRANSFORMS:
        raise MethodError("NK-STA-02", f"transform {transform!r}, expected one of {TRANSFORMS}.")
    size = beta.size
    groups = tuple(tuple(term) for term in terms) if terms is not None else tuple((each,) for each in range(size))
    for group in groups:
        if not group or len(set(group)) < len(group) or not all(0 <= column < size for column in group):
            raise MethodError("NK-STA-02", f"the term {group} is no set of columns from 0 to {size - 1}.")
    g = _transformed(np.asarray(time, dtype=np.float64), sets, entry, transform)
    weight = g - float(g @ sets.d) / float(sets.d.sum())
    if np.abs(weight).max() <= 1e-12 * np.abs(g).max(initial=0.0):
        raise MethodError("NK-STA-11", "all events have one time: a change with time cannot be told.")
    u, spread = _score(sets, beta, end, weight, efron=ties == "efron")
    if not _invertible(spread, float(weight**2 @ sets.d)):
        raise MethodError(
            "NK-STA-11", f"{int(sets.d.sum())} events do not tell changes with time of {size} covariates."
        )
    tests = tuple(_tested(u, spread, list(group)) for group in groups)
    return ProportionalHazards(groups, tests, _tested(u, spread, list(range(size))), transform, int(sets.d.sum()))


def _transformed(times: FloatArray, sets: RiskSets, entry: ArrayLike | None, transform: Transform) -> FloatArray:
    """Return g at the event times: (K,)."""
    if transform == "identity":
        return sets.time
    if transform == "log":
        if np.any(sets.time <= 0.0):
            raise MethodError("NK-STA-02", "an event at time 0 has no logarithm.", remedy="Take another transform.")
        return np.asarray(np.log(sets.time))
    if transform == "rank":
        distinct, place = np.unique(times, return_index=True)
        ranks = rankdata(times)[place]
        return np.asarray(ranks[np.searchsorted(distinct, sets.time)])
    curve = kaplan_meier(times, sets.event.astype(np.int64), entry=entry)
    before = np.concatenate(([1.0], curve.estimate))
    return np.asarray(1.0 - before[np.searchsorted(curve.time, sets.time, side="left")])


def _score(
    sets: RiskSets, beta: FloatArray, end: Likelihood, weight: FloatArray, *, efron: bool
) -> tuple[FloatArray, FloatArray]:
    """Return the score of c, and its variance given that b was fitted."""
    once = likelihood(sets, beta, efron=efron, weight=weight)
    twice = likelihood(sets, beta, efron=efron, weight=weight**2)
    return once.gradient, twice.information - once.information @ np.linalg.solve(end.information, once.information)


def _invertible(spread: FloatArray, size: float) -> bool:
    """Tell whether a variance is of full rank; ``size`` is what its diagonal is about, rounding apart."""
    diagonal = np.diag(spread)
    if np.any(diagonal <= SINGULAR * size):
        return False
    width = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(spread / np.outer(width, width))[0] > SINGULAR)


def _tested(u: FloatArray, spread: FloatArray, columns: list[int]) -> ChiSquared:
    """Return the test of some columns."""
    part = u[columns]
    statistic = float(part @ np.linalg.solve(spread[np.ix_(columns, columns)], part))
    return ChiSquared(statistic, len(columns), float(chdtrc(len(columns), statistic)))
