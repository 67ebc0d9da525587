"""Genotypes of virtual persons: founders drawn from the kit's ladder, children by Mendel's rule.

Definition
    A founder's two alleles of a locus are drawn independently. An allele's frequency is triangular over the rungs of
    the kit's ladder: highest in the middle, falling linearly to both ends. That is a stand-in for population
    frequencies, which the simulation does not need. A child has one allele of the mother and one of the father,
    each with probability one half, loci independent of each other (no linkage, no mutation).
    Amelogenin follows the sex.

Not decided here
    HLA: a matched sibling is drawn as any sibling, because STR loci and HLA are on different chromosomes or far apart.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.model.kit import Kit, Locus
from nktrial.model.trace import Genotype

__all__ = [
    "Family",
    "Relation",
    "Sex",
    "allele_frequencies",
    "draw_child",
    "draw_family",
    "draw_founder",
    "draw_relative",
]

Sex: TypeAlias = Literal["F", "M"]
Relation: TypeAlias = Literal["matched_sibling", "haploidentical_parent", "matched_unrelated"]


@dataclass(frozen=True, slots=True)
class Family:
    """A patient with both parents."""

    mother: Genotype
    father: Genotype
    recipient: Genotype


def allele_frequencies(locus: Locus) -> NDArray[np.float64]:
    """Return the frequency of each rung of a locus's ladder: triangular, sum 1.

    Returns
    -------
    (n,) float
        In the ladder's order.
    """
    rungs = len(locus.ladder)
    middle = (rungs - 1) / 2.0
    weights = 1.0 - np.abs(np.arange(rungs) - middle) / (middle + 1.0)
    return np.asarray(weights / weights.sum())


def draw_founder(rng: np.random.Generator, kit: Kit, *, person: str, sex: Sex) -> Genotype:
    """Draw the genotype of a person without relatives in the study."""
    alleles: dict[str, tuple[str, str]] = {}
    for locus in kit.loci:
        first, second = sorted(int(i) for i in rng.choice(len(locus.ladder), size=2, p=allele_frequencies(locus)))
        alleles[locus.name] = (locus.ladder[first].name, locus.ladder[second].name)
    return Genotype(person, MappingProxyType(alleles | sex_alleles(kit, sex)))


def draw_child(
    rng: np.random.Generator, kit: Kit, mother: Genotype, father: Genotype, *, person: str, sex: Sex
) -> Genotype:
    """Draw the genotype of a child: at each locus one allele of each parent."""
    alleles: dict[str, tuple[str, str]] = {}
    for locus in kit.loci:
        order = {rung.name: rank for rank, rung in enumerate(locus.ladder)}
        pair = (mother.alleles[locus.name][int(rng.integers(2))], father.alleles[locus.name][int(rng.integers(2))])
        low, high = sorted(pair, key=order.__getitem__)
        alleles[locus.name] = (low, high)
    return Genotype(person, MappingProxyType(alleles | sex_alleles(kit, sex)))


def draw_family(rng: np.random.Generator, kit: Kit, *, recipient: str, sex: Sex) -> Family:
    """Draw two founders and the patient, their child."""
    mother = draw_founder(rng, kit, person=f"{recipient}-mother", sex="F")
    father = draw_founder(rng, kit, person=f"{recipient}-father", sex="M")
    return Family(mother, father, draw_child(rng, kit, mother, father, person=recipient, sex=sex))


def draw_relative(rng: np.random.Generator, kit: Kit, family: Family, relation: Relation, *, person: str) -> Genotype:
    """Draw a donor of the patient: a sibling, a parent of the family, or an unrelated person."""
    sex: Sex = "F" if rng.integers(2) else "M"
    match relation:
        case "matched_sibling":
            return draw_child(rng, kit, family.mother, family.father, person=person, sex=sex)
        case "haploidentical_parent":
            parent = family.mother if sex == "F" else family.father
            return Genotype(person, parent.alleles)
        case "matched_unrelated":
            return draw_founder(rng, kit, person=person, sex=sex)


def sex_alleles(kit: Kit, sex: Sex) -> dict[str, tuple[str, str]]:
    """Return the amelogenin alleles that go with a sex; empty where the kit has no such locus."""
    pair = ("X", "X") if sex == "F" else ("X", "Y")
    return {locus.name: pair for locus in kit.loci if locus.name.upper().startswith("AMEL")}
