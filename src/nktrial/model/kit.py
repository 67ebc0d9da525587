"""STR kits as data: loci, ladder, size standard."""

from dataclasses import dataclass

__all__ = ["Kit", "LadderAllele", "Locus", "SizeStandard"]


@dataclass(frozen=True, slots=True)
class LadderAllele:
    """One rung of the allelic ladder and its nominal length [bp]."""

    name: str
    size_bp: float


@dataclass(frozen=True, slots=True)
class Locus:
    """One marker of a kit.

    Parameters
    ----------
    name : str
        E.g. ``"D3S1358"``.
    dye : int
        Index of the dye, from 0.
    min_bp, max_bp : float
        Range of the locus [bp].
    repeat_bp : int
        Length of the repeat unit; 0 for AMEL.
    ladder : tuple of LadderAllele
        In order of length.
    back_stutter : float
        Typical height of the peak one repeat shorter, as a share of the allele's height.
    forward_stutter : float
        The same for one repeat longer.
    """

    name: str
    dye: int
    min_bp: float
    max_bp: float
    repeat_bp: int
    ladder: tuple[LadderAllele, ...]
    back_stutter: float
    forward_stutter: float


@dataclass(frozen=True, slots=True)
class SizeStandard:
    """Fragments of the internal lane standard.

    Parameters
    ----------
    name : str
        E.g. ``"GS500 LIZ"``.
    fragments_bp : tuple of float
        Used for sizing, increasing.
    ignored_bp : tuple of float
        Present in the trace and not used (the 250 of GS500).
    """

    name: str
    fragments_bp: tuple[float, ...]
    ignored_bp: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Kit:
    """One STR kit.

    Parameters
    ----------
    id : str
        E.g. ``"powerplex16"``.
    name : str
        The maker's name.
    dyes : tuple of str
        In channel order; the size standard's dye is the last.
    size_standards : tuple of SizeStandard
        The kit's own first.
    loci : tuple of Locus
        In order of dye and length.
    source : str
        Where the nominal lengths come from.
    """

    id: str
    name: str
    dyes: tuple[str, ...]
    size_standards: tuple[SizeStandard, ...]
    loci: tuple[Locus, ...]
    source: str
