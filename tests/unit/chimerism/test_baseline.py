import numpy as np
import pytest

from nktrial.chimerism.baseline import (
    analytical_threshold_rfu,
    baselined,
    detection_threshold_rfu,
)


def test_takes_a_sloping_baseline_away_and_keeps_the_peak(rng: np.random.Generator) -> None:
    scan = np.arange(4_000)
    peak = 1_000.0 * np.exp(-0.5 * ((scan - 2_000) / 5.0) ** 2)
    raw = np.rint(500.0 - 0.1 * scan + peak + rng.normal(0.0, 2.0, scan.size)).astype(np.int32)[:, None]
    result = baselined(raw)
    assert result.signal[2_000, 0] == pytest.approx(1_000.0, abs=40.0)
    quiet = np.concatenate([result.signal[200:1_900, 0], result.signal[2_100:3_800, 0]])
    assert abs(np.median(quiet)) < 0.5


def test_noise_is_that_of_a_smoothed_normal(rng: np.random.Generator) -> None:
    # A quadratic fitted to 11 points keeps 89/429 of the variance at its centre (Savitzky & Golay 1964, Table I: the
    # weights -36 9 44 69 84 89 84 69 44 9 -36 over 429).
    raw = np.rint(rng.normal(100.0, 10.0, 20_000)).astype(np.int32)[:, None]
    assert baselined(raw).noise_sd_rfu[0] == pytest.approx(10.0 * np.sqrt(89.0 / 429.0), rel=0.1)


def test_smoothing_has_the_published_weights() -> None:
    raw = np.zeros((1_001, 1), dtype=np.int32)
    raw[500, 0] = 429
    signal = baselined(raw).signal[:, 0]
    middle = signal[495:506] - np.median(signal)
    assert middle == pytest.approx(np.array([-36, 9, 44, 69, 84, 89, 84, 69, 44, 9, -36], dtype=float), abs=2.0)


def test_opening_equals_its_plain_twin(rng: np.random.Generator) -> None:
    raw = rng.integers(0, 500, (700, 2)).astype(np.int32)
    weights = np.array([-36, 9, 44, 69, 84, 89, 84, 69, 44, 9, -36]) / 429.0
    for dye in range(2):
        padded = np.pad(raw[:, dye].astype(float), 5, mode="edge")
        smooth = np.array([padded[i : i + 11] @ weights for i in range(700)])
        low = np.array([smooth[max(0, i - 125) : i + 126].min() for i in range(700)])
        opened = np.array([low[max(0, i - 125) : i + 126].max() for i in range(700)])
        edge = np.pad(opened, 125, mode="edge")
        expected = smooth - np.array([edge[i : i + 251].mean() for i in range(700)])
        found = baselined(raw).signal[:, dye]
        assert found - expected == pytest.approx(np.full(700, (found - expected)[0]), abs=1e-6)


def test_thresholds_follow_the_noise_above_their_floor() -> None:
    assert analytical_threshold_rfu(2.0) == 50.0
    assert analytical_threshold_rfu(8.0) == 80.0
    assert detection_threshold_rfu(1.0) == 20.0
    assert detection_threshold_rfu(6.0) == 30.0
