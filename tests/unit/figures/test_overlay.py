"""Overlays: both samples, their legend, their percentages."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pytest
from lxml import etree

from nktrial.core.errors import MethodError
from nktrial.figures.overlay import overlay_svg
from nktrial.figures.panel import LEFT, PLOT, TOP
from nktrial.model.pictures import OverlayGate, OverlayView

Make: TypeAlias = Callable[..., Any]
SVG = {"s": "http://www.w3.org/2000/svg"}


def cloud(rng: np.random.Generator, row: float, column: float, events: int = 4000) -> np.ndarray:
    counts = np.zeros((256, 256), dtype=np.uint32)
    places = np.clip(np.rint(rng.normal((row, column), 12, (events, 2))), 0, 255).astype(int)
    np.add.at(counts, (places[:, 0], places[:, 1]), 1)
    return counts


@pytest.fixture
def view(rng: np.random.Generator) -> OverlayView:
    """A sample at the upper right of its control."""
    square = ((0.5, 1.0), (0.75, 1.0), (0.75, 1.5), (0.5, 1.5))
    return OverlayView(
        ("day14.fcs", "fmo <CD56>.fcs"), "Live", "CD56 (APC-A)", "SSC-A", (0.0, 1.0), (0.0, 2.0),
        ((0.0, "0"), (0.5, "10³")), ((0.0, "0"), (1.0, "50k")), (cloud(rng, 180, 170), cloud(rng, 80, 70)),
        (OverlayGate("Live/NK", square, (900, 4), (4000, 4000)),), histogram=False,
    )  # fmt: skip


def drawn(*views: OverlayView) -> Any:
    return etree.fromstring(overlay_svg(views, name="o", title="over").encode())


def test_both_samples_are_named_counted_and_compared(view: OverlayView) -> None:
    words = [text.text for text in drawn(view).iterfind(".//s:text", SVG)]
    assert {"day14.fcs", "fmo <CD56>.fcs", "Live", "4\u202f000 and 4\u202f000 events"} <= set(words)
    assert "NK 22.5\u202f% (0.10\u202f%)" in words


def centre(path: Any) -> tuple[float, float]:
    points = np.array(
        [
            tuple(map(float, pair.split()))
            for pair in path.get("d").replace("Z", "").replace("M", "L").split("L")
            if pair
        ]
    )
    low, high = points.min(axis=0), points.max(axis=0)
    return tuple((low + high) / 2)


def test_the_control_lies_below_and_each_line_where_its_events_are(view: OverlayView) -> None:
    lines = drawn(view).xpath("//s:path[@class='contour']", namespaces=SVG)
    assert len(lines) == 10  # five of each
    assert len({line.get("stroke") for line in lines[:5]}) == 1
    assert lines[0].get("stroke") != lines[5].get("stroke")
    for line, (row, column) in ((lines[4], (80, 70)), (lines[9], (180, 170))):
        x, y = centre(line)
        assert x == pytest.approx(LEFT + PLOT * column / 256, abs=6)
        assert y == pytest.approx(TOP + PLOT * (1 - row / 256), abs=6)


def test_events_outside_the_outermost_line_are_dots(view: OverlayView, walked: Make) -> None:
    control, sample = drawn(view).xpath("//s:path[@class='dots']", namespaces=SVG)
    for dots, counts in ((control, view.counts[1]), (sample, view.counts[0])):
        places = walked(dots.get("d"))
        outside = sum(int(counts[255 - row, column]) for column, row in places)
        assert 0.03 * counts.sum() < outside < 0.08 * counts.sum()  # the line holds 95 %


def test_gates_of_one_dimension_are_histograms_to_their_own_mode(view: OverlayView) -> None:
    root = drawn(replace(view, histogram=True))
    control, sample = root.xpath("//s:path[@class='histogram']", namespaces=SVG)
    assert not root.xpath("//s:path[@class='contour']", namespaces=SVG)
    for path, column in ((control, 70), (sample, 170)):
        points = [tuple(map(float, pair.split())) for pair in path.get("d").strip("M").split("L")]
        x, y = min(points, key=lambda point: point[1])
        assert x == pytest.approx(LEFT + PLOT * column / 256, abs=6)
        assert y == pytest.approx(TOP + PLOT * (1 - 1 / 1.08), abs=0.1)
    assert "mode" in [text.text for text in root.iterfind(".//s:text", SVG)]


def test_a_sample_without_events_has_no_line(view: OverlayView) -> None:
    empty = replace(view, counts=(view.counts[0], np.zeros((256, 256), dtype=np.uint32)))
    assert len(drawn(empty).xpath("//s:path[@class='contour']", namespaces=SVG)) == 5
    assert len(drawn(replace(empty, histogram=True)).xpath("//s:path[@class='histogram']", namespaces=SVG)) == 1


def test_the_same_samples_give_the_same_bytes(view: OverlayView) -> None:
    assert overlay_svg([view, view], name="o", title="t") == overlay_svg([view, view], name="o", title="t")


def test_nk_fig_03_an_overlay_without_a_view_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-FIG-03"):
        overlay_svg((), name="o", title="t")
