"""Single-stage design with exact binomial errors.

Definition
    The drug is given up with r responses or fewer of n. The design is the smallest n for which some r keeps
    P(X > r | p0) <= alpha and P(X > r | p1) >= 1 - beta; r is the smallest that keeps alpha. Power does not rise with
    every patient (the binomial is a saw), so that a larger n may fail: ``always_from`` is the n from which on every
    size up to the largest one looked at keeps both.

Not decided here
    What a response is. A single stage does not stop early (``simon``).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.binomial import above
from nktrial.stats.simon import check_rates

__all__ = ["METHOD", "SingleStage", "single_stage", "single_stage_success"]

METHOD: Final = Method(name="stats.single_stage", version=1, source="A'Hern 2001, Stat Med 20:859; Fleming 1982")
LARGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class SingleStage:
    """A single-stage design: give up with ``r`` responses or fewer of ``n``; exact errors; see the definition."""

    r: int
    n: int
    type_1: float
    power: float
    always_from: int | None


def single_stage(p0: float, p1: float, alpha: float, beta: float, *, n_max: int = 500) -> SingleStage:
    """Return the smallest single-stage design.

    Parameters
    ----------
    p0, p1 : float
        Response rate that is too low, and the one that is worth finding, ``0 < p0 < p1 < 1``.
    alpha, beta : float
        Largest probability of going on under p0, and of giving up under p1.
    n_max : int
        Most patients, 1 to 2,000.

    Returns
    -------
    SingleStage
        The design.

    Raises
    ------
    MethodError
        NK-DSN-01 rates or errors that are none; NK-DSN-02 ``n_max``; NK-DSN-03 no design has so few patients.
    """
    check_rates(p0, p1, alpha, beta)
    if n_max != int(n_max) or not 1 <= n_max <= LARGEST:
        raise MethodError("NK-DSN-02", f"n_max is {n_max}, expected a whole number from 1 to {LARGEST:,}.")
    n = np.arange(1, n_max + 1)
    r = np.zeros(n.size, dtype=np.int64)
    while (high := above(r, n, p0) > alpha).any():
        r += high
    power = above(r, n, p1)
    fits = (power >= 1.0 - beta) & (r < n)
    if not fits.any():
        raise MethodError(
            "NK-DSN-03",
            f"no single-stage design with at most {n_max} patients tells {p0:g} from {p1:g} with errors {alpha:g} and "
            f"{beta:g}.",
            remedy="Allow more patients, a larger difference or larger errors.",
        )
    first = int(fits.argmax())
    failing = np.flatnonzero(~fits)
    after = int(failing[-1]) + 1 if failing.size else 0
    always = int(n[after]) if after < n.size else None
    type_1 = float(above(r[first], n[first], p0))
    return SingleStage(int(r[first]), int(n[first]), type_1, float(power[first]), always)


def single_stage_success(design: SingleStage, rate: float) -> float:
    """Return the probability of more than r responses at a true rate from 0 to 1.

    Raises
    ------
    MethodError
        NK-DSN-01 the rate is none.
    """
    if not 0.0 <= rate <= 1.0:
        raise MethodError("NK-DSN-01", f"the rate is {rate}, expected from 0 to 1.")
    return float(above(design.r, design.n, rate))
