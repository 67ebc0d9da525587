"""Classes of informative loci."""

import pytest

from nktrial.chimerism.informative import informative_class, informative_loci, unique_alleles
from nktrial.model.trace import Genotype


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (("12", "14"), ("12", "14"), "none"),
        (("12", "12"), ("12", "12"), "none"),
        (("12", "13"), ("14", "15"), "I"),
        (("12", "12"), ("14", "15"), "I"),
        (("12", "12"), ("14", "14"), "I"),
        (("12", "14"), ("12", "15"), "II"),
        (("12", "14"), ("12", "12"), "III"),
        (("12", "12"), ("12", "14"), "III"),
        (("14", "14"), ("12", "14"), "III"),
    ],
)
def test_class_of_the_nine_constellations(first: tuple[str, str], second: tuple[str, str], expected: str) -> None:
    # chimerism classes as written out: no shared allele, one shared with unique ones on both sides, on one side only
    assert informative_class(first, second) == expected


def test_pairs_of_three_persons_with_unique_alleles_and_stutter() -> None:
    recipient = Genotype("R", {"TH01": ("6", "9.3"), "AMEL": ("X", "Y"), "FGA": ("20", "24")})
    donor = Genotype("D1", {"TH01": ("7", "7"), "AMEL": ("X", "X"), "FGA": ("20", "24")})
    third = Genotype("D2", {"th01": ("6", "8")})
    found = {(row.persons, row.marker): row for row in informative_loci([recipient, donor, third])}
    assert set(found) == {
        (("R", "D1"), "TH01"),
        (("R", "D1"), "FGA"),
        (("R", "D2"), "TH01"),
        (("D1", "D2"), "TH01"),
    }
    assert found[("R", "D1"), "FGA"].informative == "none"
    assert found[("R", "D1"), "TH01"].unique == (("6", "9.3"), ("7",))
    assert not found[("R", "D1"), "TH01"].in_stutter  # 9.3 stands apart
    assert found[("D1", "D2"), "TH01"].in_stutter  # 7 beside 6 and 8


def test_unique_alleles_of_three_persons() -> None:
    found = unique_alleles({"R": ("6", "9"), "D1": ("6", "7"), "D2": ("9", "9")})
    assert found == {"R": (), "D1": ("7",), "D2": ()}
