"""Capillary electrophoresis: traces, peaks, genotypes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nktrial.model.origin import Extent, Finding

__all__ = ["Genotype", "Peak", "PeakProfile", "Trace", "VendorPeak"]


@dataclass(frozen=True, slots=True)
class VendorPeak:
    """One peak as the instrument's software found it (legacy PEAK tags): the check of sizing, never its input.

    Parameters
    ----------
    dye : int
        Column of the trace.
    scan : int
        Apex scan of the raw trace.
    height_rfu, size_bp : float
        Height, and length by the software's size calling; 0 where it gave none.
    """

    dye: int
    scan: int
    height_rfu: float
    size_bp: float


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One lane of a genetic analyser.

    Parameters
    ----------
    scans : (n_scans, n_dyes) int32
        Fluorescence [RFU]; spectrally separated, not baselined. The size standard is the last dye.
    dyes : tuple of str
        Names as the file gives them, e.g. ``("6-FAM", "VIC", "NED", "PET", "LIZ")``.
    sample_name : str
        Sample label in the file.
    size_standard : str
        Name of the size standard by the file's tag; it can be wrong or empty.
    saturated : (m,) int
        Scan numbers where the camera was saturated.
    facts : mapping
        Run facts: instrument, polymer, run name and date, injection, dye set.
    extents : tuple of Extent
        Byte ranges of the dye arrays.
    findings : tuple of Finding
        Tolerated oddities.
    vendor_peaks : tuple of VendorPeak
        What the instrument's software left in the file; empty where it left nothing.
    """

    scans: NDArray[np.int32]
    dyes: tuple[str, ...]
    sample_name: str
    size_standard: str
    saturated: NDArray[np.int64]
    facts: Mapping[str, str] = field(default_factory=dict)
    extents: tuple[Extent, ...] = ()
    findings: tuple[Finding, ...] = ()
    vendor_peaks: tuple[VendorPeak, ...] = ()


@dataclass(frozen=True, slots=True)
class Peak:
    """One peak of a profile.

    Parameters
    ----------
    marker : str
        Locus; empty where the peak lies in no locus.
    allele : str
        ``"14"``, ``"9.3"``, ``"X"``; ``"OL"`` off ladder; empty where not called.
    size_bp : float
        Fragment length [bp]; NaN where unknown.
    height_rfu : float
        Height above baseline [RFU].
    area : float
        Area [RFU x scans]; NaN where unknown.
    dye : str
        Dye letter or name; empty where unknown.
    scan : int
        Apex scan; -1 where unknown.
    flags : tuple of str
        ``stutter``, ``pull-up``, ``saturated``, ``off-ladder``, ...
    """

    marker: str
    allele: str
    size_bp: float
    height_rfu: float
    area: float = float("nan")
    dye: str = ""
    scan: int = -1
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeakProfile:
    """All peaks of one sample.

    Parameters
    ----------
    sample : str
        Sample label.
    peaks : tuple of Peak
        In file order.
    extents : tuple of Extent
        Byte ranges of the rows.
    findings : tuple of Finding
        Tolerated oddities.
    """

    sample: str
    peaks: tuple[Peak, ...]
    extents: tuple[Extent, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Genotype:
    """The alleles of one person.

    Parameters
    ----------
    person : str
        Study id of the recipient or donor.
    alleles : mapping
        Locus -> its alleles, two of them (equal where homozygous), sorted by length.
    left_out : mapping
        Locus -> why it has no genotype.
    findings : tuple of Finding
        What was removed and why.
    """

    person: str
    alleles: Mapping[str, tuple[str, str]]
    left_out: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
