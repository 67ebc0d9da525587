"""Donor share of the cells wanted, from that of an impure sort.

Definition
    p_true = (p_obs - (1 - q) p_contaminant) / q: of the sorted cells a share q is what was wanted and the rest has the
    contaminants' donor share. The protocol's product uses the share as observed; the corrected one is shown beside it
    where the laboratory states the purity. Both shares' distributions are carried through as independent ones, cut off
    at 0 and 1. Where nobody typed the contaminants, their share may be anything from 0 to 1, and only bounds are told.
    Below a purity of 0.5 most of the DNA is not that of the wanted cells, and nothing is told.

Not decided here
    The purity's own error: it is taken as stated.
"""

from typing import Final

import numpy as np

from nktrial.core.check import in_range
from nktrial.core.errors import MethodError
from nktrial.core.lattice import lattice
from nktrial.model.method import Method
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

__all__ = ["LEAST_PURITY", "METHOD", "purity_bounds", "purity_corrected", "purity_corrected_share"]

METHOD: Final = Method(name="endpoints.sort_purity", version=2, source="nktrial: balance of two cell populations")
ROUNDING: Final = 1e-12
LEAST_PURITY: Final = 0.5  # [unverified] below it the contaminants outweigh the wanted cells


def purity_corrected(observed: float, purity: float, contaminant: float) -> float:
    """Return the donor share among the wanted cells.

    Parameters
    ----------
    observed : float
        Donor share in the sorted cells, 0..1.
    purity : float
        Share of wanted cells among them, above 0, up to 1.
    contaminant : float
        Donor share in the other cells, 0..1.

    Returns
    -------
    float
        0..1.

    Raises
    ------
    MethodError
        NK-EXP-02 the three numbers contradict each other; NK-COR-05 one of them is out of range.
    """
    in_range("observed donor share", observed, 0.0, 1.0)
    in_range("contaminants' donor share", contaminant, 0.0, 1.0)
    in_range("purity", purity, 0.0, 1.0)
    true = (observed - (1.0 - purity) * contaminant) / purity if purity > 0.0 else -1.0
    if not -ROUNDING <= true <= 1.0 + ROUNDING:
        raise MethodError(
            "NK-EXP-02",
            f"an observed donor share of {observed:g} cannot come from a sort of purity {purity:g} whose contaminants "
            f"have {contaminant:g}.",
            remedy="Check the purity and the cell fraction that stands for the contaminants.",
        )
    return min(max(true, 0.0), 1.0)


def purity_corrected_share(observed: Uncertain, purity: float, contaminant: Uncertain) -> Uncertain:
    """Return the donor share among the wanted cells, with its distribution.

    Parameters
    ----------
    observed : Uncertain
        Donor share in the sorted cells, 0..1.
    purity : float
        Share of wanted cells among them, 0.5 to 1.
    contaminant : Uncertain
        Donor share in the other cells, 0..1.

    Raises
    ------
    MethodError
        NK-EXP-02 the three numbers contradict each other; NK-EXP-05 the purity is too low to say anything; NK-COR-05
        one of them is out of range.
    """
    _require_purity(purity)
    value = purity_corrected(observed.value, purity, contaminant.value)
    points = lattice(2)
    shown, others = observed.quantile(points[:, 0]), contaminant.quantile(points[:, 1])
    true = np.clip((shown - (1.0 - purity) * others) / purity, 0.0, 1.0)
    return Uncertain(value, tuple(np.quantile(true, PROBABILITIES).tolist()))


def purity_bounds(observed: Uncertain, purity: float) -> tuple[float, float]:
    """Return what the donor share among the wanted cells may be, whatever the contaminants are.

    Parameters
    ----------
    observed : Uncertain
        Donor share in the sorted cells, 0..1; the bounds rest on its 95 % interval.
    purity : float
        Share of wanted cells among them, 0.5 to 1.

    Raises
    ------
    MethodError
        NK-EXP-05 the purity is too low to say anything; NK-COR-05 it is out of range.
    """
    _require_purity(purity)
    low, high = observed.interval()
    return max((low - (1.0 - purity)) / purity, 0.0), min(high / purity, 1.0)


def _require_purity(purity: float) -> None:
    """Refuse a purity that says too little."""
    in_range("purity", purity, 0.0, 1.0)
    if purity < LEAST_PURITY:
        raise MethodError(
            "NK-EXP-05",
            f"a sort of purity {purity:g} says too little of the wanted cells, expected {LEAST_PURITY:g} or more: most "
            "of its DNA is that of other cells.",
            remedy="Type a purer sort, or report the share of the sorted cells as they are.",
        )
