"""Density, peaks and valleys of one channel."""

from typing import Any

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.density_estimate import DensityEstimate, density_estimate, peaks_of


def curve(*height: float) -> DensityEstimate:
    return DensityEstimate(np.arange(float(len(height))), np.array(height), 1.0, 10, 0)


def test_bandwidth_is_rs_rule_of_thumb() -> None:
    # 1..8: sd = sqrt(6) = 2.449490, IQR (type 7) = 3.5, IQR / 1.34 = 2.611940: the sd is the smaller.
    expected = 0.9 * np.sqrt(6.0) * 8**-0.2
    assert density_estimate(np.arange(1.0, 9.0)).bandwidth == pytest.approx(expected, rel=1e-12)
    # With an outlier the IQR is the smaller: 1..8 and 100, quartiles 3 and 7.
    expected = 0.9 * (4.0 / 1.34) * 9**-0.2
    outlier = density_estimate([*range(1, 9), 100.0], adjust=2.0)
    assert outlier.bandwidth == pytest.approx(2.0 * expected, rel=1e-12)


# Average yearly rain of 70 cities [inch] (R's data set precip; McNeil 1977, Interactive Data Analysis).
PRECIP = """
67.0 54.7 7.0 48.5 14.0 17.2 20.7 13.0 43.4 40.2 38.9 54.5 59.8 48.3 22.9 11.5 34.4 35.1 38.7 30.8 30.6 43.1 56.8 40.8
41.8 42.5 31.0 31.7 30.2 25.9 49.2 37.0 35.9 15.0 30.2 7.2 36.2 45.5 7.8 33.4 36.1 40.2 42.7 42.5 16.2 39.0 35.0 37.0
31.4 37.6 39.9 36.2 42.8 46.4 24.7 49.1 46.0 35.9 7.8 48.2 15.2 32.5 44.7 42.6 38.8 17.4 40.8 29.1 14.6 59.2
"""


def test_bandwidth_of_precip_is_rs() -> None:
    # R: density(precip) prints bw = 3.848 (from memory; the values add up to the documented mean, 34.89).
    values = [float(word) for word in PRECIP.split()]
    assert sum(values) / 70 == pytest.approx(34.89, abs=0.005)
    assert round(density_estimate(values).bandwidth, 3) == 3.848


@pytest.mark.parametrize(
    ("values", "bandwidth"), [([5.0] * 32, 0.9 * 5.0 * 0.5), ([0.0] * 32, 0.9 * 0.5), ([-3.0], 2.7)]
)
def test_constant_values_have_rs_bandwidth(values: list[float], bandwidth: float) -> None:
    estimate = density_estimate(values)
    assert estimate.bandwidth == pytest.approx(bandwidth)
    assert peaks_of(estimate).peaks[0].position == pytest.approx(values[0], abs=1e-9)


def test_values_that_are_not_finite_are_left_out_and_counted() -> None:
    clean = density_estimate([1.0, 2.0, 4.0])
    dirty = density_estimate([np.nan, 4.0, np.inf, 1.0, -np.inf, 2.0])
    assert dirty.left_out == 3
    assert np.array_equal(clean.height, dirty.height)


def test_a_closed_end_reflects() -> None:
    # Uniform on 0..1, closed at both ends: the density is 1 everywhere, also at the ends.
    level = density_estimate((np.arange(2000) + 0.5) / 2000, low=0.0, high=1.0)
    assert level.height == pytest.approx(np.ones(512), abs=1e-3)
    # An open end falls to half of it.
    fallen = density_estimate((np.arange(2000) + 0.5) / 2000)
    assert np.interp(0.0, fallen.grid, fallen.height) == pytest.approx(0.5, abs=0.01)


def test_weights_act_as_repeated_values() -> None:
    weighted = density_estimate([0.0, 1.0, 5.0], weights=[1.0, 2.0, 1.0])
    repeated = density_estimate(
        [0.0, 1.0, 1.0, 5.0], adjust=weighted.bandwidth / density_estimate([0.0, 1, 1, 5]).bandwidth
    )
    assert weighted.height == pytest.approx(repeated.height, rel=1e-9, abs=1e-12)


def test_peaks_and_valleys_of_a_curve() -> None:
    modes = peaks_of(curve(0.0, 4.0, 1.0, 2.0, 0.5, 0.5, 0.5, 3.0, 0.0))
    assert [(peak.height, peak.prominence) for peak in modes.peaks] == [(4.0, 4.0), (2.0, 1.0), (3.0, 2.5)]
    assert [(valley.height, valley.depth) for valley in modes.valleys] == [(1.0, 1.0), (0.5, 1.5)]
    assert modes.valleys[1].position == 5.0  # middle of the level stretch


def test_peaks_are_dropped_by_height_and_by_prominence() -> None:
    heights = (0.0, 4.0, 1.0, 2.0, 0.5, 3.0, 0.0)
    assert [peak.height for peak in peaks_of(curve(*heights), minimum_height=0.6).peaks] == [4.0, 3.0]
    modes = peaks_of(curve(*heights), minimum_prominence=0.5)
    assert [peak.height for peak in modes.peaks] == [4.0, 3.0]
    assert modes.valleys[0].height == 0.5


def test_an_end_and_a_level_top_are_peaks() -> None:
    modes = peaks_of(curve(3.0, 1.0, 2.0, 2.0, 2.0, 0.0))
    assert [peak.position for peak in modes.peaks] == [0.0, 3.0]


@pytest.mark.parametrize(
    ("code", "values", "options"),
    [
        ("NK-CYT-70", [[1.0, 2.0]], {}),
        ("NK-CYT-70", ["a"], {}),
        ("NK-CYT-71", [1.0, 2.0], {"low": 3.0, "high": 3.0}),
        ("NK-CYT-71", [1.0, 2.0], {"low": float("nan")}),
        ("NK-CYT-72", [1.0, 2.0], {"adjust": 0.0}),
        ("NK-CYT-72", [1.0, 2.0], {"points": 8}),
        ("NK-CYT-73", [], {}),
        ("NK-CYT-73", [np.nan], {}),
        ("NK-CYT-73", [1.0, 2.0], {"low": 3.0}),
        ("NK-CYT-74", [1.0, 2.0], {"weights": [1.0]}),
        ("NK-CYT-74", [1.0, 2.0], {"weights": [1.0, -1.0]}),
        ("NK-CYT-74", [1.0, 2.0], {"weights": [0.0, 0.0]}),
    ],
)
def test_wrong_arguments_are_refused(code: str, values: list[float], options: dict[str, Any]) -> None:
    with pytest.raises(MethodError) as caught:
        density_estimate(values, **options)
    assert caught.value.code == code


def test_wrong_shares_are_refused() -> None:
    with pytest.raises(MethodError, match="NK-CYT-72"):
        peaks_of(curve(0.0, 1.0, 0.0), minimum_height=2.0)


def test_a_peak_does_not_fall_between_two_points_of_the_grid() -> None:
    estimate = density_estimate(np.linspace(0.5, 0.5 + 1e-9, 50), low=0.0, high=1.0)
    assert estimate.bandwidth == pytest.approx(0.5 * (estimate.grid[1] - estimate.grid[0]), rel=0.01)
    assert estimate.height.min() >= 0.0
    assert [round(peak.position, 2) for peak in peaks_of(estimate, minimum_prominence=0.01).peaks] == [0.5]
