"""Two-stage designs of Simon: optimal and minimax.

Definition
    n1 patients; with r1 responses or fewer the drug is given up. Else n in all; with r or fewer it is given up. Among
    all designs with P(not given up | p0) <= alpha and P(not given up | p1) >= 1 - beta, optimal is the one with the
    smallest expected number of patients under p0, minimax the one with the smallest n and, among those, the smallest
    expected number. For n1, r1 and n the smallest r that keeps alpha has the most power, so no other is looked at.
    All probabilities are exact binomial sums.

Not decided here
    What a response is, and whether to stop for success after the first stage: Simon's designs do not.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray
from nktrial.stats.binomial import above, at_most, exactly

__all__ = [
    "METHOD",
    "SimonDesigns",
    "TwoStage",
    "TwoStageChances",
    "check_rates",
    "simon_two_stage",
    "two_stage_chances",
]

METHOD: Final = Method(name="stats.simon_two_stage", version=1, source="Simon 1989, Control Clin Trials 10:1")
LARGEST: Final = 200


@dataclass(frozen=True, slots=True)
class TwoStage:
    """A two-stage design: give up with ``r1`` responses or fewer of ``n1``, or with ``r`` or fewer of ``n``.

    Parameters
    ----------
    r1, n1, r, n : int
        Boundaries and patients.
    expected_n, early_stop : float
        Expected number of patients, and probability of stopping after the first stage, under p0.
    type_1, power : float
        Probability that the drug is not given up under p0 and under p1.
    """

    r1: int
    n1: int
    r: int
    n: int
    expected_n: float
    early_stop: float
    type_1: float
    power: float


@dataclass(frozen=True, slots=True)
class SimonDesigns:
    """Simon's two designs."""

    optimal: TwoStage
    minimax: TwoStage


@dataclass(frozen=True, slots=True)
class TwoStageChances:
    """How a two-stage design behaves at one true rate: not given up, stopped early, expected number of patients."""

    rate: float
    success: float
    early_stop: float
    expected_n: float


def simon_two_stage(p0: float, p1: float, alpha: float, beta: float, *, n_max: int = 100) -> SimonDesigns:
    """Return Simon's optimal and minimax designs.

    Parameters
    ----------
    p0, p1 : float
        Response rate that is too low, and the one that is worth finding, ``0 < p0 < p1 < 1``.
    alpha, beta : float
        Largest probability of going on under p0, and of giving up under p1.
    n_max : int
        Most patients in all, 2 to 200.

    Returns
    -------
    SimonDesigns
        Both designs.

    Raises
    ------
    MethodError
        NK-DSN-01 rates or errors that are none; NK-DSN-02 ``n_max``; NK-DSN-03 no design has so few patients.
    """
    check_rates(p0, p1, alpha, beta)
    if n_max != int(n_max) or not 2 <= n_max <= LARGEST:
        raise MethodError("NK-DSN-02", f"n_max is {n_max}, expected a whole number from 2 to {LARGEST}.")
    tails = [_tails(rate, n_max) for rate in (p0, p1)]
    best: TwoStage | None = None
    minimax: TwoStage | None = None
    for n in range(2, n_max + 1):
        found = _best_of_size(n, (p0, p1), tails, alpha, beta)
        if found is None:
            continue
        minimax = minimax or found
        if best is None or found.expected_n < best.expected_n:
            best = found
    if best is None or minimax is None:
        raise MethodError(
            "NK-DSN-03",
            f"no two-stage design with at most {n_max} patients tells {p0:g} from {p1:g} with errors {alpha:g} and "
            f"{beta:g}.",
            remedy="Allow more patients, a larger difference or larger errors.",
        )
    return SimonDesigns(best, minimax)


def two_stage_chances(design: TwoStage, rate: float) -> TwoStageChances:
    """Return how a two-stage design behaves at a true response rate from 0 to 1; exact.

    Raises
    ------
    MethodError
        NK-DSN-01 the rate is none.
    """
    if not 0.0 <= rate <= 1.0:
        raise MethodError("NK-DSN-01", f"the rate is {rate}, expected from 0 to 1.")
    second = design.n - design.n1
    x = np.arange(design.r1 + 1, design.n1 + 1)
    success = float(exactly(x, design.n1, rate) @ above(design.r - x, second, rate))
    early = float(at_most(design.r1, design.n1, rate))
    return TwoStageChances(rate, success, early, design.n1 + (1.0 - early) * second)


def check_rates(p0: float, p1: float, alpha: float, beta: float) -> None:
    """Refuse rates or errors that make no design (NK-DSN-01)."""
    if not (0.0 < p0 < p1 < 1.0 and 0.0 < alpha < 1.0 and 0.0 < beta < 1.0):
        raise MethodError(
            "NK-DSN-01",
            f"p0 {p0:g}, p1 {p1:g}, alpha {alpha:g}, beta {beta:g}; expected 0 < p0 < p1 < 1 and errors between 0 and "
            "1.",
        )


def _tails(rate: float, n_max: int) -> tuple[FloatArray, FloatArray]:
    """Return P(X = x) and P(X >= x) of m patients at [m, x], x to n_max + 1."""
    m, x = np.arange(n_max + 1)[:, None], np.arange(n_max + 2)[None, :]
    return exactly(x, m, rate), above(x - 1, m, rate)


def _best_of_size(
    n: int, rates: tuple[float, float], tails: list[tuple[FloatArray, FloatArray]], alpha: float, beta: float
) -> TwoStage | None:
    """Return the design of n patients in all with the smallest expected number under p0; None where none keeps both."""
    found: tuple[float, int, int, int] | None = None
    for n1 in range(1, n):
        if found is not None and n1 >= found[0]:
            break  # no expected number is below n1
        kept = _kept(n, n1, tails[0])  # [r1, r]
        r1 = np.arange(n1)
        fits = kept <= alpha
        fits[r1[:, None] >= np.arange(n)[None, :]] = False  # the second stage must be able to decide
        r = fits.argmax(axis=1)
        power = _kept(n, n1, tails[1])[r1, r]
        good = fits.any(axis=1) & (power >= 1.0 - beta)
        if not good.any():
            continue
        most = int(np.flatnonzero(good)[-1])  # giving up sooner costs fewer patients
        expected = n1 + float(tails[0][1][n1, most + 1]) * (n - n1)
        if found is None or expected < found[0]:
            found = (expected, most, n1, int(r[most]))
    if found is None:
        return None
    plain = TwoStage(found[1], found[2], found[3], n, 0.0, 0.0, 0.0, 0.0)
    null, other = (two_stage_chances(plain, rate) for rate in rates)
    return TwoStage(plain.r1, plain.n1, plain.r, n, null.expected_n, null.early_stop, null.success, other.success)


def _kept(n: int, n1: int, tails: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return the probability of not giving up at [r1, r], r1 from 0 to n1 - 1 and r from 0 to n - 1."""
    pmf, sf = tails
    x, r = np.arange(1, n1 + 1), np.arange(n)
    needed = np.clip(r[None, :] + 1 - x[:, None], 0, n - n1 + 1)
    joint = pmf[n1, x][:, None] * sf[n - n1][needed]
    return np.asarray(np.cumsum(joint[::-1], axis=0)[::-1])  # x above r1 is row r1 and all after it
