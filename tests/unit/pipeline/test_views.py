"""Views of records: whose an allele is."""

from nktrial.model.trace import Genotype
from nktrial.pipeline.views import SEVERAL, allele_owners


def test_an_allele_of_one_or_of_both_of_two_persons_names_them() -> None:
    persons = [Genotype("R", {"TH01": ("6", "9.3")}), Genotype("D", {"TH01": ("6", "7")})]
    assert allele_owners(persons) == {"TH01 6": "R and D", "TH01 9.3": "R", "TH01 7": "D"}


def test_of_more_than_two_persons_a_shared_allele_is_several_ones() -> None:
    persons = [
        Genotype(name, {"TH01": pair}) for name, pair in (("R", ("6", "7")), ("D", ("6", "8")), ("E", ("7", "9")))
    ]
    assert allele_owners(persons) == {"TH01 6": SEVERAL, "TH01 7": SEVERAL, "TH01 8": "D", "TH01 9": "E"}


def test_persons_come_in_their_own_order_and_shared_alleles_last() -> None:
    persons = [Genotype("R", {"TH01": ("6", "7")}), Genotype("D", {"TH01": ("6", "9")})]
    assert list(dict.fromkeys(allele_owners(persons).values())) == ["R", "D", "R and D"]
