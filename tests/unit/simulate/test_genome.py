"""Genotypes: Mendel's rule, sex, frequencies."""

from collections import Counter

import pytest

from nktrial.formats.kits import load_kit
from nktrial.model.kit import LadderAllele, Locus
from nktrial.simulate.genome import Relation, Sex, allele_frequencies, draw_child, draw_family, draw_relative
from nktrial.simulate.streams import stream

KIT = load_kit("identifiler")


def test_frequencies_are_triangular_over_the_rungs() -> None:
    ladder = tuple(LadderAllele(str(name), 100.0 + 4 * name) for name in (10, 11, 12))
    locus = Locus("L", 0, 90.0, 130.0, 4, ladder, 0.06, 0.005)
    # Heights 1/2, 1, 1/2 of a triangle over three rungs.
    assert allele_frequencies(locus) == pytest.approx([0.25, 0.5, 0.25])


def test_a_child_of_two_heterozygotes_is_each_of_the_four_kinds_equally_often() -> None:
    family = draw_family(stream(1, "family"), KIT, recipient="P", sex="F")
    locus = next(
        name
        for name, pair in family.mother.alleles.items()
        if not name.startswith("AMEL") and len({*pair, *family.father.alleles[name]}) == 4
    )
    rng = stream(1, "children")
    children = [draw_child(rng, KIT, family.mother, family.father, person="C", sex="F") for _ in range(400)]
    kinds = Counter(child.alleles[locus] for child in children)
    assert len(kinds) == 4
    assert all(65 <= count <= 135 for count in kinds.values())


def test_a_parent_donor_is_the_parent() -> None:
    family = draw_family(stream(2, "family"), KIT, recipient="P", sex="M")
    donor = draw_relative(stream(2, "donor"), KIT, family, "haploidentical_parent", person="D")
    assert donor.alleles in (family.mother.alleles, family.father.alleles)
    shared = [bool({*pair} & {*family.recipient.alleles[name]}) for name, pair in donor.alleles.items()]
    assert all(shared)


def test_an_unrelated_donor_shares_less_than_a_sibling() -> None:
    def shared(relation: Relation) -> int:
        total = 0
        for number in range(40):
            family = draw_family(stream(number, "family"), KIT, recipient="P", sex="M")
            donor = draw_relative(stream(number, relation), KIT, family, relation, person="D")
            pairs = donor.alleles.items()
            total += sum(
                sum((Counter(pair) & Counter(family.recipient.alleles[name])).values()) for name, pair in pairs
            )
        return total

    assert shared("matched_sibling") > 1.4 * shared("matched_unrelated")


@pytest.mark.parametrize(("sex", "pair"), [("F", ("X", "X")), ("M", ("X", "Y"))])
def test_amelogenin_follows_the_sex(sex: Sex, pair: tuple[str, str]) -> None:
    family = draw_family(stream(3, "family"), KIT, recipient="P", sex=sex)
    assert family.recipient.alleles["AMEL"] == pair
    assert family.mother.alleles["AMEL"] == ("X", "X")
    assert family.father.alleles["AMEL"] == ("X", "Y")
