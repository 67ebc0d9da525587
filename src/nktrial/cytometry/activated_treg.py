"""Activated regulatory T cells per microlitre: Ki-67+ CD127- FoxP3+ CD25hi CD4+.

Definition
    Cells in a gate that is all of it, counted as ``absolute`` does, and as a fraction of CD4+ T cells with limits of
    20 and 50 events. The population is rare: with a hundred or so per million lymphocytes the number of events decides
    what can be said.

Not decided here
    Where Ki-67 and CD25 are cut, which the gates say; whose cells they are (chimerism).
"""

from typing import Final

from nktrial.core.errors import MethodError
from nktrial.cytometry.fraction import LLOQ_EVENTS, LOD_EVENTS, OVERDISPERSION, population_fraction
from nktrial.model.method import Method
from nktrial.model.rare import AbsoluteCount, ActivatedTreg

__all__ = ["METHOD", "activated_treg"]

METHOD: Final = Method(
    name="cytometry.activated_treg",
    version=1,
    source="Bjorklund et al. 2018, Clin Cancer Res 24:1834 (phenotype); counting as cytometry.absolute_count",
)


def activated_treg(count: AbsoluteCount, cd4_events: int, *, overdispersion: float = OVERDISPERSION) -> ActivatedTreg:
    """Return activated regulatory T cells per microlitre and as a fraction of CD4+ T cells.

    Parameters
    ----------
    count : AbsoluteCount
        Of the gate that has all five markers.
    cd4_events : int
        Events of the CD4+ T cells in the same file.
    overdispersion : float
        Of the fraction, see ``population_fraction``.

    Raises
    ------
    MethodError
        NK-ABS-04 there are fewer CD4+ T cells than activated ones, or none.
    """
    if cd4_events < max(count.cells, 1):
        raise MethodError(
            "NK-ABS-04",
            f"there are {count.cells} activated regulatory T cells of {cd4_events} CD4+ T cells.",
            remedy="Take both from one hierarchy of gates: the regulatory cells lie inside CD4.",
        )
    share = population_fraction(count.cells, cd4_events, overdispersion=overdispersion)
    return ActivatedTreg(count, cd4_events, share, LOD_EVENTS / cd4_events, LLOQ_EVENTS / cd4_events)
