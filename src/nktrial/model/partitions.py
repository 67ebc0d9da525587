"""Partitions of digital PCR."""

from dataclasses import dataclass
from typing import Final

__all__ = ["COMMON_COPIES", "Partitions"]

COMMON_COPIES: Final = 2.0


@dataclass(frozen=True, slots=True)
class Partitions:
    """One assay of one sample, wells added up.

    Parameters
    ----------
    person : str
        Whose DNA the assay detects; empty for the gene that everybody has.
    positive, total : int
        Partitions.
    copies : float
        Copies of the target in one of the person's genomes: 1 or 2.
    """

    person: str
    positive: int
    total: int
    copies: float = COMMON_COPIES
