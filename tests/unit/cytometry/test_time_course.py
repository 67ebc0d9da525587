"""Courses in time, against a plain count."""

from pathlib import Path

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.time_course import time_course
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import Window
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.pictures import BadTime

CHANNELS = (Channel(0, "APC-A", "CD56", 32, 262144.0), Channel(1, "Time", "", 32, 262144.0))


def events(times: np.ndarray, values: np.ndarray, **keywords: str) -> EventMatrix:
    return EventMatrix(np.column_stack([values, times]), CHANNELS, None, keywords, "FCS3.1")


def test_rate_and_medians_are_those_of_a_plain_count(rng: np.random.Generator) -> None:
    times, values = np.sort(rng.uniform(0, 1000, 3000)), rng.normal(100, 10, 3000)
    course = time_course(events(times, values, **{"$TIMESTEP": "0.01"}), "a.fcs", bad=[BadTime(1, 2, "x")])
    assert len(course.rate) == 15  # 200 events a stretch
    assert (course.labels, course.unit, course.bad) == (("CD56 (APC-A)",), "s", (BadTime(1, 2, "x"),))
    seconds = times * 0.01
    for stretch, (start, stop) in enumerate(zip(course.edges[:-1], course.edges[1:], strict=True)):
        inside = (seconds >= start) & ((seconds < stop) | (stretch == 14))
        assert course.rate[stretch] == pytest.approx(inside.sum() / (stop - start))
        assert course.medians[stretch, 0] == np.median(values[inside])


def test_no_more_stretches_than_are_asked_for(rng: np.random.Generator) -> None:
    times = np.sort(rng.uniform(0, 1000, 3000))
    course = time_course(events(times, np.ones(3000)), "a.fcs", most=4)
    assert course.rate.size == 4
    assert float((course.rate * np.diff(course.edges)).sum()) == pytest.approx(3000)


def test_time_need_not_be_in_order_and_gaps_have_no_median() -> None:
    times = np.concatenate([np.arange(400.0), np.arange(2000.0, 2400.0)])
    order = np.random.default_rng(1).permutation(800)
    course = time_course(events(times[order], np.arange(800.0)[order]), "a.fcs")
    assert course.unit == "ticks"
    assert np.isnan(course.medians[1:3, 0]).all()
    assert course.medians[0, 0] == np.median(np.arange(400.0))
    assert course.rate[1:3].tolist() == [0.0, 0.0]


def test_the_gain_of_the_time_channel_is_left_out() -> None:
    channels = (CHANNELS[0], Channel(1, "Time", "", 32, 262144.0, gain=0.01))
    matrix = EventMatrix(np.column_stack([np.ones(5), np.arange(5.0)]), channels, None, {"$TIMESTEP": "0.01"}, "FCS3.1")
    assert time_course(matrix, "bd.fcs").edges.tolist() == [0.0, 0.04]


def test_a_real_file_lasts_as_long_as_its_clock_says(data_dir: Path) -> None:
    path = data_dir / "cytometry" / "time-qc" / "111.fcs"  # $BTIM 17:55:05, $ETIM 17:56:46
    course = time_course(read_fcs(Window(path.read_bytes(), path.name)), path.name)
    assert course.edges[-1] - course.edges[0] == pytest.approx(101.0, abs=2.0)
    assert (course.rate * np.diff(course.edges)).sum() == pytest.approx(10_000)


def test_only_the_channels_asked_for_are_followed() -> None:
    matrix = events(np.arange(10.0), np.arange(10.0))
    assert time_course(matrix, "a", channels=["nothing"]).labels == ()
    assert time_course(matrix, "a", channels=["APC-A"]).medians.shape == (1, 1)


@pytest.mark.parametrize(
    ("times", "found"),
    [(np.zeros(5), "no passing time"), (np.zeros(0), "no events"), (np.full(3, np.nan), "no events")],
)
def test_nk_cyt_90_a_file_whose_time_does_not_pass(times: np.ndarray, found: str) -> None:
    with pytest.raises(MethodError, match=f"NK-CYT-90.*{found}"):
        time_course(events(times, np.zeros(len(times))), "a.fcs")


def test_nk_cyt_90_a_file_without_a_time_channel() -> None:
    matrix = EventMatrix(np.zeros((3, 1)), CHANNELS[:1], None, {}, "FCS3.1")
    with pytest.raises(MethodError, match="no channel Time"):
        time_course(matrix, "a.fcs")
