"""Time plots: rate and medians along time, bad stretches shaded."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lxml import etree

from nktrial.figures.time_plot import HEAD, LEFT, PLOT, time_plot_svg
from nktrial.model.pictures import BadTime, TimeCourse

SVG = {"s": "http://www.w3.org/2000/svg"}
EDGES = np.linspace(0.0, 100.0, 11)
COURSE = TimeCourse(
    "a <b>.fcs", EDGES, np.full(10, 50.0), ("CD56 (APC-A)", "SSC-A"),
    np.column_stack([np.linspace(100, 200, 10), np.array([1, 2, np.nan, 4, 5, 6, 7, 8, 9, 10.0])]),
    (BadTime(20.0, 30.0, "flow rate"), BadTime(90.0, 90.0, "signal")),
)  # fmt: skip


def drawn(course: TimeCourse) -> Any:
    return etree.fromstring(time_plot_svg(course, name="t").encode())


def test_each_channel_has_a_row_with_its_name() -> None:
    words = [text.text for text in drawn(COURSE).iterfind(".//s:text", SVG)]
    assert {"a <b>.fcs", "events / s", "CD56 (APC-A)", "SSC-A", "time [s]"} <= set(words)
    assert "5\u202f000 events in 100 s" in words
    ticks = drawn(replace(COURSE, unit="ticks"))
    assert {"events / tick", "time [ticks]"} <= {text.text for text in ticks.iterfind(".//s:text", SVG)}


def test_bad_stretches_are_shaded_where_they_are_and_told() -> None:
    root = drawn(COURSE)
    wide, narrow = root.xpath("//s:rect[@class='bad']", namespaces=SVG)
    assert float(wide.get("x")) == pytest.approx(LEFT + 0.2 * PLOT, abs=0.1)
    assert float(wide.get("width")) == pytest.approx(0.1 * PLOT, abs=0.1)
    assert float(narrow.get("width")) == 2.0
    assert "flow rate, signal" in "".join(root.itertext())
    assert root.xpath("//s:desc/text()", namespaces=SVG)[0].endswith("20 to 30 (flow rate); 90 to 90 (signal).")
    assert not drawn(replace(COURSE, bad=())).xpath("//s:rect[@class='bad']", namespaces=SVG)


def test_a_stretch_without_events_is_a_gap() -> None:
    lines = drawn(COURSE).xpath("//s:path[@class='course']/@d", namespaces=SVG)
    assert [line.count("L") + 1 for line in lines] == [10, 10, 2, 7]


def test_a_line_lies_where_time_and_value_say() -> None:
    rate, drift, *_ = drawn(COURSE).xpath("//s:path[@class='course']/@d", namespaces=SVG)
    points = [tuple(map(float, pair.split())) for pair in drift.strip("M").split("L")]
    assert points[0][0] == pytest.approx(LEFT + 0.05 * PLOT, abs=0.1)
    assert points[-1][0] == pytest.approx(LEFT + 0.95 * PLOT, abs=0.1)
    heights = [y for _, y in points]
    assert heights == sorted(heights, reverse=True)  # the median rises, and y counts down
    assert len({pair.split()[1] for pair in rate.strip("M").split("L")}) == 1
    assert min(heights) > HEAD


def test_the_same_course_gives_the_same_bytes() -> None:
    assert time_plot_svg(COURSE, name="t") == time_plot_svg(COURSE, name="t")
