"""The flow rate: intervals, a clog, a burst, a steady run."""

import numpy as np
import pytest

from nktrial.cytometry.quality.flow_rate import flow_rate


def steady(rng: np.random.Generator, seconds: float = 100.0, rate: float = 200.0) -> np.ndarray:
    return np.sort(rng.uniform(0.0, seconds, int(seconds * rate)))


def test_a_steady_run_has_no_anomaly(rng: np.random.Generator) -> None:
    found = flow_rate(steady(rng))
    assert found.interval_s == 0.1
    assert found.counts.sum() == pytest.approx(20_000, abs=40)
    assert found.outlying.sum() <= 1


def test_a_clog_is_found(rng: np.random.Generator) -> None:
    times = steady(rng)
    clogged = times[(times < 40.0) | (times > 45.0) | (rng.random(times.size) < 0.03)]
    found = flow_rate(clogged)
    within = (clogged > 40.2) & (clogged < 44.8)
    assert found.anomalous[within].mean() > 0.95
    assert found.anomalous[~((clogged > 39.8) & (clogged < 45.2))].mean() < 0.01


def test_a_burst_is_found(rng: np.random.Generator) -> None:
    times = np.sort(np.concatenate((steady(rng), rng.uniform(70.0, 70.5, 500))))
    found = flow_rate(times)
    assert found.anomalous[(times > 70.1) & (times < 70.4)].all()


def test_few_events_widen_the_interval(rng: np.random.Generator) -> None:
    # 10 events a second: 5 need half a second
    found = flow_rate(steady(rng, rate=10.0))
    assert found.interval_s == pytest.approx(0.5, abs=0.11)


def test_a_short_run_is_not_judged() -> None:
    found = flow_rate(np.linspace(0.0, 1.0, 1000))
    assert found.counts.size == 0
    assert not found.anomalous.any()


def test_the_last_incomplete_interval_is_not_tested() -> None:
    whole = np.repeat(np.arange(0.0, 10.0, 0.1), 10) + 0.05
    found = flow_rate(np.append(whole, 10.06))
    assert found.counts.size == 100
    assert not found.anomalous[-1]


def test_no_events() -> None:
    assert flow_rate(np.zeros(0)).anomalous.size == 0


def test_a_coarse_clock_sets_the_interval(rng: np.random.Generator) -> None:
    # ticks of 0.08 s: two of them make the shortest interval of at least 0.1 s
    found = flow_rate(np.floor(steady(rng) / 0.08) * 0.08)
    assert found.interval_s == pytest.approx(0.16)
    assert found.outlying.sum() <= 1


def test_times_written_in_blocks_are_not_judged(rng: np.random.Generator) -> None:
    found = flow_rate(np.repeat(np.sort(rng.uniform(0.0, 100.0, 60)), 300))
    assert found.counts.size == 0
