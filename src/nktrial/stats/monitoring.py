"""Beta-binomial monitoring of toxicity and of futility, patient by patient.

Definition
    With a prior beta(a, b) and x events of n the rate is beta(a + x, b + n - x). Toxicity: stop where P(rate > limit)
    exceeds the probability; the boundary at n is the fewest events that do so. Futility: stop where P(rate < limit)
    exceeds it; the boundary is the most responses that do so. The rule is looked at after every patient from ``first``
    to ``last``. How it behaves at a true rate is counted exactly over all paths.

Not decided here
    What an event is. A Bayesian boundary promises no type I error: look at the chances at rates of interest.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from scipy.special import betainc, betaincc

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.binomial import exactly

__all__ = [
    "METHOD",
    "Boundary",
    "Chances",
    "Direction",
    "MonitoringRule",
    "boundaries",
    "chances",
    "posterior_above",
    "posterior_wrong",
]

METHOD: Final = Method(
    name="stats.beta_binomial_monitoring", version=1, source="Thall & Simon 1994, Biometrics 50:337; Thall 1995"
)
Direction: TypeAlias = Literal["toxicity", "futility"]
LARGEST: Final = 500


@dataclass(frozen=True, slots=True)
class MonitoringRule:
    """When to stop.

    Parameters
    ----------
    direction : {"toxicity", "futility"}
        Whether many events stop, or few.
    prior : (float, float)
        a and b of the beta prior, above 0.
    limit : float
        Rate that must not be exceeded (toxicity) or that must be reached (futility), between 0 and 1.
    probability : float
        Stop where the rate lies on the wrong side of the limit with a probability above this.
    first, last : int
        Patients at the first look, and in all.
    """

    direction: Direction
    prior: tuple[float, float]
    limit: float
    probability: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Boundary:
    """Of ``n`` patients: ``stop`` events or more (toxicity) or fewer (futility) stop; None where no number does."""

    n: int
    stop: int | None


@dataclass(frozen=True, slots=True)
class Chances:
    """How a rule behaves at one true rate: probability of ever stopping, before the last patient, expected patients."""

    rate: float
    stop: float
    early_stop: float
    expected_n: float


def posterior_above(x: int, n: int, limit: float, prior: tuple[float, float]) -> float:
    """Return P(rate > limit) after x events in n patients.

    Raises
    ------
    MethodError
        NK-STA-01 the counts are not a proportion; NK-DSN-04 prior or limit.
    """
    a, b = _checked(x, n, limit, prior)
    return float(betaincc(a + x, b + n - x, limit))


def posterior_wrong(x: int, n: int, rule: MonitoringRule) -> float:
    """Return the probability that the rate is on the wrong side of the limit; as `posterior_above`."""
    a, b = _checked(x, n, rule.limit, rule.prior)
    above = rule.direction == "toxicity"
    return float((betaincc if above else betainc)(a + x, b + n - x, rule.limit))


def boundaries(rule: MonitoringRule) -> tuple[Boundary, ...]:
    """Return the boundary at each look.

    Raises
    ------
    MethodError
        NK-DSN-04 prior, limit or probability; NK-DSN-05 the looks.
    """
    _checked(0, 1, rule.limit, rule.prior)
    if rule.direction not in {"toxicity", "futility"} or not 0.0 < rule.probability < 1.0:
        raise MethodError(
            "NK-DSN-04",
            f"{rule.direction!r} with the probability {rule.probability}; expected toxicity or futility, and a "
            "probability between 0 and 1.",
        )
    if not 1 <= rule.first <= rule.last <= LARGEST:
        raise MethodError(
            "NK-DSN-05",
            f"looks from {rule.first} to {rule.last} patients; expected 1 <= first <= last <= {LARGEST}.",
        )
    return tuple(Boundary(n, _stop(n, rule)) for n in range(rule.first, rule.last + 1))


def chances(rule: MonitoringRule, rate: float) -> Chances:
    """Return how a rule behaves at a true rate from 0 to 1, counted exactly.

    Raises
    ------
    MethodError
        NK-DSN-01 the rate is none; NK-DSN-04, NK-DSN-05 the rule.
    """
    if not 0.0 <= rate <= 1.0:
        raise MethodError("NK-DSN-01", f"the rate is {rate}, expected from 0 to 1.")
    at_look = {item.n: item.stop for item in boundaries(rule)}
    going = exactly(np.arange(rule.first + 1), rule.first, rate)  # of x events without having stopped
    stopped, early, expected = 0.0, 0.0, 0.0
    for n in range(rule.first, rule.last + 1):
        if n > rule.first:
            going = np.append(going * (1.0 - rate), 0.0) + np.append(0.0, going * rate)
        bound = at_look[n]
        here = 0.0
        if bound is not None:
            out = slice(bound, None) if rule.direction == "toxicity" else slice(None, bound + 1)
            here = float(going[out].sum())
            going[out] = 0.0
        stopped += here
        expected += n * here
        early += here if n < rule.last else 0.0
    return Chances(rate, stopped, early, expected + rule.last * float(going.sum()))


def _stop(n: int, rule: MonitoringRule) -> int | None:
    x = np.arange(n + 1)
    a, b = rule.prior
    above = rule.direction == "toxicity"
    wrong = (betaincc if above else betainc)(a + x, b + n - x, rule.limit) > rule.probability
    if not wrong.any():
        return None
    return int(x[wrong][0] if above else x[wrong][-1])


def _checked(x: int, n: int, limit: float, prior: tuple[float, float]) -> tuple[float, float]:
    """Refuse counts (NK-STA-01), a prior or a limit (NK-DSN-04) that are none; return the prior."""
    if x != int(x) or n != int(n) or not 0 <= x <= n:
        raise MethodError("NK-STA-01", f"{x} of {n} is not a proportion: whole numbers with 0 <= x <= n are expected.")
    a, b = prior
    if not (0.0 < a < np.inf and 0.0 < b < np.inf and 0.0 < limit < 1.0):
        raise MethodError(
            "NK-DSN-04",
            f"prior beta({a:g}, {b:g}) and limit {limit:g}; expected a and b above 0, a limit between 0 and 1.",
        )
    return a, b
