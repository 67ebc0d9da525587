import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.chimerism.peaks import find_peaks


def bell(centre: float, height: float, sd: float = 5.0, n: int = 1_000) -> NDArray[np.float64]:
    return np.asarray(height * np.exp(-0.5 * ((np.arange(n) - centre) / sd) ** 2))


def test_apex_height_width_and_area_of_a_gaussian() -> None:
    found = find_peaks(bell(400.3, 1_000.0), 50.0)
    assert found.apex == pytest.approx([400.3], abs=0.02)
    assert found.height_rfu == pytest.approx([1_000.0], rel=0.002)
    assert found.width == pytest.approx([2.3548 * 5.0], abs=0.2)  # full width at half maximum of a Gaussian
    assert found.area == pytest.approx([1_000.0 * 5.0 * np.sqrt(2 * np.pi)], rel=0.02)


def test_a_shoulder_with_a_valley_is_a_peak_of_its_own() -> None:
    found = find_peaks(bell(300.0, 1_000.0) + bell(316.0, 600.0), 50.0)
    assert found.apex == pytest.approx([300.0, 316.0], abs=0.7)


def test_ripple_on_a_broad_peak_is_no_peak() -> None:
    trace = bell(500.0, 1_000.0, sd=20.0) + 4.0 * np.sin(np.arange(1_000) * 1.5)
    assert find_peaks(trace, 50.0).apex.size == 1


def test_of_two_weak_crests_the_higher_stays() -> None:
    trace = bell(500.0, 1_000.0, sd=20.0)
    trace[505] += 50.0
    trace[495] += 60.0
    assert find_peaks(trace, 50.0).apex == pytest.approx([495.0], abs=1.0)


def test_a_plateau_has_one_peak() -> None:
    trace = np.clip(bell(500.0, 2_000.0, sd=8.0), 0.0, 1_000.0)
    found = find_peaks(trace, 50.0)
    assert found.apex.size == 1
    assert found.height_rfu[0] == pytest.approx(1_000.0, rel=0.02)


@pytest.mark.parametrize("trace", [np.zeros(500), np.full(500, 30.0), np.array([0.0, 10.0, 0.0])])
def test_nothing_above_the_threshold_gives_no_peak(trace: NDArray[np.float64]) -> None:
    assert find_peaks(trace, 50.0).apex.size == 0
