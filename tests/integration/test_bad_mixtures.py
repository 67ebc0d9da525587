"""Bad inputs A24 to A28: samples whose persons cannot be what they are declared to be, each in a limited process."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

RunLimited = Callable[..., subprocess.CompletedProcess[str]]
MARKERS = ("D3S1358", "TH01", "D21S11", "D18S51", "D5S818", "D13S317", "D7S820", "D16S539", "vWA", "FGA")
RECIPIENT, DONOR = ("12", "15"), ("18", "21")
Heights = Mapping[str, int]


def write_mixture(
    folder: Path, heights: Sequence[Heights], *, donor: tuple[str, str] = DONOR, area: str = ""
) -> list[str | Path]:
    """Write ten loci, each with the next of the given heights, and return the command."""
    peaks = ["sample,marker,allele,size_bp,height_rfu" + (",area" if area else "")]
    genotypes = ["person,marker,allele1,allele2"]
    for place, marker in enumerate(MARKERS):
        genotypes += [f"R,{marker},{','.join(RECIPIENT)}", f"D,{marker},{','.join(donor)}"]
        for allele, height in heights[place % len(heights)].items():
            peaks.append(f"S1,{marker},{allele},{150 + 4 * int(allele)},{height}" + (f",{area}" if area else ""))
    tables = {"peaks": peaks, "genotypes": genotypes, "contributors": ["sample,contributors", "S1,R;D"]}
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
    options = ("--genotypes", folder / "genotypes.csv", "--contributors", folder / "contributors.csv", "--json")
    return ["str", "mixture", folder / "peaks.csv", *options]


def shares(recipient: int, donor: int) -> dict[str, int]:
    return dict.fromkeys(RECIPIENT, recipient) | dict.fromkeys(DONOR, donor)


def findings(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert "Traceback" not in done.stderr
    return [finding["code"] for sample in json.loads(done.stdout)["samples"] for finding in sample["findings"]]


def test_a24_twins_or_a_file_given_twice(tmp_path: Path, run_limited: RunLimited) -> None:
    done = run_limited(*write_mixture(tmp_path, [shares(1_000, 0) | {"18": 1, "21": 1}], donor=RECIPIENT))
    assert done.returncode == 3
    assert "NK-MIX-01" in done.stdout + done.stderr


def test_a25_alleles_of_a_third_person(tmp_path: Path, run_limited: RunLimited) -> None:
    done = run_limited(*write_mixture(tmp_path, [shares(500, 900) | {"24": 700}]))
    assert done.returncode == 3
    assert "NK-MIX-06" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a26_negative_areas_are_refused(tmp_path: Path, run_limited: RunLimited) -> None:
    done = run_limited(*write_mixture(tmp_path, [shares(500, 900)], area="-40"))
    assert done.returncode == 3
    assert done.stderr.startswith("error: NK-PKS-12 ")
    assert "row 2 (area)" in done.stderr


@pytest.mark.parametrize("percent", ["-3", "103"])
def test_a26_a_reported_share_outside_0_to_100(small_study: Path, run_limited: RunLimited, percent: str) -> None:
    row = f"sample_id,person_id,fraction,donor_pct,sd_pct\nS01-D14,S01-D1,WB,{percent},2\n"
    (small_study / "chimerism_calls.csv").write_text(row)
    done = run_limited("check", small_study, "--json")
    assert done.returncode == 3
    (issue,) = [item for item in json.loads(done.stdout) if item["file"] == "chimerism_calls.csv"]
    assert (issue["row"], issue["column"], issue["severity"]) == (2, "donor_pct", "error")


def test_a27_one_locus_far_from_the_others(tmp_path: Path, run_limited: RunLimited) -> None:
    even, odd = shares(500, 500), shares(900, 100)
    done = run_limited(*write_mixture(tmp_path, [even, even, even, even, even, odd, even, even, even, even]))
    assert done.returncode == 0
    assert {"NK-MIX-21", "NK-MIX-23"} & set(findings(done))


def test_a28_a_byte_swapped_lane(tmp_path: Path, run_limited: RunLimited) -> None:
    (tmp_path / "swapped.fsa").write_bytes(b"FIBA\x65\x00" + bytes(400))
    done = run_limited("str", "call", tmp_path / "swapped.fsa", "--kit", "identifiler")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: NK-ABI-02 ")
