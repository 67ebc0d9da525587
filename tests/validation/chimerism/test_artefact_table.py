"""The tables of docs/validation/traces.md: every real lane with its findings, and what the curators' labels demand."""

import re
from functools import cache
from pathlib import Path

import pytest

from nktrial.chimerism.calls import TraceCalls, call_trace
from nktrial.chimerism.ladder import align_ladder
from nktrial.formats.abif import read_abif
from nktrial.formats.kits import load_kit
from nktrial.formats.window import Window
from nktrial.model.trace import Trace

PAGE = Path(__file__).resolve().parents[3] / "docs" / "validation" / "traces.md"
KITS = {"COfiler": "cofiler", "ProfilerPlus": "profiler_plus", "PP16": "powerplex16"}
# What each curator's label demands: a code, and the locus that the finding must name, where it names one.
DEMANDED = {
    "artifact_size_standard_too_low": [("NK-SIZ-07", "")],
    "artifact_off_scale": [("NK-ALL-07", "D3S1358"), ("NK-ALL-09", "D21S11"), ("NK-ALL-09", "vWA")],
    "artifact_imbalance_amel": [("NK-ALL-08", "AMEL")],
    "artifact_unexpected_mixture": [("NK-ALL-08", "TH01"), ("NK-ALL-08", "D2S1338"), ("NK-ALL-08", "D16S539")],
    "artifact_peaks_in_negative": [("NK-ALL-14", ""), ("NK-SIZ-08", "")],
    "negative_control": [("NK-ALL-10", "")],
    "ladder": [("NK-ALL-13", "")],
}


@cache
def lane(path: Path, *, analysed: bool = False) -> Trace:
    return read_abif(Window(path.read_bytes(), path.name), analysed=analysed)


def ladder_of(path: Path) -> Path:
    if path.parent.name.startswith("seqinr"):
        return path.with_name("1_0000206138_C01_005.fsa")
    if path.parent.name == "osiris-otherkits-fsa":
        return path.with_name(f"{path.name.split('_')[0]}_ladder.fsa")
    of_run_99 = "artifact" in path.name or "run99" in path.name
    return path.with_name("ladder_run99.fsa" if of_run_99 else "ladder.fsa")


@cache
def calls_of(path: Path, *, analysed: bool = False) -> TraceCalls:
    kit = load_kit(KITS.get(path.name.split("_", maxsplit=1)[0], "identifiler"))
    ladder = align_ladder(lane(ladder_of(path), analysed=analysed), kit)
    return call_trace(lane(path, analysed=analysed), kit, ladder=ladder)


def table() -> dict[str, tuple[str, ...]]:
    """Return the page's rows: file -> codes."""
    rows = (line.split("|")[1:-1] for line in PAGE.read_text().splitlines() if line.startswith("| "))
    found = {}
    for name, *cells in rows:
        codes = [tuple(sorted(set(cell.split()))) for cell in cells if re.fullmatch(r"\s*(NK-\w+-\d\d\s*)*", cell)]
        if codes:
            found[name.strip()] = codes[0]
    return found


def test_the_page_lists_what_every_lane_gives(data_dir: Path) -> None:
    paths = sorted((data_dir / "chimerism").glob("*/*.fsa"))
    assert len(paths) == 27
    given = {path.stem: tuple(sorted({finding.code for finding in calls_of(path).findings})) for path in paths}
    assert table() == given


@pytest.mark.parametrize("name", DEMANDED)
def test_each_label_is_a_finding(data_dir: Path, name: str) -> None:
    findings = calls_of(data_dir / "chimerism" / "osiris-identifiler-fsa" / f"{name}.fsa").findings
    for code, locus in DEMANDED[name]:
        assert any(found.code == code and locus in found.message for found in findings), (code, locus)


def test_labelled_stutter_is_marked_and_not_called(data_dir: Path) -> None:
    calls = calls_of(data_dir / "chimerism" / "osiris-identifiler-fsa" / "artifact_high_stutter_D3_D16.fsa")
    flags = {(peak.marker, peak.allele): peak.flags for peak in calls.profile.peaks}
    assert flags["D3S1358", "15"] == flags["D16S539", "12"] == ("stutter",)
    assert "15" not in calls.alleles["D3S1358"]
    assert "12" not in calls.alleles["D16S539"]


def test_the_softwares_separated_arrays_give_the_same_alleles(data_dir: Path) -> None:
    folder = data_dir / "chimerism" / "osiris-identifiler-fsa"
    for name in ("positive_control_9947A", "MIX05case2_victim", "MIX05case3_victim"):
        path = folder / f"{name}.fsa"
        assert calls_of(path, analysed=True).alleles == calls_of(path).alleles
