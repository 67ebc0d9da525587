from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nktrial.chimerism.lane import sized_lane
from nktrial.chimerism.peaks import FoundPeaks
from nktrial.chimerism.separation import bleed_of_standard, leakage
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit
from nktrial.model.trace import Trace

MakeLane = Callable[..., Trace]


def combs(*starts: int) -> np.ndarray:
    """Draw one dye a start, with seven peaks of 1,000 RFU each, so far apart that none overlap."""
    axis = np.arange(3_000)
    return np.stack(
        [sum(1_000.0 * np.exp(-0.5 * ((axis - start - 300 * k) / 5.0) ** 2) for k in range(7)) for start in starts],
        axis=1,
    )


def found(start: int) -> FoundPeaks:
    apex = start + np.linspace(0.0, 1_800.0, 7)
    return FoundPeaks(apex, np.full(7, 1_000.0), np.full(7, 12.0), np.full(7, 12_000.0))


def test_leakage_is_the_matrix_that_mixed_the_dyes() -> None:
    mixing = np.array([[1.0, 0.08, 0.0], [0.02, 1.0, 0.0], [0.0, -0.03, 1.0]])
    signal = combs(200, 300, 400) @ mixing
    none = tuple(np.zeros(7, dtype=bool) for _ in range(3))
    matrix = leakage(signal, (found(200), found(300), found(400)), none, first_scan=100, last_scan=2_900)
    assert matrix == pytest.approx(mixing - np.eye(3), abs=1e-6)


def test_a_dye_with_few_usable_peaks_tells_nothing() -> None:
    signal = combs(200, 300)
    saturated = (np.array([True] * 3 + [False] * 4), np.zeros(7, dtype=bool))
    matrix = leakage(signal, (found(200), found(300)), saturated, first_scan=100, last_scan=2_900)
    assert np.isnan(matrix[0, 1])
    assert matrix[1, 0] == pytest.approx(0.0, abs=1e-6)


def test_peaks_of_another_dye_at_a_third_of_the_fragments_are_no_bleeding() -> None:
    signal = combs(200, 300)
    signal[200, 0] = signal[500, 0] = 0.0
    fragments = 300.0 + np.linspace(0.0, 1_800.0, 7)
    signal[300, 0] = signal[600, 0] = 900.0
    assert bleed_of_standard(signal, fragments) == pytest.approx([0.0], abs=1e-6)


def test_a_lane_whose_dyes_are_not_separated_is_refused(make_lane: MakeLane, kit: Kit) -> None:
    trace = make_lane([(0, 130.0, 1_000.0)])
    mixing = np.eye(5)
    mixing[4, 3] = 0.3  # the size standard shines in the red dye too
    mixed = replace(trace, scans=np.rint(trace.scans @ mixing).astype(np.int32))
    with pytest.raises(MethodError) as caught:
        sized_lane(mixed, kit)
    assert caught.value.code == "NK-SIZ-10"
    assert "30%" in caught.value.problem
    assert "PET" in caught.value.problem
    assert "--analysed" in caught.value.remedy
