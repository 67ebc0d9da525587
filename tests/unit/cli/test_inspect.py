"""nktrial inspect: each kind of file by its content."""

import json
from pathlib import Path

import numpy as np
import pytest

from nktrial.cli import main
from nktrial.formats.fcs_write import write_fcs
from nktrial.model.events import Channel, Spillover

PEAKS = "sample,marker,allele,size_bp,height_rfu\ns1,TH01,6,164.1,800\ns1,TH01,9.3,177.2,750\ns2,FGA,22,230.0,500\n"


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["inspect", *arguments])
    printed = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, printed.out, printed.err


@pytest.fixture
def fcs_file(tmp_path: Path) -> Path:
    channels = (Channel(0, "FSC-A", "", 32, 262144.0), Channel(1, "B-A", "CD56 ✓", 32, 1024.0, gain=2.0))
    spillover = Spillover(("FSC-A", "B-A"), np.array([[1.0, 0.5], [0.0, 1.0]]))
    values = np.array([[1.0, 2.0], [3.0, 4.5]])
    path = tmp_path / "named.txt"  # the name says nothing
    path.write_bytes(write_fcs(values, channels, spillover=spillover, keywords={"$CYT": "Aurora"}))
    return path


def test_fcs_as_json(fcs_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run([str(fcs_file), "--json"], capsys)
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["kind"], found["version"], found["events"], found["raw_sum"]) == ("fcs", "FCS3.1", 2, 10.5)
    assert [(one["name"], one["marker"]) for one in found["channels"]] == [("FSC-A", ""), ("B-A", "CD56 ✓")]
    assert (found["channels"][1]["gain"], found["channels"][1]["range"], found["channels"][1]["bits"]) == (
        2.0,
        1024.0,
        32,
    )
    assert found["spillover"] == {"channels": ["FSC-A", "B-A"], "matrix": [[1.0, 0.5], [0.0, 1.0]]}
    assert found["keywords"]["$CYT"] == "Aurora"
    assert found["extents"][-1]["stop"] - found["extents"][-1]["start"] == 16
    assert found["findings"] == []


def test_fcs_as_text(fcs_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run([str(fcs_file)], capsys)
    assert code == 0
    for shown in ("FSC-A", "CD56 ✓", "events: 2", "raw_sum: 10.5", "Aurora", "no findings"):
        assert shown in out


def test_a_peak_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "peaks"
    path.write_text(PEAKS)
    code, out, _ = run([str(path), "--json"], capsys)
    found = json.loads(out)
    assert (code, found["kind"], found["peaks"]) == (0, "peaks", 3)
    assert found["samples"][0] == {"sample": "s1", "markers": ["TH01"], "peaks": 2}


def test_a_genotype_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "genotypes"
    path.write_text("person,marker,allele1,allele2\nS01,TH01,6,9.3\n")
    code, out, _ = run([str(path), "--json"], capsys)
    assert (code, json.loads(out)["persons"]) == (0, [{"person": "S01", "markers": ["TH01"]}])


@pytest.mark.parametrize(("content", "code"), [(b"", "NK-SNF-02"), (b"hello", "NK-SNF-01"), (b"%PDF-1.7", "NK-SNF-01")])
def test_what_is_not_read(content: bytes, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.fcs"
    path.write_bytes(content)
    status, out, err = run([str(path), "--json"], capsys)
    assert (status, out) == (3, "")
    assert err.startswith(f"error: {code} ")


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run([str(tmp_path / "none.fcs")], capsys)
    assert status == 3
    assert err.startswith("error: NK-WIN-02 ")


def test_real_files_of_each_kind(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def contents(path: str) -> dict[str, object]:
        status, out, err = run([str(data_dir / path), "--json"], capsys)
        assert (status, err) == (0, ""), path
        found = json.loads(out)
        assert isinstance(found, dict)
        assert run([str(data_dir / path)], capsys)[0] == 0
        return found

    lane = contents("chimerism/osiris-otherkits-fsa/PP16_ladder.fsa")
    assert (lane["kind"], lane["dyes"], lane["sample"]) == ("abif", ["6FAM", "HEX", "NED", "ROX"], "PP16_LADDER")
    gates = contents("study-nk/gating/nk_panel.gatingml.xml")
    assert gates["kind"] == "gatingml"
    assert isinstance(gates["gates"], list)
    depth = {gate["id"]: (gate["parent"], gate["depth"]) for gate in gates["gates"]}
    assert depth["NK"] == ("Live", 3)
    assert contents("study-nk/raw/str/S01/sdata.txt")["peaks"] == 42
