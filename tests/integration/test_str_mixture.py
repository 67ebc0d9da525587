"""nktrial str mixture: exit codes, JSON, reasons of samples that cannot be fitted."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from lxml import etree

from nktrial.cli.str_typing import str_typing
from nktrial.core.errors import NkTrialError

MARKERS = ("TH01", "FGA", "vWA", "D3S1358", "D5S818")


def write(folder: Path, *, second_sample: bool = False) -> list[str]:
    rows = ["sample,marker,allele,size_bp,height_rfu"]
    genotypes = ["person,marker,allele1,allele2"]
    for marker in MARKERS:
        rows += [f"S1,{marker},{a},{100 + 4 * a},{h}" for a, h in ((10, 300), (12, 300), (15, 700), (18, 700))]
        genotypes += [f"R,{marker},10,12", f"D,{marker},15,18"]
    (folder / "peaks.csv").write_text("\n".join(rows) + "\n")
    (folder / "genotypes.csv").write_text("\n".join(genotypes) + "\n")
    lines = ["sample,contributors", "S1,R;D"] + (["S2,R;D", "S3,R;Z"] if second_sample else [])
    (folder / "contributors.csv").write_text("\n".join(lines) + "\n")
    tables = ["--genotypes", str(folder / "genotypes.csv"), "--contributors", str(folder / "contributors.csv")]
    return ["mixture", str(folder / "peaks.csv"), *tables]


def run(arguments: list[str]) -> tuple[Result, int]:
    result = CliRunner().invoke(str_typing, arguments, standalone_mode=False)
    if isinstance(result.exception, NkTrialError):
        raise result.exception
    return result, result.return_value if isinstance(result.return_value, int) else result.exit_code


def body(result: Result) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(result.output)
    return loaded


def test_json_gives_fractions_intervals_loci_and_findings(tmp_path: Path) -> None:
    result, code = run([*write(tmp_path), "--json"])
    assert code == 0
    (sample,) = body(result)["samples"]
    assert [c["person"] for c in sample["contributors"]] == ["R", "D"]
    assert sample["contributors"][1]["fraction"] == pytest.approx(0.7, abs=0.02)
    low, high = sample["contributors"][1]["ci95"]
    assert low < 0.7 < high
    assert sample["loci_used"] == 5
    assert [locus["marker"] for locus in sample["loci"]] == list(MARKERS)


def test_samples_that_cannot_be_fitted_are_listed_with_the_reason_and_exit_4(tmp_path: Path) -> None:
    result, code = run([*write(tmp_path, second_sample=True), "--json"])
    assert code == 4
    first, second, third = body(result)["samples"]
    assert first["contributors"]
    assert (second["contributors"], second["findings"][0]["code"]) == ([], "NK-MIX-09")
    assert third["findings"][0]["code"] == "NK-MIX-09"
    (tmp_path / "contributors.csv").write_text("sample,contributors\nS1,R;Z\n")
    result, code = run([*write(tmp_path)[:4], "--contributors", str(tmp_path / "contributors.csv"), "--json"])
    assert body(result)["samples"][0]["loci_used"] == 5  # write() restored the table: the control of this test
    (tmp_path / "contributors.csv").write_text("sample,contributors\nS1,R;Z\n")
    arguments = ["mixture", str(tmp_path / "peaks.csv"), "--genotypes", str(tmp_path / "genotypes.csv")]
    result, code = run([*arguments, "--contributors", str(tmp_path / "contributors.csv"), "--json"])
    assert code == 3
    assert body(result)["samples"][0]["findings"][-1]["code"] == "NK-MIX-10"


def test_references_as_exported_replace_the_genotype_table(data_dir: Path) -> None:
    folder = data_dir / "study-nk" / "raw" / "str" / "S02"
    references = [f"--reference={p}={folder / f}" for p, f in (("R", "rdata.txt"), ("D1", "d1data.txt"))]
    references.append(f"--reference=D2={folder / 'd2data.txt'}")
    result, code = run(["mixture", str(folder / "sdata.txt"), *references, "--json"])
    assert code == 0
    (sample,) = body(result)["samples"]
    assert sample["contributors"][2]["person"] == "D2"
    assert sample["contributors"][2]["fraction"] == pytest.approx(0.303, abs=0.05)
    text, _ = run(["mixture", str(folder / "sdata.txt"), *references])
    assert "D2" in text.output
    assert "95 %" in text.output


@pytest.mark.parametrize("code", ["NK-MIX-11", "NK-MIX-12"])
def test_reference_of_two_samples_and_person_twice_are_refused(tmp_path: Path, code: str) -> None:
    arguments = write(tmp_path)
    two = tmp_path / "two.csv"
    two.write_text("sample,marker,allele,height\nA,TH01,6,900\nB,TH01,7,900\n")
    single = tmp_path / "one.csv"
    single.write_text("sample,marker,allele,height\nA,TH01,6,900\n")
    reference = f"X={two}" if code == "NK-MIX-11" else f"R={single}"
    with pytest.raises(NkTrialError) as caught:
        run([*arguments, "--reference", reference])
    assert caught.value.code == code


def test_missing_options_are_a_usage_error(tmp_path: Path) -> None:
    arguments = write(tmp_path)
    assert run(arguments[:2])[1] != 0
    assert run(arguments[:4])[1] != 0
    assert run([*arguments, "--reference", "no-file"])[1] != 0
    listed = CliRunner().invoke(str_typing, ["--help"])
    assert "mixture" in listed.output
    assert "call" in listed.output


def test_loci_carry_every_persons_share_and_a_plot_shows_them(tmp_path: Path) -> None:
    result, code = run([*write(tmp_path), "--json", "--plot", str(tmp_path / "loci.svg")])
    assert code == 0
    for locus in body(result)["samples"][0]["loci"]:
        shares = {item["person"]: item for item in locus["shares"]}
        assert shares["D"]["share"] == pytest.approx(0.7)
        assert shares["D"]["ci95"][0] < 0.7 < shares["D"]["ci95"][1]
    words = {text.text for text in etree.parse(tmp_path / "loci.svg").getroot().iter("{*}text")}
    assert {*MARKERS, "R, % of the DNA", "D, % of the DNA"} <= words


def test_plots_of_several_samples_go_into_a_folder_and_nothing_is_overwritten(tmp_path: Path) -> None:
    several = write(tmp_path, second_sample=True)
    _, code = run([*several, "--plot", str(tmp_path / "pictures")])
    assert code == 4
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["S1-loci.svg"]
    for taken in (tmp_path / "pictures", tmp_path / "one.png"):  # one is taken, the other one file for three samples
        result, _ = run([*several, "--plot", str(taken)])
        assert isinstance(result.exception, click.UsageError)
