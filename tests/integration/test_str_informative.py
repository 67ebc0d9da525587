"""nktrial str informative: loci ranked before the transplant; persons that cannot be told apart are refused."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from nktrial.cli.str_typing import str_typing
from nktrial.core.errors import MethodError

# Ranked by hand. R: FGA 20 twice, clear; D18S51 12 clear, 16 in the stutter of D's 17; TH01 6 in that of D's 7.
TABLE = """person,marker,allele1,allele2
R,TH01,6,9.3
R,D18S51,12,16
R,FGA,20,20
R,vWA,15,18
D,TH01,7,9.3
D,D18S51,17,17
D,FGA,23,24
D,vWA,15,18
"""


def run(folder: Path, table: str, *more: str) -> str:
    (folder / "g.csv").write_text(table)
    done = CliRunner().invoke(
        str_typing, ["informative", "--genotypes", str(folder / "g.csv"), *more], standalone_mode=False
    )
    if done.exception is not None:
        raise done.exception
    return done.output


def test_loci_are_ranked_for_each_person(tmp_path: Path) -> None:
    first, second = json.loads(run(tmp_path, TABLE, "--json"))["persons"]
    rows = [(row["rank"], row["marker"], row["own_alleles"], row["outside_stutter"]) for row in first["loci"]]
    assert rows == [
        (1, "FGA", ["20"], ["20"]),
        (2, "D18S51", ["12", "16"], ["12"]),
        (3, "TH01", ["6"], []),
        (None, "vWA", [], []),
    ]
    assert [row["copies_outside_stutter"] for row in first["loci"]] == [2, 1, 0, 0]
    assert [row["marker"] for row in second["loci"]] == ["FGA", "D18S51", "TH01", "vWA"]  # 17 stands beside R's 16
    assert [row["copies"] for row in second["loci"]] == [2, 2, 1, 0]


def test_the_text_says_how_many_loci_there_are(tmp_path: Path) -> None:
    lines = run(tmp_path, TABLE).splitlines()
    assert lines[0] == "R: 3 of 4 loci have an allele that nobody else has, 2 of them outside stutter positions"
    assert lines[1].split() == ["1", "FGA", "20", "two", "copies"]
    assert "no allele of its own: vWA" in lines[4]


@pytest.mark.parametrize(
    ("code", "donor"),
    [
        ("NK-MIX-01", ["6,9.3", "12,16", "20,20", "15,18"]),  # twins, or one person twice
        ("NK-MIX-02", ["7,9.3", "12,16", "23,24", "15,18"]),  # two loci
    ],
)
def test_persons_that_cannot_be_told_apart_are_refused(tmp_path: Path, code: str, donor: list[str]) -> None:
    markers = ("TH01", "D18S51", "FGA", "vWA")
    recipient = TABLE.split("D,TH01", maxsplit=1)[0]
    table = recipient + "".join(f"D,{m},{pair}\n" for m, pair in zip(markers, donor, strict=True))
    with pytest.raises(MethodError) as refused:
        run(tmp_path, table)
    assert refused.value.code == code


def test_no_common_locus_and_one_person_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MethodError) as refused:
        run(tmp_path, "person,marker,allele1,allele2\nR,TH01,6,7\nD,FGA,20,21\n")
    assert refused.value.code == "NK-MIX-04"
    with pytest.raises(click.UsageError):
        run(tmp_path, TABLE, "--person", "R")
