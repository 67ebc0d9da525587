import numpy as np

from nktrial.chimerism.artefacts import pull_up_flags, saturation_flags, width_flags
from nktrial.chimerism.peaks import FoundPeaks
from nktrial.model.trace import Trace


def peaks(*rows: tuple[float, float, float]) -> FoundPeaks:
    apex, height, width = (np.array([row[k] for row in rows]) for k in range(3))
    return FoundPeaks(apex, height, width, np.zeros(apex.size))


def plain(*found: FoundPeaks) -> tuple[np.ndarray, ...]:
    return tuple(np.zeros(one.apex.size, dtype=bool) for one in found)


def test_pull_up_is_low_and_at_the_same_scan() -> None:
    tall = peaks((500.0, 5_000.0, 12.0))
    low = peaks((501.0, 450.0, 12.0), (530.0, 300.0, 12.0), (499.0, 700.0, 12.0))
    assert [row.tolist() for row in pull_up_flags((tall, low), plain(tall, low))] == [[False], [True, False, False]]


def test_a_saturated_peak_pulls_up_more_and_beside_itself() -> None:
    tall = peaks((500.0, 8_000.0, 14.0))
    low = peaks((501.0, 2_000.0, 6.0), (540.0, 200.0, 20.0), (540.0, 300.0, 12.0), (570.0, 200.0, 12.0))
    saturated = (np.array([True]), np.zeros(4, dtype=bool))
    assert pull_up_flags((tall, low), saturated)[1].tolist() == [True, True, False, False]


def test_narrow_and_broad_peaks_inside_the_standard() -> None:
    lane = peaks(
        (100.0, 9_000.0, 80.0), (600.0, 1_000.0, 12.0), (700.0, 900.0, 12.0), (800.0, 500.0, 6.0), (900.0, 80.0, 40.0)
    )
    assert [str(word) for word in width_flags((lane,), 500.0, 1_000.0)[0]] == ["blob", "", "", "spike", "blob"]


def test_saturation_by_marked_scan_and_by_height() -> None:
    scans = np.zeros((1_000, 2), dtype=np.int32)
    scans[295:306, 0], scans[295:306, 1] = 7_000, 200
    scans[495:506, 1] = 8_100
    found = (peaks((300.0, 7_000.0, 10.0)), peaks((300.0, 200.0, 10.0), (500.0, 8_100.0, 10.0)))

    def flags(instrument: str) -> list[list[bool]]:
        trace = Trace(scans, ("a", "b"), "S1", "", np.array([300]), {"instrument": instrument})
        return [row.tolist() for row in saturation_flags(trace, found)]

    assert flags("3130") == [[True], [False, True]]
    assert flags("3500") == [[True], [False, False]]
