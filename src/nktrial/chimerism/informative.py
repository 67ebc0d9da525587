"""Informative loci: which loci tell two persons apart, and how well.

Definition
    Class I: no shared allele. Class II: one shared allele, and each person has one that the other lacks. Class III:
    only one of the two has an allele that the other lacks. None: the same genotype. An allele that stands one repeat
    from an allele of another person lies in that one's stutter: a locus where every telling allele does so tells
    little at low shares (Thiede 2004, types 1 to 5). For one person among any number, loci are ranked by the copies of
    alleles that nobody else has and that stand in nobody's stutter, then by the copies of all alleles of its own.

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

__all__ = [
    "METHOD",
    "InformativeClass",
    "OwnAlleles",
    "PairLocus",
    "informative_class",
    "informative_loci",
    "ranked_loci",
    "unique_alleles",
]

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


@dataclass(frozen=True, slots=True)
class OwnAlleles:
    """One locus of one person among several.

    Parameters
    ----------
    marker : str
        The locus.
    own : tuple of str
        Alleles that nobody else has.
    clear : tuple of str
        Those of them that do not stand one repeat from an allele of anybody else.
    copies, clear_copies : int
        Copies of both, 0 to 2.
    """

    marker: str
    own: tuple[str, ...]
    clear: tuple[str, ...]
    copies: int
    clear_copies: int


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


def ranked_loci(genotypes: Sequence[Genotype]) -> dict[str, tuple[OwnAlleles, ...]]:
    """Return, for each person, the autosomal loci that all persons have, the one that tells most of this person first.

    Parameters
    ----------
    genotypes : sequence of Genotype
        Two persons or more.
    """
    keyed = [{marker_key(marker): pair for marker, pair in one.alleles.items()} for one in genotypes]
    found: dict[str, tuple[OwnAlleles, ...]] = {}
    for index, person in enumerate(genotypes):
        rows = []
        for marker, pair in person.alleles.items():
            key = marker_key(marker)
            if not is_autosomal(marker) or any(key not in other for other in keyed):
                continue
            theirs = [allele for k, other in enumerate(keyed) if k != index for allele in other[key]]
            own = tuple(dict.fromkeys(allele for allele in pair if allele not in theirs))
            clear = tuple(allele for allele in own if not _beside(allele, theirs))
            copies, clear_copies = (sum(pair.count(allele) for allele in some) for some in (own, clear))
            rows.append(OwnAlleles(marker, own, clear, copies, clear_copies))
        found[person.person] = tuple(sorted(rows, key=lambda row: (-row.clear_copies, -row.copies)))
    return found


def _without(mine: Pair, theirs: Pair) -> tuple[str, ...]:
    """Return my alleles that the other lacks, each once."""
    return tuple(dict.fromkeys(allele for allele in mine if allele not in theirs))


def _beside(allele: str, others: Sequence[str]) -> bool:
    """Tell whether an allele stands one repeat before or after one of the others."""
    return any(round(abs(allele_length(allele) - allele_length(other)), 2) == 1.0 for other in others)
