"""What one sample brings to the endpoint: three factors, each a measured value or the reason why it is missing.

Definition
    ALC [cells/uL]; the share of CD56+ CD3- cells among the lymphocytes that the analyser counts; and, for each cell
    fraction whose DNA was typed, the share of the NK donor's genome. Each is an ``Uncertain`` with its counts, or a
    ``Missing``. A factor measured as a limit only (below the analyser's limit) is a ``Missing`` with ``upper``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.model.origin import Finding
from nktrial.model.uncertainty import Uncertain

__all__ = ["Missing", "NkFraction", "SampleFactors", "TypedDna", "check_share"]

ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that could not be had.

    Parameters
    ----------
    reason : str
        One sentence for the report.
    code : str
        Code of the reason, empty where there is none.
    upper : float or None
        Where the quantity was measured and lies below a limit: that limit, in the quantity's own unit. Such a sample
        is not passed over for another one, since that choice would depend on the outcome.
    """

    reason: str
    code: str = ""
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class NkFraction:
    """CD56+ CD3- cells among lymphocytes.

    Parameters
    ----------
    fraction : Uncertain
        0..1.
    nk_events, lymphocyte_events : int
        The counts behind it.
    basis : str
        The gates in words or as paths, e.g. ``"Lymphocytes/Live/NK of Lymphocytes/Live"``.
    findings : tuple of Finding
        What was noticed about the gate.
    """

    fraction: Uncertain
    nk_events: int
    lymphocyte_events: int
    basis: str = ""
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a fraction outside 0..1 or counts that are no part of a whole (NK-EXP-01)."""
        check_share("NK fraction", self.fraction)
        if not 0 <= self.nk_events <= self.lymphocyte_events:
            raise MethodError(
                "NK-EXP-01",
                f"{self.nk_events} NK events of {self.lymphocyte_events} lymphocytes: expected a part of them.",
            )


@dataclass(frozen=True, slots=True)
class TypedDna:
    """Chimerism of one typed cell fraction of one sample.

    Parameters
    ----------
    nk_donor : Uncertain
        Share of the NK donor's genome, 0..1 (of the one donor, where the HSCT donor gave the NK cells too).
    any_donor : Uncertain or None
        Share of all that is not the recipient's.
    lod : float or None
        Limit of detection of the NK donor's share.
    classical : float or None
        The same share by the classical mean over informative loci.
    purity : float or None
        Share of the sorted cells that are what the fraction's name says, where the laboratory states it.
    findings : tuple of Finding
        What was noticed in the typing.
    """

    nk_donor: Uncertain
    any_donor: Uncertain | None = None
    lod: float | None = None
    classical: float | None = None
    purity: float | None = None
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        """Refuse shares outside 0..1 (NK-EXP-01)."""
        check_share("share of the NK donor", self.nk_donor)
        if self.any_donor is not None:
            check_share("share of any donor", self.any_donor)


@dataclass(frozen=True, slots=True)
class SampleFactors:
    """One sample with its three factors.

    Parameters
    ----------
    sample_id, day, specimen, status
        As in samples.csv.
    alc : Uncertain or Missing
        [cells/uL].
    nk : NkFraction or Missing
        By the protocol's gates.
    typed : mapping
        Cell fraction typed (``WB``, ``CD56`` ...) -> its chimerism, or why it has none.
    alc_basis, alc_other_basis : str
        How the count was had (``"ALC"``, ``"WBC x LYMPH_PCT"``).
    alc_other : Uncertain or None
        The same count had the other way [cells/uL].
    nk_other : tuple of NkFraction
        The NK fraction over other denominators, each with its basis.
    before_infusion : bool or None
        For a sample of day 0: whether it was drawn before the infusion; None where nobody says.
    """

    sample_id: str
    day: int
    specimen: str
    status: str
    alc: Uncertain | Missing
    nk: NkFraction | Missing
    typed: Mapping[str, TypedDna | Missing] = field(default_factory=dict)
    alc_basis: str = ""
    alc_other: Uncertain | None = None
    alc_other_basis: str = ""
    nk_other: tuple[NkFraction, ...] = ()
    before_infusion: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a negative count (NK-EXP-01)."""
        for alc in (self.alc, self.alc_other):
            if isinstance(alc, Uncertain) and not (0.0 <= alc.value < math.inf and alc.quantiles[0] >= 0.0):
                raise MethodError("NK-EXP-01", f"ALC of {self.sample_id} is {alc.value} cells/uL, expected 0 or more.")


def check_share(name: str, share: Uncertain) -> None:
    """Raise NK-EXP-01 unless a share and its distribution lie in 0..1."""
    low, high = min(share.value, share.quantiles[0]), max(share.value, share.quantiles[-1])
    if not (low >= -ROUNDING and high <= 1.0 + ROUNDING):
        raise MethodError(
            "NK-EXP-01", f"{name} runs from {low:g} to {high:g}, expected 0 to 1 (a fraction, no percent)."
        )
