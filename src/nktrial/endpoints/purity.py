"""Donor share of the cells wanted, from that of an impure sort.

Definition
    p_true = (p_obs - (1 - q) p_contaminant) / q: of the sorted cells a share q is what was wanted and the rest has the
    contaminants' donor share. The protocol's product uses the share as observed; the corrected one is shown beside it
    where the laboratory states the purity.
"""

from typing import Final

from nktrial.core.check import in_range
from nktrial.core.errors import MethodError
from nktrial.model.method import Method

__all__ = ["METHOD", "purity_corrected"]

METHOD: Final = Method(name="endpoints.sort_purity", version=1, source="nktrial: balance of two cell populations")
ROUNDING: Final = 1e-12


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
