"""nktrial str ngs and str dpcr: exit codes, JSON, text."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nktrial.cli.str_typing import str_typing
from nktrial.core.errors import NkTrialError


def run(arguments: list[str]) -> tuple[Result, int]:
    result = CliRunner().invoke(str_typing, arguments, standalone_mode=False)
    if isinstance(result.exception, NkTrialError):
        raise result.exception
    return result, result.return_value if isinstance(result.return_value, int) else result.exit_code


def body(result: Result) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(result.output)
    return loaded


def tables(folder: Path) -> list[str]:
    """Write 12 markers at which R and D are opposite homozygotes; 5 % of R in the sample."""
    header = "#SNPID\tTOT_HITS\tREF_HITS\tALT_HITS\n"
    reads = {"R": (1000, 0), "D": (0, 1000), "S": (500, 9500)}
    for name, (ref, alt) in reads.items():
        rows = "".join(f"M{m}\t{ref + alt}\t{ref}\t{alt}\n" for m in range(12))
        (folder / f"{name}.txt").write_text(header + rows)
    references = [part for p in "RD" for part in ("--reference", f"{p}={folder / p}.txt")]
    return ["ngs", str(folder / "S.txt"), *references]


def test_json_has_the_shape_of_str_mixture(tmp_path: Path) -> None:
    result, code = run([*tables(tmp_path), "--json"])
    assert code == 0
    (sample,) = body(result)["samples"]
    assert sample["sample"] == "S"
    assert [c["person"] for c in sample["contributors"]] == ["R", "D"]
    first = sample["contributors"][0]
    assert first["fraction"] == pytest.approx(0.05, abs=2e-3)
    assert first["ci95"][0] < 0.05 < first["ci95"][1]
    assert first["lob"] < first["lod"] < 0.05
    assert first["below_lod"] is False
    assert sample["loci_used"] == len(sample["loci"]) == 12
    assert sorted(locus["rank"] for locus in sample["loci"]) == list(range(1, 13))
    assert sample["classical"]["mean"] == pytest.approx(0.05, abs=1e-3)


def test_text_names_shares_and_markers(tmp_path: Path) -> None:
    result, code = run([*tables(tmp_path), "--of-interest", "D"])
    assert code == 0
    assert "S  (12 markers)" in result.output
    assert "plain mean of the markers for D: 95.0" in result.output
    assert result.output.count("opposite homozygotes") == 12


def test_a_person_with_two_references_is_refused(tmp_path: Path) -> None:
    arguments = tables(tmp_path)
    with pytest.raises(NkTrialError, match="NK-NGS-13"):
        run([*arguments, "--reference", arguments[3]])


def test_a_reference_without_person_is_a_usage_error(tmp_path: Path) -> None:
    result, _ = run([*tables(tmp_path)[:2], "--reference", "R.txt"])
    assert "expected PERSON=FILE" in str(result.exception)


def test_partitions(tmp_path: Path) -> None:
    table = tmp_path / "wells.csv"
    rows = ("S1,R,190,20000", "S1,D,6000,20000", "S2,R,0,20000", "S3,R,0,20000", "S3,D,9000,20000")
    table.write_text("sample,person,positives,total\n" + "\n".join(rows) + "\n")
    result, code = run(["dpcr", str(table), "--json"])
    assert code == 4  # S2 has one assay only
    first, second, third = body(result)["samples"]
    assert first["contributors"][0]["fraction"] == pytest.approx(0.0261, abs=1e-4)  # 0.009545 of 0.366220 copies
    assert [locus["partitions"] for locus in first["loci"]] == [20000, 20000]
    assert second["contributors"] == []
    assert [finding["code"] for finding in second["findings"]] == ["NK-DPC-12"]
    assert third["contributors"][0]["below_lod"] is True
    text, _ = run(["dpcr", str(table)])
    assert "below the limit of detection" in text.output
    assert "NK-DPC-12" in text.output
    table.write_text("sample,person,positives,total\nS1,R,190,20000\n")
    assert run(["dpcr", str(table)])[1] == 3
