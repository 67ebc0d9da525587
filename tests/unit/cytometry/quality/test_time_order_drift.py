"""Order of time, drift of a channel."""

import numpy as np
import pytest

from nktrial.cytometry.quality.drift import drift, drift_bins
from nktrial.cytometry.quality.time_order import time_order


def test_steps_back_are_counted() -> None:
    order = time_order(np.array([0.0, 1.0, 0.5, 2.0, 1.95, np.nan, 3.0]))
    assert order.steps_back == 2
    assert order.largest_s == 0.5
    assert order.broken


def test_jitter_is_not_broken() -> None:
    order = time_order(np.array([0.0, 1.0, 0.95, 2.0]))
    assert order.steps_back == 1
    assert not order.broken


def test_rising_time() -> None:
    assert time_order(np.array([0.0, 0.0, 1.0])).steps_back == 0


def test_drift_up_and_down(rng: np.random.Generator) -> None:
    noise = rng.normal(0.0, 0.1, 300)
    assert drift(np.linspace(0.0, 3.0, 300) + noise) == "rising"
    assert drift(np.linspace(3.0, 0.0, 300) + noise) == "falling"
    assert drift(noise) is None


def test_a_jump_is_no_drift() -> None:
    wave = np.sin(np.arange(300) / 20.0)
    assert drift(wave) is None


@pytest.mark.parametrize("medians", [np.linspace(0.0, 1.0, 99), np.full(300, 2.0)])
def test_not_judged(medians: np.ndarray) -> None:
    assert drift(medians) is None


def test_bins_of_a_drift() -> None:
    assert drift_bins(10_000).size == 150
    assert drift_bins(1_000_000).size == 4000
