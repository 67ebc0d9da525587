"""BOIN: boundaries of escalation and de-escalation, and the dose that is chosen at the end.

Definition
    With the target phi, phi1 (too low) and phi2 (too high), a dose is left upwards where its observed rate of
    dose-limiting toxicity is at most lambda_e and downwards where it is at least lambda_d:

    - lambda_e = log((1 - phi1) / (1 - phi)) / log(phi (1 - phi1) / (phi1 (1 - phi)))
    - lambda_d = log((1 - phi) / (1 - phi2)) / log(phi2 (1 - phi) / (phi (1 - phi2)))

    Unless told otherwise phi1 = 0.6 phi and phi2 = 1.4 phi. A dose and all above it are given up where P(rate > phi)
    exceeds 0.95 under the prior beta(1, 1) and at least 3 patients had it. At the end, the rates (x + 0.05) / (n + 0.1)
    of the doses that were used and not given up are made monotone (pooled adjacent violators, weights of 1 / posterior
    variance), and the dose closest to the target is chosen; of equal rates below the target the higher dose, above it
    the lower one.

Not decided here
    What is dose-limiting, and late toxicity that is still pending: each cohort is taken to be fully observed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betaincc

from nktrial.core.errors import MethodError
from nktrial.model.method import Method

__all__ = ["METHOD", "BoinRule", "BoinStep", "boin_choice", "boin_rule", "boin_table"]

METHOD: Final = Method(name="stats.boin", version=1, source="Liu & Yuan 2015, J R Stat Soc C 64:507")
LOW_SHARE: Final = 0.6
HIGH_SHARE: Final = 1.4
ELIMINATE_ABOVE: Final = 0.95
ELIMINATE_FROM: Final = 3
LARGEST: Final = 500
JUST_BELOW: Final = 1e-10  # of equal rates the higher dose counts as the higher rate


@dataclass(frozen=True, slots=True)
class BoinRule:
    """A target with its interval: rates ``phi1`` and ``phi2``, boundaries ``lambda_e`` and ``lambda_d``."""

    target: float
    phi1: float
    phi2: float
    lambda_e: float
    lambda_d: float


@dataclass(frozen=True, slots=True)
class BoinStep:
    """Of ``n`` patients at a dose: the most that escalate, the fewest that de-escalate, the fewest that eliminate.

    ``escalate`` is at least 0; ``deescalate`` is at most n; ``eliminate`` is None where no number does.
    """

    n: int
    escalate: int
    deescalate: int
    eliminate: int | None


def boin_rule(target: float, *, phi1: float | None = None, phi2: float | None = None) -> BoinRule:
    """Return the boundaries of a target.

    Parameters
    ----------
    target : float
        Rate of dose-limiting toxicity that is aimed at.
    phi1, phi2 : float or None
        Rates that are too low and too high; None: 0.6 and 1.4 times the target.

    Returns
    -------
    BoinRule
        The boundaries.

    Raises
    ------
    MethodError
        NK-DSN-06 not 0 < phi1 < target < phi2 < 1.
    """
    low = LOW_SHARE * target if phi1 is None else phi1
    high = HIGH_SHARE * target if phi2 is None else phi2
    if not 0.0 < low < target < high < 1.0:
        raise MethodError(
            "NK-DSN-06", f"phi1 {low:g}, target {target:g}, phi2 {high:g}; expected 0 < phi1 < target < phi2 < 1."
        )
    lambda_e = math.log((1 - low) / (1 - target)) / math.log(target * (1 - low) / (low * (1 - target)))
    lambda_d = math.log((1 - target) / (1 - high)) / math.log(high * (1 - target) / (target * (1 - high)))
    return BoinRule(target, low, high, lambda_e, lambda_d)


def boin_table(rule: BoinRule, last: int) -> tuple[BoinStep, ...]:
    """Return the decisions for 1 to ``last`` patients at a dose.

    Raises
    ------
    MethodError
        NK-DSN-05 ``last`` is not from 1 to 500.
    """
    if last != int(last) or not 1 <= last <= LARGEST:
        raise MethodError("NK-DSN-05", f"{last} patients at a dose; expected a whole number from 1 to {LARGEST}.")
    steps = []
    for n in range(1, last + 1):
        x = np.arange(n + 1)
        out = np.flatnonzero(betaincc(1.0 + x, 1.0 + n - x, rule.target) > ELIMINATE_ABOVE)
        eliminate = int(out[0]) if n >= ELIMINATE_FROM and out.size else None
        steps.append(BoinStep(n, math.floor(rule.lambda_e * n), math.ceil(rule.lambda_d * n), eliminate))
    return tuple(steps)


def boin_choice(rule: BoinRule, x: Sequence[int], n: Sequence[int]) -> int | None:
    """Return the index of the dose that is chosen at the end; None where none is.

    Parameters
    ----------
    rule : BoinRule
        The target.
    x, n : (d,) int
        Patients with dose-limiting toxicity and patients, a dose each, doses increasing; 0 where a dose was not used.

    Raises
    ------
    MethodError
        NK-STA-01 the counts are no proportions.
    """
    if len(x) != len(n) or not n or any(not 0 <= one <= of for one, of in zip(x, n, strict=True)):
        raise MethodError("NK-STA-01", f"{list(x)} of {list(n)} are not proportions: 0 <= x <= n is expected.")
    usable = len(n)
    for dose, (one, of) in enumerate(zip(x, n, strict=True)):
        if of >= ELIMINATE_FROM and float(betaincc(1.0 + one, 1.0 + of - one, rule.target)) > ELIMINATE_ABOVE:
            usable = dose
            break
    used = [dose for dose in range(usable) if n[dose] > 0]
    if not used:
        return None
    events = np.array([x[dose] + 0.05 for dose in used])
    free = np.array([n[dose] - x[dose] + 0.05 for dose in used])
    total = events + free
    rates = _monotone(events / total, total**2 * (total + 1.0) / (events * free))
    apart = np.abs(np.asarray(rates) + JUST_BELOW * np.arange(1, len(used) + 1) - rule.target)
    return used[int(apart.argmin())]


def _monotone(rates: np.ndarray, weights: np.ndarray) -> list[float]:
    """Return the rates that never fall and are closest to the given ones: pooled adjacent violators."""
    pools: list[tuple[float, float, int]] = []
    for rate, weight in zip(rates.tolist(), weights.tolist(), strict=True):
        pool = (rate, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            both = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / both, both, before[2] + pool[2])
        pools.append(pool)
    return [rate for rate, _, size in pools for _ in range(size)]
