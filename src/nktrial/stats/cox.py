"""Cox regression: covariates and the hazard of an event, or of one cause among competing ones.

Definition
    Hazards are h0(t) exp(z'b), h0 free and of each stratum its own; b maximises the partial likelihood. Ties by Efron
    or Breslow. Standard errors are those of the inverse information. The hazard of a cause treats others as censored.
    Three tests of b = 0: Wald's, the score test at 0, the likelihood ratio.

Not decided here
    Whether hazards are proportional (``proportional_hazards``). Where the maximum lies at infinity or covariates
    cannot be told apart, there is no estimate (NK-STA-12), never a number that looks like one.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh
from scipy.special import chdtrc, ndtr, ndtri

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray, checked_causes, checked_entry, checked_groups, checked_times
from nktrial.stats.fine_gray import checked_covariates
from nktrial.stats.partial_likelihood import (
    Likelihood,
    RiskSets,
    climbed,
    constant_covariate,
    likelihood,
    no_estimate,
    risk_sets,
)

__all__ = ["METHOD", "ChiSquared", "Cox", "Ties", "cox", "fitted"]

METHOD: Final = Method(
    name="stats.cox",
    version=1,
    source="Cox 1972, J R Stat Soc B 34:187; Breslow 1974, Biometrics 30:89; Efron 1977, J Am Stat Assoc 72:557",
)
Ties: TypeAlias = Literal["efron", "breslow"]
TIES: Final = ("efron", "breslow")
MOST_STEPS: Final = 50
TOLERANCE: Final = 1e-12
LOST: Final = 1e-10  # information left of that at 0 in some direction: less is rounding
VANISHED: Final = 1e-6  # the same, where the last step was a large one too: the maximum lies at infinity
STILL_MOVING: Final = 1e-3  # length of a last step that did not shrink, as a share of the coefficients
SINGULAR: Final = 1e-11  # information of an event in some direction, of standardised covariates
SEPARATED: Final = (
    "a coefficient grows without end: a covariate, or several together, separate those with the event, or a few values "
    "are too far from all others"
)


@dataclass(frozen=True, slots=True)
class ChiSquared:
    """A statistic with its degrees of freedom and upper tail."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Cox:
    """Coefficients of a Cox regression.

    Parameters
    ----------
    coef, se, p_value : (p,) float
        Log hazard ratios, standard errors, two-sided Wald p.
    vcov : (p, p) float
        Inverse information.
    loglik, loglik_null : float
        Log partial likelihood at the estimate and at 0.
    wald, score, likelihood_ratio : ChiSquared
        Tests of all coefficients being 0.
    ties : Ties
        How ties were treated.
    n, events, strata : int
        Patients, events, strata.
    """

    coef: FloatArray
    se: FloatArray
    p_value: FloatArray
    vcov: FloatArray
    loglik: float
    loglik_null: float
    wald: ChiSquared
    score: ChiSquared
    likelihood_ratio: ChiSquared
    ties: Ties
    n: int
    events: int
    strata: int

    def hazard_ratios(self, level: float = 0.95) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return hazard ratios with Wald limits: (ratio, low, high)."""
        if not 0.0 < level < 1.0:
            raise MethodError("NK-STA-02", f"the confidence level is {level}, expected between 0 and 1.")
        half = float(ndtri(0.5 + level / 2.0)) * self.se
        return np.exp(self.coef), np.exp(self.coef - half), np.exp(self.coef + half)


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    cause: int | None = None,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
) -> Cox:
    """Fit a Cox regression.

    Parameters
    ----------
    time : (n,) float
        Follow-up, from 0.
    event : (n,) int
        0 censored, 1 and above a cause.
    covariates : (n, p) float
        Finite numbers; one column a term, no intercept.
    cause : int or None
        The cause, from 1; None: an event of any cause.
    entry : (n,) float or None
        Times at which patients came under observation (left truncation).
    strata : (n,) any or None
        Strata with baseline hazards of their own.
    ties : Ties
        ``efron`` or ``breslow``.

    Returns
    -------
    Cox
        Coefficients, standard errors, tests.

    Raises
    ------
    MethodError
        NK-STA-02 the cause or the ties; NK-STA-03 to NK-STA-07 the data; NK-STA-10 a missing stratum; NK-STA-11 no
        event; NK-STA-12 no finite maximum, or covariates that cannot be told apart; NK-STA-13 the covariates.
    """
    sets, beta, end, start = fitted(time, event, covariates, cause=cause, entry=entry, strata=strata, ties=ties)
    inverse = np.linalg.inv(end.information)
    coef, vcov = beta / sets.scale, inverse / np.outer(sets.scale, sets.scale)
    se = np.sqrt(np.diag(vcov))
    score = float(start.gradient @ np.linalg.solve(start.information, start.gradient))
    wald = float(beta @ end.information @ beta)
    ratio = max(2.0 * (end.value - start.value), 0.0)
    by_wald, by_score, by_ratio = (
        ChiSquared(each, coef.size, float(chdtrc(coef.size, each))) for each in (wald, score, ratio)
    )
    return Cox(
        coef=coef,
        se=se,
        p_value=2.0 * ndtr(-np.abs(coef / se)),
        vcov=vcov,
        loglik=end.value,
        loglik_null=start.value,
        wald=by_wald,
        score=by_score,
        likelihood_ratio=by_ratio,
        ties=ties,
        n=sets.event.size,
        events=int(sets.event.sum()),
        strata=sets.starts.size - 1,
    )


def fitted(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    cause: int | None,
    entry: ArrayLike | None,
    strata: ArrayLike | None,
    ties: Ties,
) -> tuple[RiskSets, FloatArray, Likelihood, Likelihood]:
    """Return risk sets, standardised coefficients, and the likelihood there and at 0; arguments and errors of cox."""
    times = checked_times(time)
    codes = checked_causes(event, times.size)
    entries = checked_entry(entry, times)
    matrix = checked_covariates(covariates, times.size)
    layers = np.zeros(times.size, dtype=np.int64) if strata is None else checked_groups(strata, times.size, "strata")[1]
    if ties not in TIES or (cause is not None and cause < 1):
        raise MethodError("NK-STA-02", f"cause {cause} with ties {ties!r}, expected from 1 and one of {TIES}.")
    events = codes > 0 if cause is None else codes == cause
    if not events.any():
        raise MethodError("NK-STA-11", "nobody has an event" + ("." if cause is None else f" of cause {cause}."))
    sets = risk_sets(times, events, entries, layers, matrix)
    constant = constant_covariate(sets)
    if constant is not None:
        raise no_estimate(f"covariate {constant} is the same in all patients who are at risk together")
    start = likelihood(sets, np.zeros(matrix.shape[1]), efron=ties == "efron")
    beta, end = _maximum(sets, start, efron=ties == "efron")
    return sets, beta, end, start


def _maximum(sets: RiskSets, start: Likelihood, *, efron: bool) -> tuple[FloatArray, Likelihood]:
    """Climb by Newton's steps, halved where they do not climb."""
    if np.linalg.eigvalsh(start.information)[0] <= SINGULAR * start.place.size:
        raise no_estimate("the covariates cannot be told apart in the patients at risk at events")
    beta, here, left = np.zeros(sets.scale.size), start, 1.0
    for _ in range(MOST_STEPS):
        # The least information in any direction, as a share of that at 0: also where several covariates separate.
        left = float(eigh(here.information, start.information, eigvals_only=True)[0])
        if left < LOST:
            raise no_estimate(SEPARATED)
        step: FloatArray = np.linalg.solve(here.information, here.gradient).astype(np.float64)
        done = float(step @ here.gradient) < TOLERANCE
        beta, here = climbed(sets, beta, step, here, efron=efron)
        if not done:
            continue
        # Near a maximum Newton's steps shrink to nothing; towards infinity they stay as long as they were.
        moved, length = (float(np.sqrt(each @ start.information @ each)) for each in (step, beta))
        if left < VANISHED and moved > STILL_MOVING * length:
            raise no_estimate(SEPARATED)
        return beta, here
    raise no_estimate(SEPARATED if left < VANISHED else f"no maximum after {MOST_STEPS} steps")
