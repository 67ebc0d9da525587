"""Cells per microlitre.

Definition
    Dual platform: cells/uL = ALC/uL x cells / lymphocytes, both counted in one tube, the ALC by a blood analyser.
    Counting beads (single platform): cells/uL = cells / beads x beads added / sample volume x dilution.
    Distribution. Beads: log(cells / beads) of two Poisson counts under Jeffreys' prior, which is logit(Beta(cells +
    1/2, beads + 1/2)), plus a normal deviate for the beads added and the pipetted volume. Dual platform: the product of
    the fraction's distribution and a log-normal ALC, independent.
    20 events are the limit of detection, 50 that of quantification; per microlitre, what so many events stand for.

Not decided here
    Whether the denominator's gate holds all lymphocytes that the analyser counts, or all beads.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from nktrial.core.errors import MethodError
from nktrial.cytometry.detection import detection
from nktrial.cytometry.fraction import LLOQ_EVENTS, LOD_EVENTS, OVERDISPERSION, population_fraction
from nktrial.model.method import Method
from nktrial.model.rare import AbsoluteCount
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

__all__ = ["ALC_CV", "BEAD_CV", "METHOD", "BeadTube", "bead_count", "dual_platform_count"]

METHOD: Final = Method(
    name="cytometry.absolute_count",
    version=1,
    source="Schnizlein-Bick et al. 2000, Clin Diagn Lab Immunol 7:336 (single and dual platform); CLSI H42-A2",
)
FloatArray: TypeAlias = NDArray[np.float64]

BEAD_CV: Final = 0.05  # [unverified] lot value of the beads and pipetting together
ALC_CV: Final = 0.05  # [unverified] 5-10 % is quoted for automated counts; higher in leukopenic blood


@dataclass(frozen=True, slots=True)
class BeadTube:
    """What a tube with counting beads was made of.

    Parameters
    ----------
    beads_added : float
        Beads in the tube, of the lot's certificate.
    volume_ul : float
        Volume of the specimen in the tube [uL].
    dilution : float
        How often the specimen was diluted before; 1 where it was not.
    cv : float
        Coefficient of variation of the beads added and of the volume.

    Raises
    ------
    MethodError
        NK-ABS-01 a number is not above 0, or the variation not in 0 to 1.
    """

    beads_added: float
    volume_ul: float
    dilution: float = 1.0
    cv: float = BEAD_CV

    def __post_init__(self) -> None:
        """Refuse what no tube can be."""
        _above_zero("the number of beads added", self.beads_added)
        _above_zero("the sample volume", self.volume_ul)
        _above_zero("the dilution", self.dilution)
        _variation(self.cv)


def bead_count(cells: int, beads: int, tube: BeadTube, *, bead_gate: str) -> AbsoluteCount:
    """Return cells per microlitre from counting beads.

    Parameters
    ----------
    cells, beads : int
        Events of the cells and of the beads in one acquisition.
    tube : BeadTube
        Beads, volume, dilution.
    bead_gate : str
        Name of the beads' gate.

    Raises
    ------
    MethodError
        NK-ABS-02 a count is negative or no beads were counted; NK-ABS-03 the gate has no name.
    """
    if cells < 0 or beads < 1:
        raise MethodError(
            "NK-ABS-02",
            f"there are {cells} cells and {beads} beads; without beads there is no count.",
            remedy="Check the beads' gate, and that no threshold cut them off.",
        )
    _named(bead_gate)
    factor = tube.beads_added / tube.volume_ul * tube.dilution
    share = population_fraction(cells, cells + beads, overdispersion=_log_spread(tube.cv))
    quantiles = np.array(share.quantiles)
    per_ul = Uncertain(cells / beads * factor, tuple(map(float, quantiles / (1.0 - quantiles) * factor)))
    return _count("beads", (cells, beads), bead_gate, per_ul, factor / beads)


def dual_platform_count(
    cells: int,
    lymphocytes: int,
    alc_per_ul: float,
    *,
    lymphocyte_gate: str,
    alc_cv: float = ALC_CV,
    overdispersion: float = OVERDISPERSION,
) -> AbsoluteCount:
    """Return cells per microlitre from a fraction of lymphocytes and an analyser's count.

    Parameters
    ----------
    cells, lymphocytes : int
        Events of the cells and of all lymphocytes, 0 <= cells <= lymphocytes.
    alc_per_ul : float
        Absolute lymphocyte count [cells/uL].
    lymphocyte_gate : str
        Name of the denominator's gate; it must hold lymphocytes and all of them.
    alc_cv : float
        Coefficient of variation of the ALC.
    overdispersion : float
        Of the fraction, see ``population_fraction``.

    Raises
    ------
    MethodError
        NK-ABS-01 the ALC is not a finite number of 0 or more, or the variation is not in 0 to 1; NK-ABS-03 the gate has
        no name; else as ``population_fraction``.
    """
    if not 0.0 <= alc_per_ul < np.inf:
        raise MethodError("NK-ABS-01", f"the ALC is {alc_per_ul}, expected 0 or more cells/uL.")
    _variation(alc_cv)
    _named(lymphocyte_gate)
    fraction = population_fraction(cells, lymphocytes, overdispersion=overdispersion)
    alc = alc_per_ul * np.exp(_log_spread(alc_cv) * ndtri(PROBABILITIES))
    per_ul = Uncertain(alc_per_ul * fraction.value, _product(alc, np.array(fraction.quantiles)))
    return _count("dual_platform", (cells, lymphocytes), lymphocyte_gate, per_ul, alc_per_ul / lymphocytes)


def _count(
    method: Literal["dual_platform", "beads"], events: tuple[int, int], gate: str, per_ul: Uncertain, one: float
) -> AbsoluteCount:
    """Put a count together."""
    cells, denominator = events
    limits = (LOD_EVENTS * one, LLOQ_EVENTS * one)
    return AbsoluteCount(method, cells, gate, denominator, per_ul, one, *limits, detection(cells))


def _product(first: FloatArray, second: FloatArray) -> tuple[float, ...]:
    """Return the quantiles of the product of two independent quantities, each as equally likely values."""
    products = np.sort(np.multiply.outer(first, second).ravel())
    return tuple(float(value) for value in np.quantile(products, PROBABILITIES))


def _log_spread(cv: float) -> float:
    """Return the standard deviation of the logarithm that gives a coefficient of variation."""
    return float(np.sqrt(np.log1p(cv * cv)))


def _above_zero(name: str, value: float) -> None:
    if not 0.0 < value < np.inf:
        raise MethodError("NK-ABS-01", f"{name} is {value}, expected a finite number above 0.")


def _variation(cv: float) -> None:
    if not 0.0 <= cv <= 1.0:
        raise MethodError("NK-ABS-01", f"the coefficient of variation is {cv}, expected 0 to 1.")


def _named(gate: str) -> None:
    if not gate.strip():
        raise MethodError(
            "NK-ABS-03",
            "the denominator's gate has no name.",
            remedy="Name the gate that the cells were set against: a count without it cannot be checked.",
        )
