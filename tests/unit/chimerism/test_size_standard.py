from collections.abc import Callable

import numpy as np
import pytest

from nktrial.chimerism.lane import sized_lane
from nktrial.chimerism.peaks import FoundPeaks
from nktrial.chimerism.size_standard import fit_standard
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit, SizeStandard
from nktrial.model.trace import Trace

MakeLane = Callable[..., Trace]
GS500 = (75.0, 100.0, 139.0, 150.0, 160.0, 200.0, 300.0, 340.0, 350.0, 400.0, 450.0, 490.0, 500.0)
STANDARD = SizeStandard("GS500 LIZ", GS500, (250.0,))
OTHER = SizeStandard("WEN ILS 500", tuple(float(size) for size in range(60, 501, 20)))


def peaks_at(scans: list[float], heights: list[float]) -> FoundPeaks:
    order = np.argsort(scans)
    apex = np.array(scans)[order]
    return FoundPeaks(apex, np.array(heights)[order], np.full(apex.size, 12.0), np.zeros(apex.size))


def lane_of(sizes: tuple[float, ...], height: float = 1_000.0) -> tuple[list[float], list[float]]:
    """Place fragments on a bent line: 18 scans/bp at first, 16 at last."""
    return [500.0 + 18.0 * size - 0.002 * size * size for size in sizes], [height] * len(sizes)


def test_finds_every_fragment_among_side_peaks_and_a_primer_front(rng: np.random.Generator) -> None:
    scans, heights = lane_of((*GS500, 250.0))
    side = list(rng.uniform(600.0, 9_000.0, 40))
    front = [100.0, 150.0, 200.0, 260.0, 300.0]
    peaks = peaks_at(scans + side + front, heights + list(rng.uniform(20.0, 200.0, 40)) + [8_000.0] * 5)
    fit = fit_standard(peaks, [STANDARD])
    assert fit.size_bp == pytest.approx(GS500)
    assert fit.scan == pytest.approx(lane_of(GS500)[0])
    assert fit.rms_bp < 0.05
    assert (fit.found, fit.expected) == (13, 13)


def test_lets_the_longest_fragments_be_missing() -> None:
    fit = fit_standard(peaks_at(*lane_of(GS500[:11])), [STANDARD])
    assert fit.size_bp == pytest.approx(GS500[:11])
    assert (fit.found, fit.expected) == (11, 13)


def test_takes_the_kits_own_first_and_another_when_that_does_not_fit() -> None:
    assert fit_standard(peaks_at(*lane_of(GS500)), [OTHER, STANDARD]).name == "GS500 LIZ"
    assert fit_standard(peaks_at(*lane_of(GS500)), [STANDARD, OTHER], tag="WEN ILS 500").name == "GS500 LIZ"


def test_refuses_too_few_peaks() -> None:
    with pytest.raises(MethodError) as caught:
        fit_standard(peaks_at([100.0, 200.0], [500.0, 500.0]), [STANDARD])
    assert caught.value.code == "NK-SIZ-02"


def test_refuses_peaks_that_are_no_standard(rng: np.random.Generator) -> None:
    with pytest.raises(MethodError) as caught:
        fit_standard(peaks_at(list(np.sort(rng.uniform(500.0, 9_000.0, 15))), [1_000.0] * 15), [STANDARD])
    assert caught.value.code == "NK-SIZ-03"
    assert "sizing failed" in caught.value.problem


def test_a_blank_standard_channel_is_refused(make_lane: MakeLane, kit: Kit) -> None:
    trace = make_lane([(0, 200.0, 1_000.0)])
    trace.scans[:, 4] = 0
    with pytest.raises(MethodError) as caught:
        sized_lane(trace, kit)
    assert caught.value.code == "NK-SIZ-02"


def test_a_flat_lane_is_refused(make_lane: MakeLane, kit: Kit) -> None:
    trace = make_lane([])
    trace.scans[:] = 77
    with pytest.raises(MethodError) as caught:
        sized_lane(trace, kit)
    assert caught.value.code == "NK-SIZ-04"


def test_a_lane_of_other_dyes_is_refused(make_lane: MakeLane, kit: Kit) -> None:
    trace = make_lane([])
    four = Trace(trace.scans[:, :4], trace.dyes[:4], "S1", "", trace.saturated)
    with pytest.raises(MethodError) as caught:
        sized_lane(four, kit)
    assert caught.value.code == "NK-ALL-01"
