from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nktrial.chimerism.calls import TraceCalls, call_trace
from nktrial.chimerism.ladder import LadderBins, align_ladder
from nktrial.model.kit import Kit
from nktrial.model.origin import Finding
from nktrial.model.trace import Trace, VendorPeak

MakeLane = Callable[..., Trace]


@pytest.fixture
def bins(ladder_lane: Trace, kit: Kit) -> LadderBins:
    return align_ladder(ladder_lane, kit)


def rung(kit: Kit, marker: str, allele: str, height: float = 1_000.0) -> tuple[int, float, float]:
    """Place an allele where the ladder of the run has it (conftest's offset of each locus)."""
    place = [locus.name for locus in kit.loci].index(marker)
    sizes = {item.name: item.size_bp for item in kit.loci[place].ladder}
    return kit.loci[place].dye, sizes[allele] + 3.0 * float(np.sin(place)), height


def person(kit: Kit, height: float = 1_000.0) -> list[tuple[int, float, float]]:
    return [rung(kit, locus.name, locus.ladder[k].name, height) for locus in kit.loci for k in (0, -1)]


def found(calls: TraceCalls, code: str) -> list[Finding]:
    return [finding for finding in calls.findings if finding.code == code]


def test_a_good_lane_has_no_finding(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    assert call_trace(make_lane(person(kit)), kit, ladder=bins).findings == ()


@pytest.mark.parametrize(("height", "codes"), [(150.0, ["NK-SIZ-07"]), (260.0, []), (8_600.0, ["NK-SIZ-08"])])
def test_weak_and_overloaded_standards(
    make_lane: MakeLane, kit: Kit, bins: LadderBins, height: float, codes: list[str]
) -> None:
    calls = call_trace(make_lane([], standard_rfu=height, instrument="3130"), kit, ladder=bins)
    assert [finding.code for finding in calls.findings if finding.code.startswith("NK-SIZ")] == codes


@pytest.mark.parametrize(("by_bp", "noted"), [(0.0, 0), (0.2, 0), (0.4, 1)])
def test_sizes_unlike_the_instruments_are_noted(
    make_lane: MakeLane, kit: Kit, bins: LadderBins, by_bp: float, noted: int
) -> None:
    trace = make_lane(person(kit))
    peaks = call_trace(trace, kit, ladder=bins).profile.peaks
    told = tuple(
        VendorPeak(kit.dyes.index(peak.dye), peak.scan, peak.height_rfu, peak.size_bp - by_bp) for peak in peaks
    )
    calls = call_trace(replace(trace, vendor_peaks=told), kit, ladder=bins)
    assert len(found(calls, "NK-SIZ-09")) == noted
    if noted:
        assert found(calls, "NK-SIZ-09")[0].evidence["median_bp"] == pytest.approx(by_bp, abs=0.02)


def test_light_of_one_dye_in_another_is_noted(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    trace = make_lane(person(kit))
    mixing = np.eye(5)
    mixing[0, 1] = 0.08
    calls = call_trace(replace(trace, scans=np.rint(trace.scans @ mixing).astype(np.int32)), kit, ladder=bins)
    (leak,) = found(calls, "NK-ALL-12")
    assert (leak.evidence["dye"], leak.evidence["other"]) == ("6-FAM", "VIC")
    assert leak.evidence["share"] == pytest.approx(0.08, abs=0.01)


def test_a_ladder_given_as_a_sample_is_named_once(ladder_lane: Trace, kit: Kit, bins: LadderBins) -> None:
    calls = call_trace(ladder_lane, kit, ladder=bins)
    assert len(found(calls, "NK-ALL-13")) == 1
    assert not found(calls, "NK-ALL-08")


def test_peaks_at_few_loci_are_noted(make_lane: MakeLane, kit: Kit, bins: LadderBins) -> None:
    calls = call_trace(make_lane([rung(kit, "D3S1358", "15"), rung(kit, "FGA", "24")]), kit, ladder=bins)
    assert found(calls, "NK-ALL-14")[0].evidence == {"loci": ["D3S1358", "FGA"]}


def test_three_alleles_at_one_locus_only_are_kept_and_said_to_be_so(
    make_lane: MakeLane, kit: Kit, bins: LadderBins
) -> None:
    spots = [*person(kit), rung(kit, "D21S11", "30")]
    calls = call_trace(make_lane(spots), kit, ladder=bins)
    assert len(calls.alleles["D21S11"]) == 3
    (three,) = found(calls, "NK-ALL-08")
    assert "three-allele pattern" in three.message
    two = call_trace(make_lane([*spots, rung(kit, "D18S51", "16")]), kit, ladder=bins)
    assert not any("three-allele pattern" in finding.message for finding in two.findings)


@pytest.mark.parametrize(("share", "loci", "noted"), [(0.2, 3, 1), (0.2, 2, 0), (0.01, 3, 0), (0.9, 3, 0)])
def test_shoulders_one_base_pair_short_at_three_loci_are_noted(
    make_lane: MakeLane, kit: Kit, bins: LadderBins, share: float, loci: int, noted: int
) -> None:
    markers = ("D8S1179", "vWA", "TPOX")[:loci]
    spots = []
    for marker in markers:
        names = [rung_.name for rung_ in next(locus for locus in kit.loci if locus.name == marker).ladder]
        for name in (names[1], names[-1]):
            dye, size, height = rung(kit, marker, name, 3_000.0)
            spots += [(dye, size, height), (dye, size - 1.0, share * height)]
    others = [spot for spot in person(kit) if spot[0] == 3]
    calls = call_trace(make_lane([*spots, *others]), kit, ladder=bins)
    shoulders = found(calls, "NK-ALL-15")
    assert len(shoulders) == noted
    assert not noted or shoulders[0].evidence == {"loci": list(markers)}
