"""What each marker says by itself, and how much.

Definition
    For a person k and the others in their fitted ratio, q = x g_k/2 + (1 - x) q_others. A marker's own share x solves
    this for its reads, freed from misreads and bias, cut off at 0 and 1; a marker with g_k/2 = q_others has none. Its
    information is (dp/dx)^2 / var(reads/depth) at the fit; markers are ranked by it. Two persons are told apart at a
    marker as "opposite homozygotes" or "homozygote and heterozygote"; where all have the same genotype the marker tells
    nothing of shares.

Not decided here
    The shares: the joint fit weighs all markers at once (``ngs_fit``); the plain mean of the markers' own shares does
    not and stands beside it for comparison.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.ngs_fit import CountFit
from nktrial.chimerism.ngs_likelihood import MarkerData, alt_proportion, correlation

__all__ = ["MarkerView", "PlainMean", "marker_views", "plain_mean"]

FloatArray = NDArray[np.float64]
LEAST_SLOPE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class MarkerView:
    """One marker for a reader.

    Parameters
    ----------
    marker : str
        Its name.
    informative : str
        ``opposite homozygotes``, ``homozygote and heterozygote``, ``none``.
    copies : tuple of int
        Copies of the alternative allele of each person, empty where one is not known.
    alt, depth : int
        Reads of the sample.
    expected : float or None
        Expected proportion of alternative reads at the fit.
    bias : float or None
        Factor on the odds.
    own_share : float or None
        The share of the person of interest by this marker alone.
    information : float
        About that share.
    rank : int or None
        1 for the most informative; None without information or where the marker is not used.
    used : bool
        Whether it entered the fit.
    note : str
        Why not.
    """

    marker: str
    informative: str
    copies: tuple[int, ...]
    alt: int
    depth: int
    expected: float | None
    bias: float | None
    own_share: float | None
    information: float
    rank: int | None
    used: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlainMean:
    """Unweighted mean of the markers' own shares of one person, with its standard deviation over markers."""

    person: str
    mean: float
    sd: float | None
    markers: int


def marker_views(data: MarkerData, fit: CountFit, person: int) -> list[MarkerView]:
    """Return the markers of the fit, in their order, for one person of interest."""
    p = alt_proportion(data, fit.shares, fit.epsilon)
    variance = p * (1.0 - p) * (1.0 / data.depth + correlation(data, p, fit.rho))
    q = fit.shares @ data.copies / 2.0
    others = _others(fit, person) @ data.copies / 2.0
    reach = data.copies[person] / 2.0 - others
    in_q = (1.0 - 2.0 * fit.epsilon) * data.bias / (1.0 + (data.bias - 1.0) * q) ** 2
    information = np.where(np.abs(reach) > LEAST_SLOPE, (in_q * reach) ** 2 / variance, 0.0)
    freed = np.clip((data.alt / data.depth - fit.epsilon) / (1.0 - 2.0 * fit.epsilon), 0.0, 1.0)
    unbiased = freed / (freed + data.bias * (1.0 - freed))
    ranks = {int(m): n for n, m in enumerate(np.argsort(-information, kind="stable"), start=1) if information[m] > 0.0}
    return [
        MarkerView(
            marker=name,
            informative=_class(data.copies[:, m]),
            copies=tuple(int(copies) for copies in data.copies[:, m]),
            alt=int(data.alt[m]),
            depth=int(data.depth[m]),
            expected=float(p[m]),
            bias=float(data.bias[m]),
            own_share=float(np.clip((unbiased[m] - others[m]) / reach[m], 0.0, 1.0)) if m in ranks else None,
            information=float(information[m]),
            rank=ranks.get(m),
            used=True,
        )
        for m, name in enumerate(data.markers)
    ]


def plain_mean(views: list[MarkerView], person: str) -> PlainMean | None:
    """Return the unweighted mean of the own shares; None where no marker has one."""
    own = [view.own_share for view in views if view.own_share is not None]
    if not own:
        return None
    return PlainMean(person, float(np.mean(own)), float(np.std(own, ddof=1)) if len(own) > 1 else None, len(own))


def _others(fit: CountFit, person: int) -> FloatArray:
    """Return the shares of the others, scaled to a sum of 1; equal where they have none; all 0 for one person."""
    others = fit.shares.copy()
    others[person] = 0.0
    if others.sum() <= 1e-9:
        others[:] = 1.0
        others[person] = 0.0
    total = float(others.sum())
    return np.asarray(others / total) if total > 0.0 else others


def _class(copies: FloatArray) -> str:
    """Say how a marker tells the persons apart."""
    if copies.max() == copies.min():
        return "none"
    return "opposite homozygotes" if copies.max() - copies.min() == 2 else "homozygote and heterozygote"
