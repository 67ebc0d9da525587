"""Paired changes of few patients: exact signed-rank and sign test, Hodges-Lehmann, geometric mean ratio.

Definition
    Wilcoxon's V is the sum of the ranks of |difference| over the positive differences; ties take mid-ranks. Zeros:
    ``drop`` leaves them out before ranking (Wilcoxon), ``pratt`` ranks them and then leaves their ranks out. The
    distribution of V is counted exactly, given the ranks as they are, over all signs (dynamic programming on doubled
    ranks), so that ties need no correction; two-sided p is twice the smaller tail.
    Hodges-Lehmann: the median of the Walsh averages of all differences, zeros among them. Its limits are the k-th
    Walsh averages from both ends, k the largest with P(V < k) <= (1 - level) / 2 without ties; with ties they cover at
    least as often. The level that they reach is given; where the level cannot be reached there are none.
    Sign test: the positive of the non-zero differences against one half.
    Geometric mean ratio: exp of the mean log ratio, with Student's limits and p on the log scale; this assumes that
    log ratios are normal, which a few pairs cannot show.

Not decided here
    Which two values are a patient's pair.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtr, stdtrit

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray
from nktrial.stats.binomial import above, at_most
from nktrial.stats.exact_p import FEWEST_FOR_ASYMPTOTIC, AsymptoticP, ExactP, NoP, PValue

__all__ = [
    "METHOD",
    "GeometricMeanRatio",
    "HodgesLehmann",
    "Limits",
    "NoLimits",
    "SignTest",
    "SignedRank",
    "Zeros",
    "geometric_mean_ratio",
    "hodges_lehmann",
    "sign_test",
    "signed_rank",
]

METHOD: Final = Method(
    name="stats.paired",
    version=1,
    source="Wilcoxon 1945; Pratt 1959, J Am Stat Assoc 54:655; Hodges & Lehmann 1963, Ann Math Stat 34:598",
)
Zeros: TypeAlias = Literal["drop", "pratt"]
LARGEST_EXACT: Final = 300  # pairs: the exact distribution of V then has 90,301 steps, and takes a tenth of a second


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Wilcoxon's signed-rank test: V, its p, pairs that count, zeros, and whether ranks are tied."""

    statistic: float
    p: PValue
    pairs: int
    zeros: int
    tied: bool


@dataclass(frozen=True, slots=True)
class SignTest:
    """The sign test: positive and negative differences, zeros left out, and p."""

    positive: int
    negative: int
    zeros: int
    p: PValue


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits, and the level that they reach, at least the one asked for."""

    low: float
    high: float
    reached: float


@dataclass(frozen=True, slots=True)
class NoLimits:
    """No limits, because; ``most`` is the highest level that so many pairs can reach."""

    reason: str
    most: float


@dataclass(frozen=True, slots=True)
class HodgesLehmann:
    """The pseudo-median of the differences, with exact limits."""

    estimate: float
    limits: Limits | NoLimits
    pairs: int


@dataclass(frozen=True, slots=True)
class GeometricMeanRatio:
    """Geometric mean of after / before; limits, t and two-sided p are None for one pair or without any spread."""

    ratio: float
    low: float | None
    high: float | None
    t: float | None
    p_two_sided: float | None
    pairs: int
    smallest_p: float


def signed_rank(
    difference: ArrayLike, *, zeros: Zeros = "drop", method: Literal["exact", "asymptotic"] = "exact"
) -> SignedRank:
    """Test whether paired differences are symmetric about 0.

    Parameters
    ----------
    difference : (n,) float
        After less before, one a pair.
    zeros : {"drop", "pratt"}
        What becomes of differences of 0.
    method : {"exact", "asymptotic"}
        The exact distribution, up to 300 pairs; or the normal curve with the variance of the tied ranks, without
        continuity correction.

    Returns
    -------
    SignedRank
        V and p. p is ``NoP`` where no difference is left, or where an asymptotic p is asked for below six pairs.

    Raises
    ------
    MethodError
        NK-STA-31 the differences are no finite numbers; NK-STA-32 the method or the rule for zeros is not known, or
        more pairs than the exact distribution is counted for.
    """
    values = _checked(difference)
    if zeros not in {"drop", "pratt"} or method not in {"exact", "asymptotic"}:
        raise MethodError("NK-STA-32", f"zeros {zeros!r} by method {method!r} are not known.")
    ranked = values if zeros == "pratt" else values[values != 0.0]
    ranks = _mid_ranks(np.abs(ranked))[ranked != 0.0]
    kept = ranked[ranked != 0.0]
    statistic = float(ranks[kept > 0.0].sum())
    nothing, tied = values.size - kept.size, bool(np.unique(ranks).size < ranks.size)
    return SignedRank(statistic, _signed_rank_p(ranks, statistic, method), kept.size, nothing, tied)


def sign_test(difference: ArrayLike) -> SignTest:
    """Test whether positive and negative differences are as frequent; exact.

    Parameters
    ----------
    difference : (n,) float
        After less before, one a pair; zeros are left out.

    Returns
    -------
    SignTest
        Counts and p.

    Raises
    ------
    MethodError
        NK-STA-31 the differences are no finite numbers.
    """
    values = _checked(difference)
    up, down = int((values > 0).sum()), int((values < 0).sum())
    size = up + down
    if not size:
        return SignTest(0, 0, values.size, NoP("all differences are 0", 1.0))
    greater, less = float(above(up - 1, size, 0.5)), float(at_most(up, size, 0.5))
    p = ExactP(min(1.0, 2.0 * min(greater, less)), greater, less, min(1.0, 2.0 ** (1 - size)))
    return SignTest(up, down, values.size - size, p)


def hodges_lehmann(difference: ArrayLike, *, level: float = 0.95) -> HodgesLehmann:
    """Return the pseudo-median of paired differences with exact limits.

    Parameters
    ----------
    difference : (n,) float
        After less before, one a pair; zeros stay in.
    level : float
        Confidence level that the limits must reach.

    Returns
    -------
    HodgesLehmann
        Estimate and limits; ``NoLimits`` where so few pairs cannot reach the level.

    Raises
    ------
    MethodError
        NK-STA-31 the differences are no finite numbers; NK-STA-02 the level; NK-STA-32 more than 300 pairs.
    """
    values = _checked(difference)
    if not 0.0 < level < 1.0:
        raise MethodError("NK-STA-02", f"the confidence level is {level}, expected between 0 and 1, e.g. 0.95.")
    size = values.size
    first, second = np.triu_indices(size)
    walsh = np.sort((values[first] + values[second]) / 2.0)
    estimate = float(np.median(walsh))
    below = np.cumsum(_null(np.arange(1.0, size + 1.0)))[::2]  # P(V <= 0), P(V <= 1), ... in steps of whole ranks
    k = int(np.searchsorted(below, (1.0 - level) / 2.0, side="right"))  # P(V < k) <= tail
    most = 1.0 - 2.0 * float(below[0])
    if k == 0:
        pairs = "1 pair" if size == 1 else f"{size} pairs"
        return HodgesLehmann(estimate, NoLimits(f"{pairs} reach a level of {max(most, 0.0):.4g} at most", most), size)
    reached = 1.0 - 2.0 * float(below[k - 1])
    return HodgesLehmann(estimate, Limits(float(walsh[k - 1]), float(walsh[-k]), reached), size)


def geometric_mean_ratio(before: ArrayLike, after: ArrayLike, *, level: float = 0.95) -> GeometricMeanRatio:
    """Return the geometric mean of after / before.

    Parameters
    ----------
    before, after : (n,) float
        Both above 0, one a pair.
    level : float
        Confidence level.

    Returns
    -------
    GeometricMeanRatio
        Ratio with Student's limits on the log scale, and the smallest p of an exact test of so many pairs.

    Raises
    ------
    MethodError
        NK-STA-31 another number of values, or one that is no finite number above 0; NK-STA-02 the level.
    """
    earlier, later = _checked(before), _checked(after)
    if earlier.size != later.size or (earlier <= 0).any() or (later <= 0).any():
        raise MethodError(
            "NK-STA-31",
            f"{earlier.size} and {later.size} values, the lowest {min(earlier.min(), later.min()):g}; expected pairs "
            "above 0.",
            remedy="A value below its limit of quantification has no ratio: take a rank test.",
        )
    if not 0.0 < level < 1.0:
        raise MethodError("NK-STA-02", f"the confidence level is {level}, expected between 0 and 1, e.g. 0.95.")
    logs = np.log(later) - np.log(earlier)
    size, mean = logs.size, float(logs.mean())
    error = float(logs.std(ddof=1)) / math.sqrt(size) if size > 1 else 0.0
    smallest = min(1.0, 2.0 ** (1 - size))
    if error == 0.0:
        return GeometricMeanRatio(math.exp(mean), None, None, None, None, size, smallest)
    half = float(stdtrit(size - 1, 1.0 - (1.0 - level) / 2.0)) * error
    statistic = mean / error
    p = 2.0 * float(stdtr(size - 1, -abs(statistic)))
    return GeometricMeanRatio(
        math.exp(mean), math.exp(mean - half), math.exp(mean + half), statistic, p, size, smallest
    )


def _signed_rank_p(ranks: FloatArray, statistic: float, method: str) -> PValue:
    size = ranks.size
    if not size:
        return NoP("all differences are 0", 1.0)
    smallest = min(1.0, 2.0 ** (1 - size))
    if method == "asymptotic":
        if size < FEWEST_FOR_ASYMPTOTIC:
            return NoP(f"{size} pairs are too few for an asymptotic p ({FEWEST_FOR_ASYMPTOTIC} at least)", smallest)
        z = (statistic - ranks.sum() / 2.0) / math.sqrt(float(ranks @ ranks) / 4.0)
        return AsymptoticP(2.0 * float(ndtr(-abs(z))), float(ndtr(-z)), float(ndtr(z)))
    chance, at = _null(ranks), round(2.0 * statistic)
    greater, less = float(chance[at:].sum()), float(chance[: at + 1].sum())
    return ExactP(min(1.0, 2.0 * min(greater, less)), min(1.0, greater), min(1.0, less), smallest)


def _null(ranks: FloatArray) -> FloatArray:
    """Return the probability of each doubled V, from 0, when every sign is a fair coin."""
    if ranks.size > LARGEST_EXACT:
        raise MethodError(
            "NK-STA-32",
            f"{ranks.size} pairs, the exact distribution is counted for at most {LARGEST_EXACT}.",
            remedy="Ask for the asymptotic p.",
        )
    doubled = np.rint(2.0 * ranks).astype(np.int64)
    chance = np.zeros(int(doubled.sum()) + 1)
    chance[0], top = 1.0, 0
    for rank in doubled:
        moved = chance[: top + 1] / 2.0
        chance[: top + 1] = moved
        chance[rank : top + rank + 1] += moved
        top += int(rank)
    return chance


def _mid_ranks(values: FloatArray) -> FloatArray:
    """Return the rank of each value from 1; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2.0)[place])


def _checked(values: ArrayLike) -> FloatArray:
    """Refuse what is no row of finite numbers (NK-STA-31)."""
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 1 or not given.size or not np.isfinite(given).all():
        raise MethodError(
            "NK-STA-31",
            f"the values have the shape {given.shape} with {int((~np.isfinite(given)).sum())} missing or infinite; "
            "expected one finite number a pair, at least one.",
            remedy="Leave a pair out where one of its values is missing, and say so.",
        )
    return given
