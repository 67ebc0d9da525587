from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nktrial.chimerism.calls import call_trace
from nktrial.chimerism.ladder import LadderBins, align_ladder
from nktrial.core.errors import MethodError
from nktrial.formats.kits import load_kit
from nktrial.model.kit import Kit, SizeStandard
from nktrial.model.trace import Trace

MakeLane = Callable[..., Trace]


def spot(kit: Kit, marker: str, allele: str, height: float, by_bp: float = 0.0) -> tuple[int, float, float]:
    """Place an allele where the ladder of the run has it."""
    place = [locus.name for locus in kit.loci].index(marker)
    locus = kit.loci[place]
    size = {rung.name: rung.size_bp for rung in locus.ladder}[allele]
    return locus.dye, size + 3.0 * float(np.sin(place)) + by_bp, height


@pytest.fixture
def bins(ladder_lane: Trace, kit: Kit) -> LadderBins:
    return align_ladder(ladder_lane, kit)


def codes(calls: object) -> list[str]:
    return [finding.code for finding in calls.findings]  # type: ignore[attr-defined]


def test_a_person_is_called(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    person = {
        "D8S1179": ("13",),
        "D21S11": ("30", "32.2"),
        "TH01": ("8", "9.3"),
        "AMEL": ("X", "Y"),
        "FGA": ("24", "26"),
    }
    calls = call_trace(
        make_lane([spot(kit, m, a, 1_500.0) for m, pair in person.items() for a in pair]), kit, ladder=bins
    )
    assert {marker: names for marker, names in calls.alleles.items() if names} == person
    assert calls.size_standard.found == 13
    assert calls.profile.sample == "S1"


def test_all_peaks_stay_with_their_flags(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    spots = [
        spot(kit, "D3S1358", "16", 2_000.0),
        spot(kit, "D3S1358", "15", 140.0),  # 7 % back stutter
        spot(kit, "D3S1358", "13", 35.0),
    ]
    calls = call_trace(make_lane(spots), kit, ladder=bins)
    flags = {peak.allele: peak.flags for peak in calls.profile.peaks if peak.marker == "D3S1358"}
    assert flags == {"16": (), "15": ("stutter",), "13": ("below-threshold",)}
    assert calls.alleles["D3S1358"] == ("16",)


def test_an_allele_outside_every_bin_is_named_and_noted(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    calls = call_trace(make_lane([spot(kit, "D18S51", "15", 900.0, by_bp=2.0)]), kit, ladder=bins)
    assert calls.alleles["D18S51"] == ("15.2",)
    assert "NK-ALL-06" in codes(calls)


def test_an_off_scale_locus_is_noted(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    calls = call_trace(make_lane([spot(kit, "TPOX", "8", 9_000.0)], instrument="3130"), kit, ladder=bins)
    assert calls.alleles["TPOX"] == ("8",)
    assert "NK-ALL-07" in codes(calls)


def test_more_than_two_alleles_and_imbalance_are_noted(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    three = [spot(kit, "vWA", allele, 1_000.0) for allele in ("14", "16", "18")]
    uneven = [spot(kit, "D5S818", "9", 1_000.0), spot(kit, "D5S818", "12", 450.0)]
    calls = call_trace(make_lane([*three, *uneven]), kit, ladder=bins)
    noted = [finding.evidence["marker"] for finding in calls.findings if finding.code == "NK-ALL-08"]
    assert noted == ["vWA", "D5S818"]


def test_pull_up_is_noted_and_not_called(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    dye, size, _ = spot(kit, "D16S539", "11", 0.0)
    calls = call_trace(make_lane([(dye, size, 5_000.0), (0, size, 300.0)]), kit, ladder=bins)
    assert "NK-ALL-09" in codes(calls)
    assert calls.alleles["D7S820"] == ()


def test_an_empty_lane_is_said_to_be_empty(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    calls = call_trace(make_lane([]), kit, ladder=bins)
    assert codes(calls) == ["NK-ALL-10"]
    assert not any(calls.alleles.values())


def test_missing_fragments_and_loci_beyond_the_standard_are_noted(
    make_lane: MakeLane, kit: Kit, bins: LadderBins
) -> None:
    calls = call_trace(make_lane([], missing=(450.0, 490.0, 500.0)), kit, ladder=bins)
    assert codes(calls)[0] == "NK-SIZ-05"
    short = replace(kit, size_standards=(SizeStandard("GS350", kit.size_standards[0].fragments_bp[:8]),))
    found = call_trace(make_lane([]), short, ladder=bins).findings
    assert [finding.evidence["loci"] for finding in found if finding.code == "NK-SIZ-06"] == [
        ["CSF1PO", "D2S1338", "D18S51", "FGA"]
    ]


def test_without_a_ladder_alleles_are_named_only_where_lengths_fit(make_lane: MakeLane, kit: Kit) -> None:
    nominal = [(locus.dye, locus.ladder[2 % len(locus.ladder)].size_bp, 1_000.0) for locus in kit.loci]
    fitting = call_trace(make_lane(nominal), kit, ladder=None)
    found = {finding.code: finding.severity for finding in fitting.findings}
    assert found["NK-ALL-05"] == "warning"
    assert fitting.alleles["D8S1179"] == ("10",)
    assert all("no-ladder" in peak.flags for peak in fitting.profile.peaks if peak.marker)

    shifted = call_trace(make_lane([(dye, size + 2.0, h) for dye, size, h in nominal]), kit, ladder=None)
    found = {finding.code: finding.severity for finding in shifted.findings}
    assert found["NK-ALL-05"] == "error"
    assert not any(shifted.alleles.values())


def test_lengths_that_do_not_fit_the_ladder_are_not_called(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    spots = [spot(kit, locus.name, locus.ladder[-2].name, 1_000.0, by_bp=1.5) for locus in kit.loci]
    calls = call_trace(make_lane(spots), kit, ladder=bins)
    assert [(finding.code, finding.severity) for finding in calls.findings] == [("NK-ALL-11", "error")]
    assert not any(calls.alleles.values())
    assert all("misfit" in peak.flags for peak in calls.profile.peaks if peak.marker)


def test_bins_of_another_kit_are_refused(make_lane: MakeLane, bins: LadderBins) -> None:
    with pytest.raises(MethodError) as caught:
        call_trace(make_lane([]), load_kit("identifiler_plus"), ladder=bins)
    assert caught.value.code == "NK-ALL-04"


def test_the_picture_keeps_every_peaks_height(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    calls = call_trace(make_lane([spot(kit, "CSF1PO", "11", 1_234.0)]), kit, ladder=bins)
    picture = calls.electropherogram
    assert picture.heights.dtype == np.int16
    assert picture.heights.shape == (4, picture.size_bp.size)
    assert np.diff(picture.size_bp) == pytest.approx(np.full(picture.size_bp.size - 1, 0.25))
    peak = next(p for p in calls.profile.peaks if p.marker == "CSF1PO" and p.height_rfu > 500)
    column = int(np.argmin(np.abs(picture.size_bp - peak.size_bp)))
    assert picture.heights[0, column] == pytest.approx(peak.height_rfu, abs=5.0)
