"""Reads of a sequencer at markers with two alleles."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nktrial.model.origin import Extent, Finding

__all__ = ["MarkerCounts", "MarkerReads"]


@dataclass(frozen=True, slots=True)
class MarkerReads:
    """Reads of one marker: with the reference allele, with the alternative allele."""

    ref: int
    alt: int

    @property
    def depth(self) -> int:
        """Reads that show one of the two alleles."""
        return self.ref + self.alt


@dataclass(frozen=True, slots=True)
class MarkerCounts:
    """All markers of one sample or person.

    Parameters
    ----------
    sample : str
        Sample or person.
    reads : mapping
        Marker -> reads, in file order; depth may be 0.
    extents : tuple of Extent
        Byte ranges of the rows.
    findings : tuple of Finding
        What was tolerated.
    """

    sample: str
    reads: Mapping[str, MarkerReads]
    extents: tuple[Extent, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
