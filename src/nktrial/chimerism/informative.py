"""Informative loci: which loci tell two persons apart, and how well.

Definition
    Class I: no shared allele. Class II: one shared allele, and each person has one that the other lacks. Class III:
    only one of the two has an allele that the other lacks. None: the same genotype. An allele that stands one repeat
    from an allele of another person lies in that one's stutter: a locus where every telling allele does so tells
    little at low shares (Thiede 2004, types 1 to 5).

Not decided here
    What the heights say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, TypeAlias

from nktrial.chimerism.marker import allele_length, is_autosomal, marker_key
from nktrial.model.method import Method
from nktrial.model.trace import Genotype

__all__ = ["METHOD", "InformativeClass", "PairLocus", "informative_class", "informative_loci", "unique_alleles"]

METHOD: Final = Method(
    name="chimerism.informative",
    version=1,
    source="Thiede C et al. 2004, Leukemia 18:248; Nollet F et al. 2001, Bone Marrow Transplant 28:511",
)
InformativeClass: TypeAlias = Literal["I", "II", "III", "none"]
Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PairLocus:
    """One locus of two persons.

    Parameters
    ----------
    marker : str
        The locus, as the first person's genotype spells it.
    persons : (str, str)
        Whom it tells apart.
    informative : {"I", "II", "III", "none"}
        The class.
    unique : (tuple of str, tuple of str)
        Alleles that only the first, only the second person has.
    in_stutter : bool
        Every unique allele stands one repeat from an allele of the other person.
    """

    marker: str
    persons: tuple[str, str]
    informative: InformativeClass
    unique: tuple[tuple[str, ...], tuple[str, ...]]
    in_stutter: bool


def informative_class(first: Pair, second: Pair) -> InformativeClass:
    """Return the class of a locus for two persons' alleles."""
    one, two = set(first), set(second)
    if one == two:
        return "none"
    if not one & two:
        return "I"
    return "II" if one - two and two - one else "III"


def informative_loci(genotypes: Sequence[Genotype]) -> tuple[PairLocus, ...]:
    """Return every autosomal locus of every pair of persons, pairs in order, loci in the first person's order."""
    found = []
    for first, second in combinations(genotypes, 2):
        other = {marker_key(marker): pair for marker, pair in second.alleles.items()}
        for marker, pair in first.alleles.items():
            if not is_autosomal(marker) or marker_key(marker) not in other:
                continue
            theirs = other[marker_key(marker)]
            unique = (_without(pair, theirs), _without(theirs, pair))
            telling = [_beside(a, theirs) for a in unique[0]] + [_beside(a, pair) for a in unique[1]]
            found.append(
                PairLocus(
                    marker,
                    (first.person, second.person),
                    informative_class(pair, theirs),
                    unique,
                    bool(telling) and all(telling),
                )
            )
    return tuple(found)


def unique_alleles(pairs: Mapping[str, Pair]) -> dict[str, tuple[str, ...]]:
    """Return, for each of any number of persons, the alleles of one locus that nobody else has."""
    return {
        person: tuple(
            dict.fromkeys(a for a in pair if all(a not in other for who, other in pairs.items() if who != person))
        )
        for person, pair in pairs.items()
    }


def _without(mine: Pair, theirs: Pair) -> tuple[str, ...]:
    """Return my alleles that the other lacks, each once."""
    return tuple(dict.fromkeys(allele for allele in mine if allele not in theirs))


def _beside(allele: str, others: Pair) -> bool:
    """Tell whether an allele stands one repeat before or after one of the others."""
    return any(round(abs(allele_length(allele) - allele_length(other)), 2) == 1.0 for other in others)
