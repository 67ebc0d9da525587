"""Real lanes of an ABI 3100: arrays against Biopython, sizes against the instrument's software, alleles against the
published control genotype and between four kits."""

import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from Bio import SeqIO

from nktrial.chimerism.calls import TraceCalls, call_trace
from nktrial.chimerism.foreign import foreign_alleles
from nktrial.chimerism.genotype import reference_genotype
from nktrial.chimerism.ladder import LadderBins, align_ladder
from nktrial.chimerism.lane import SizedLane, sized_lane
from nktrial.chimerism.mixture_loci import detection_limit_rfu, usable_loci
from nktrial.chimerism.sizing import local_southern
from nktrial.core.errors import SourceError
from nktrial.formats.abif import read_abif, vendor_peaks
from nktrial.formats.abif_write import write_abif
from nktrial.formats.kits import load_kit
from nktrial.formats.window import Window
from nktrial.model.trace import Trace

# The control DNA 9947A as the kit's maker publishes it.
GENOTYPE_9947A = {
    "D8S1179": "13", "D21S11": "30", "D7S820": "10,11", "CSF1PO": "10,12", "D3S1358": "14,15", "TH01": "8,9.3",
    "D13S317": "11", "D16S539": "11,12", "D2S1338": "19,23", "D19S433": "14,15", "vWA": "17,18", "TPOX": "8",
    "D18S51": "15,19", "AMEL": "X", "D5S818": "11", "FGA": "23,24",
}  # fmt: skip
PREFIXES = {"cofiler": "COfiler_", "profiler_plus": "ProfilerPlus_", "powerplex16": "PP16_"}
FASTEST_OF = 3
MOST_SECONDS_A_LANE = 0.2  # 0.02 to 0.06 s on an idle core


@pytest.fixture(scope="session")
def traces_dir(data_dir: Path) -> Path:
    return data_dir / "chimerism"


def window_of(path: Path) -> Window:
    return Window(path.read_bytes(), path.name)


@cache
def trace_of(path: Path) -> Trace:
    return read_abif(window_of(path))


@cache
def lane_of(path: Path, kit_id: str) -> SizedLane:
    return sized_lane(trace_of(path), load_kit(kit_id))


@cache
def bins_of(path: Path, kit_id: str) -> LadderBins:
    return align_ladder(trace_of(path), load_kit(kit_id))


def lane_path(traces: Path, kit_id: str, stem: str) -> Path:
    if kit_id == "identifiler":
        return traces / "osiris-identifiler-fsa" / f"{stem}.fsa"
    return traces / "osiris-otherkits-fsa" / f"{PREFIXES[kit_id]}{stem}.fsa"


def calls_of(traces: Path, kit_id: str, stem: str, ladder: str = "ladder") -> TraceCalls:
    bins = bins_of(lane_path(traces, kit_id, ladder), kit_id)
    return call_trace(trace_of(lane_path(traces, kit_id, stem)), load_kit(kit_id), ladder=bins)


def biopython_tags(path: Path) -> dict[str, Any]:
    return dict(SeqIO.read(path, "abi").annotations["abif_raw"])  # type: ignore[no-untyped-call]


def test_every_trace_equals_biopythons(traces_dir: Path) -> None:
    paths = sorted(traces_dir.glob("*/*.fsa"))
    assert len(paths) >= 27
    for path in paths:
        tags, trace = biopython_tags(path), trace_of(path)
        keys = [key for key in ("DATA1", "DATA2", "DATA3", "DATA4", "DATA105") if key in tags]
        assert trace.scans.shape == (len(tags["DATA1"]), len(keys)), path.name
        for column, key in enumerate(keys):
            assert trace.scans[:, column].tolist() == list(tags[key]), (path.name, key)


def test_a_real_trace_survives_writing(traces_dir: Path) -> None:
    trace = trace_of(traces_dir / "osiris-identifiler-fsa" / "ladder.fsa")
    again = read_abif(Window(write_abif(trace), "again.fsa"))
    assert np.array_equal(again.scans, trace.scans)
    assert (again.dyes, again.facts, again.sample_name) == (trace.dyes, trace.facts, trace.sample_name)


@pytest.mark.parametrize("name", ["GF_1_FTA_A01_01.hid", "PPF_1_FTA_A06_01.hid"])
def test_enciphered_lanes_are_refused_with_the_way_out(traces_dir: Path, name: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_abif(window_of(traces_dir / "osiris-hid" / name))
    assert caught.value.code == "NK-ABI-15"
    assert ".fsa" in caught.value.remedy


def size_differences(path: Path, kit_id: str) -> list[float]:
    """Return our length minus the software's for every peak of 50 RFU that both found."""
    lane = lane_of(path, kit_id)
    differences = []
    for peak in vendor_peaks(window_of(path)):
        if peak.dye >= len(lane.sizes) or peak.size_bp <= 0 or peak.height_rfu < 50:
            continue
        apex = lane.peaks[peak.dye].apex
        nearest = int(np.argmin(np.abs(apex - peak.scan)))
        if abs(apex[nearest] - peak.scan) < 3 and np.isfinite(lane.sizes[peak.dye][nearest]):
            differences.append(float(lane.sizes[peak.dye][nearest]) - peak.size_bp)
    return differences


@pytest.mark.parametrize(
    ("kit_id", "least_peaks"), [("identifiler", 1_400), ("cofiler", 130), ("profiler_plus", 230), ("powerplex16", 300)]
)
def test_sizes_equal_the_instruments(traces_dir: Path, kit_id: str, least_peaks: int) -> None:
    if kit_id == "identifiler":
        paths = sorted((traces_dir / "osiris-identifiler-fsa").glob("*.fsa"))
    else:
        paths = sorted((traces_dir / "osiris-otherkits-fsa").glob(f"{PREFIXES[kit_id]}*.fsa"))
    away = np.abs(np.concatenate([size_differences(path, kit_id) for path in paths]))
    assert away.size >= least_peaks
    assert float(np.median(away)) <= 0.05
    assert float(np.quantile(away, 0.95)) <= 0.15


def test_the_curve_is_the_instruments_at_its_own_apexes(traces_dir: Path) -> None:
    away = []
    for path in sorted(traces_dir.glob("osiris-*/*.fsa")):
        kit_id = next((kit for kit, prefix in PREFIXES.items() if path.name.startswith(prefix)), "identifiler")
        standard = lane_of(path, kit_id).standard
        told = [peak for peak in trace_of(path).vendor_peaks if peak.size_bp > 0 and peak.height_rfu >= 50]
        told = [peak for peak in told if peak.dye < trace_of(path).scans.shape[1] - 1]
        sizes = local_southern(np.array([float(peak.scan) for peak in told]), standard.scan, standard.size_bp)
        away += [abs(size - peak.size_bp) for size, peak in zip(sizes, told, strict=True) if np.isfinite(size)]
    assert len(away) > 2_300
    assert float(np.median(away)) <= 0.02
    assert float(np.quantile(away, 0.95)) <= 0.05


def test_every_lane_finds_its_size_standard(traces_dir: Path) -> None:
    for path in sorted(traces_dir.glob("*/*.fsa")):
        kit_id = next((kit for kit, prefix in PREFIXES.items() if path.name.startswith(prefix)), "identifiler")
        fit = lane_of(path, kit_id).standard
        assert fit.name == ("ILS 600" if kit_id == "powerplex16" else load_kit(kit_id).size_standards[0].name)
        assert fit.found >= fit.expected - 2, path.name


def test_9947a_is_right_at_all_16_loci(traces_dir: Path) -> None:
    calls = calls_of(traces_dir, "identifiler", "positive_control_9947A")
    assert {marker: ",".join(names) for marker, names in calls.alleles.items()} == GENOTYPE_9947A


@pytest.mark.parametrize("kit_id", ["profiler_plus", "powerplex16"])
def test_9947a_is_right_with_other_kits(traces_dir: Path, kit_id: str) -> None:
    calls = calls_of(traces_dir, kit_id, "positive_control")
    known = {marker: ",".join(names) for marker, names in calls.alleles.items() if marker in GENOTYPE_9947A}
    assert known == {marker: GENOTYPE_9947A[marker] for marker in known}
    assert len(known) >= 10


@pytest.mark.parametrize("case", ["MIX05case2_victim", "MIX05case3_victim"])
def test_one_person_is_the_same_with_four_kits(traces_dir: Path, case: str) -> None:
    seen: dict[str, set[tuple[str, ...]]] = {}
    for kit_id in ("identifiler", *PREFIXES):
        for marker, names in calls_of(traces_dir, kit_id, case).alleles.items():
            assert 1 <= len(names) <= 2, (kit_id, marker)
            seen.setdefault(marker, set()).add(names)
    assert len(seen) == 18  # 15 STRs and amelogenin of Identifiler, Penta D and Penta E of PowerPlex 16
    assert {marker: names for marker, names in seen.items() if len(names) > 1} == {}


@pytest.mark.parametrize("kit_id", ["identifiler", *PREFIXES])
@pytest.mark.parametrize("case", ["MIX05case2_victim", "MIX05case3_victim"])
def test_a_person_has_no_foreign_allele_beside_their_own_reference(traces_dir: Path, kit_id: str, case: str) -> None:
    profile = calls_of(traces_dir, kit_id, case).profile
    other = calls_of(traces_dir, kit_id, {"2": "MIX05case3_victim", "3": "MIX05case2_victim"}[case[9]]).profile
    limit = detection_limit_rfu(profile)
    own, stranger = (reference_genotype(item, person="P", kit=load_kit(kit_id)) for item in (profile, other))
    assert foreign_alleles(profile, usable_loci(profile, [own], limit)).alleles == {}
    assert foreign_alleles(profile, usable_loci(profile, [stranger], limit)).overwhelming


def test_two_injections_of_one_person_agree(traces_dir: Path) -> None:
    folder = traces_dir / "seqinr-identifiler-fsa"
    alleles = []
    for injection in "12":
        bins = bins_of(folder / f"{injection}_0000206138_C01_005.fsa", "identifiler")
        trace = trace_of(folder / f"{injection}_FAC321_0000205983_B02_004.fsa")
        alleles.append(call_trace(trace, load_kit("identifiler"), ladder=bins).alleles)
    assert alleles[0] == alleles[1]
    assert all(1 <= len(names) <= 2 for names in alleles[0].values())


def codes_of(calls: TraceCalls) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in calls.findings:
        found.setdefault(finding.code, []).append(str(finding.evidence.get("marker", "")))
    return found


def test_curated_artefacts_are_noticed(traces_dir: Path) -> None:
    off_scale = codes_of(calls_of(traces_dir, "identifiler", "artifact_off_scale", "ladder_run99"))
    assert "D3S1358" in off_scale["NK-ALL-07"]
    assert "NK-ALL-09" in off_scale
    imbalance = codes_of(calls_of(traces_dir, "identifiler", "artifact_imbalance_amel", "ladder_run99"))
    assert imbalance["NK-ALL-08"] == ["AMEL"]
    mixture = codes_of(calls_of(traces_dir, "identifiler", "artifact_unexpected_mixture", "ladder_run99"))
    assert len(mixture["NK-ALL-08"]) >= 10
    negative = calls_of(traces_dir, "identifiler", "negative_control")
    assert "NK-ALL-10" in codes_of(negative)
    assert not any(negative.alleles.values())


def test_pull_up_at_d21s11_and_vwa_is_not_called(traces_dir: Path) -> None:
    # The curators name the pull-up of the saturated TH01 peak at 187 bp in the blue and the yellow dye.
    calls = calls_of(traces_dir, "identifiler", "artifact_off_scale", "ladder_run99")
    pulled = [peak for peak in calls.profile.peaks if abs(peak.size_bp - 187.1) < 0.3 and "pull-up" in peak.flags]
    assert {peak.dye for peak in pulled} >= {"6-FAM", "NED"}
    assert {peak.allele for peak in pulled if peak.marker == "D21S11"}.isdisjoint(calls.alleles["D21S11"])
    assert {peak.allele for peak in pulled if peak.marker == "vWA"}.isdisjoint(calls.alleles["vWA"])


def test_without_the_ladder_nothing_is_called_on_pop6(traces_dir: Path) -> None:
    trace = trace_of(lane_path(traces_dir, "identifiler", "positive_control_9947A"))
    calls = call_trace(trace, load_kit("identifiler"), ladder=None)
    assert not any(calls.alleles.values())
    assert any(finding.code == "NK-ALL-05" and finding.severity == "error" for finding in calls.findings)


@pytest.mark.parametrize(("kit_id", "other"), [("cofiler", "profiler_plus"), ("profiler_plus", "cofiler")])
def test_another_kit_of_the_same_dyes_is_not_called(traces_dir: Path, kit_id: str, other: str) -> None:
    bins = bins_of(lane_path(traces_dir, kit_id, "ladder"), kit_id)
    for case in ("MIX05case2_victim", "MIX05case3_victim"):
        calls = call_trace(trace_of(lane_path(traces_dir, other, case)), load_kit(kit_id), ladder=bins)
        assert not any(calls.alleles.values())
        assert "NK-ALL-11" in codes_of(calls)


def test_the_ladder_of_another_laboratory_is_not_trusted(traces_dir: Path) -> None:
    bins = bins_of(lane_path(traces_dir, "identifiler", "ladder"), "identifiler")
    trace = trace_of(traces_dir / "seqinr-identifiler-fsa" / "1_FAC321_0000205983_B02_004.fsa")
    calls = call_trace(trace, load_kit("identifiler"), ladder=bins)
    assert "NK-ALL-11" in codes_of(calls)
    assert not any(calls.alleles.values())


def test_a_lane_is_called_quickly(traces_dir: Path) -> None:
    calls_of(traces_dir, "identifiler", "MIX05case2_victim")
    seconds = []
    for _ in range(FASTEST_OF):
        begin = time.perf_counter()
        calls_of(traces_dir, "identifiler", "MIX05case2_victim")
        seconds.append(time.perf_counter() - begin)
    assert min(seconds) < MOST_SECONDS_A_LANE
