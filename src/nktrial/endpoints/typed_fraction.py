"""Which typed cell fraction gives the donor share, and which published formula that makes.

Definition
    The protocol lists cell fractions in order of preference; the first that has a value is used. Names are compared
    without regard to case. DNA of whole blood makes the formula as published (Bachanova 2014 typed unseparated blood);
    DNA of CD56-selected cells is exact for NK cells; DNA of lymphocytes lies between.

Not decided here
    Cell fractions that the protocol does not list (CD3, CD15 ...) never enter the product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from nktrial.endpoints.factors import Missing, TypedDna

__all__ = ["ChosenDna", "Formula", "choose_typed", "find_typed", "formula_of"]

Formula: TypeAlias = Literal["published_whole_blood", "sorted_nk", "lymphocytes", "other_cells"]

FORMULAS: Final[Mapping[str, Formula]] = MappingProxyType(
    {
        "wb": "published_whole_blood",
        "pb": "published_whole_blood",
        "blood": "published_whole_blood",
        "whole blood": "published_whole_blood",
        "cd56": "sorted_nk",
        "nk": "sorted_nk",
        "lymphocytes": "lymphocytes",
    }
)


@dataclass(frozen=True, slots=True)
class ChosenDna:
    """The typed fraction that enters the product; ``passed_over``: preferred fractions and why each was not used."""

    fraction: str
    dna: TypedDna
    passed_over: tuple[tuple[str, Missing], ...]


def formula_of(fraction: str) -> Formula:
    """Return the formula that a typed cell fraction makes."""
    return FORMULAS.get(fraction.strip().casefold(), "other_cells")


def find_typed(typed: Mapping[str, TypedDna | Missing], fraction: str) -> TypedDna | Missing:
    """Return what a sample has for one cell fraction; ``Missing`` without a code where it was not typed.

    ``Missing`` with NK-EXP-17 where two spellings of the fraction stand side by side.
    """
    wanted = fraction.strip().casefold()
    names = sorted(name for name in typed if name.strip().casefold() == wanted)
    if len(names) > 1:
        return Missing(f"{fraction} is typed under {len(names)} spellings: {', '.join(names)}.", "NK-EXP-17")
    return typed[names[0]] if names else Missing(f"DNA of {fraction} was not typed.")


def choose_typed(typed: Mapping[str, TypedDna | Missing], order: Sequence[str]) -> ChosenDna | Missing:
    """Return the first cell fraction of the protocol's order that has a donor share.

    Parameters
    ----------
    typed : mapping
        Of one sample, see `SampleFactors`.
    order : sequence of str
        Cell fractions, most preferred first.

    Returns
    -------
    ChosenDna | Missing
        ``Missing`` (NK-EXP-13) where none has a value, with the reason of each.
    """
    passed: list[tuple[str, Missing]] = []
    for fraction in order:
        found = find_typed(typed, fraction)
        if isinstance(found, TypedDna):
            return ChosenDna(fraction, found, tuple(passed))
        passed.append((fraction, found))
    failed = [f"{fraction}: {missing.reason} [{missing.code}]" for fraction, missing in passed if missing.code]
    if failed:
        return Missing("no donor chimerism; " + " ".join(failed), "NK-EXP-13")
    return Missing(f"no donor chimerism: none of {', '.join(order)} was typed.", "NK-EXP-13")
