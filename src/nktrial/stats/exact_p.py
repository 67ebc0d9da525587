"""A p value of few patients: exact, asymptotic, or none.

Definition
    An exact p is given whenever it can be computed; beside it stands the smallest two-sided p that so many patients
    could have given, so that a p of 0.5 in two pairs is not read as "no effect". Below six pairs no asymptotic p is
    given: with five pairs the exact two-sided p is never below 0.0625, and a normal curve says otherwise.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = ["FEWEST_FOR_ASYMPTOTIC", "AsymptoticP", "ExactP", "NoP", "PValue"]

FEWEST_FOR_ASYMPTOTIC: Final = 6


@dataclass(frozen=True, slots=True)
class ExactP:
    """An exact p: two-sided, greater, less, and the smallest two-sided one possible."""

    two_sided: float
    greater: float
    less: float
    smallest: float


@dataclass(frozen=True, slots=True)
class AsymptoticP:
    """A p by the normal curve: two-sided, greater, less."""

    two_sided: float
    greater: float
    less: float


@dataclass(frozen=True, slots=True)
class NoP:
    """No p, because; with the smallest two-sided p that an exact test of so many patients could give."""

    reason: str
    smallest: float


PValue: TypeAlias = ExactP | AsymptoticP | NoP
