"""Genotype and contributor tables."""

from pathlib import Path

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.genotypes import read_contributors, read_genotypes
from nktrial.formats.window import Window, open_source


def window(text: str) -> Window:
    return Window(text.encode(), "table")


def test_two_alleles_a_row_are_sorted_by_length() -> None:
    first, second = read_genotypes(window("person,marker,allele1,allele2\nD,TH01,9.3,6\nR,TH01,7,7\nD,AMEL,Y,X\n"))
    assert first.person == "D"
    assert dict(first.alleles) == {"TH01": ("6", "9.3"), "AMEL": ("X", "Y")}
    assert dict(second.alleles) == {"TH01": ("7", "7")}


def test_one_allele_a_row_makes_the_same_genotype() -> None:
    (genotype,) = read_genotypes(window("Sample.Name,Marker,Allele\nA,TH01,8\nA,TH01,8\nA,FGA,24\nA,FGA,21\n"))
    assert dict(genotype.alleles) == {"TH01": ("8", "8"), "FGA": ("21", "24")}
    assert genotype.findings == ()


def test_single_allele_is_a_homozygote_and_said_so_and_off_ladder_is_left_out() -> None:
    table = "person,marker,allele1,allele2\nD,TH01,8,\nD,FGA,OL,21\nD,vWA,,\n"
    (genotype,) = read_genotypes(window(table))
    assert dict(genotype.alleles) == {"TH01": ("8", "8")}
    assert set(genotype.left_out) == {"FGA", "vWA"}
    assert [finding.code for finding in genotype.findings] == ["NK-PKS-37"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("NK-PKS-20", "person,marker\nD,TH01\n"),
        ("NK-PKS-21", "person,marker,allele1,allele2\nD,,6,7\n"),
        ("NK-PKS-22", "person,marker,allele1,allele2\nD,TH01,6,7\nD,TH01,6,7\n"),
        ("NK-PKS-22", "person,marker,allele\nD,TH01,6\nD,TH01,7\nD,TH01,8\n"),
        ("NK-PKS-23", "person,marker,allele1,allele2\n"),
        ("NK-PKS-16", 'person,marker,allele1,allele2\nD,TH01,"9,3",6\n'),
    ],
)
def test_broken_genotype_tables_are_refused(code: str, text: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_genotypes(window(text))
    assert caught.value.code == code


def test_contributors_are_split_at_semicolons() -> None:
    first, second = read_contributors(window("sample,contributors,template_ng\nS1,44;45,0.5\nS2,R; D1 ;D2,1\n"))
    assert (first.sample, first.persons, first.line) == ("S1", ("44", "45"), 2)
    assert second.persons == ("R", "D1", "D2")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("NK-PKS-24", "sample,persons\nS,R\n"),
        ("NK-PKS-25", "sample,contributors\nS,\n"),
        ("NK-PKS-25", "sample,contributors\nS,R;;D\n"),
        ("NK-PKS-25", "sample,contributors\nS,R;R\n"),
        ("NK-PKS-26", "sample,contributors\nS,R\nS,D\n"),
    ],
)
def test_broken_contributor_tables_are_refused(code: str, text: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_contributors(window(text))
    assert caught.value.code == code


def test_real_genotypes_are_read_whole(data_dir: Path) -> None:
    folder = data_dir / "chimerism" / "provedit-identifilerplus-mixtures"
    persons = read_genotypes(open_source(folder / "genotypes.csv", name="g", kind="table")[1])
    assert len(persons) == 50
    assert {len(person.alleles) for person in persons} == {16}
    rows = read_contributors(open_source(folder / "samples.csv", name="s", kind="table")[1])
    assert len(rows) == 62
    assert rows[0].persons == ("44", "45")
