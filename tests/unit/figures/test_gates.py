"""Gate panels: which gates share one, what is written, where labels stand."""

import base64
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pytest
from lxml import etree

from nktrial.core.errors import MethodError
from nktrial.figures.gates import gate_panels, gate_sheet_svg
from nktrial.figures.panel import LEFT, PLOT, TOP

Make: TypeAlias = Callable[..., Any]
SVG = {"s": "http://www.w3.org/2000/svg"}


def drawn(*gates: Any) -> Any:
    return etree.fromstring(gate_sheet_svg(gate_panels(gates), name="sheet", title="S01-D14: gating").encode())


def test_gates_of_one_parent_and_one_pair_of_channels_share_a_panel(gate: Make) -> None:
    nk, t_cells, other = gate("L/NK"), gate("L/T"), gate("L/B", x_label="CD19 (PE-A)")
    deeper = gate("L/NK/CD16")
    panels = gate_panels([nk, t_cells, other, deeper])
    assert [[member.path for member in panel.gates] for panel in panels] == [["L/NK", "L/T"], ["L/B"], ["L/NK/CD16"]]


def test_a_panel_names_parent_events_channels_and_percentage(gate: Make) -> None:
    root = drawn(gate("Lymphocytes/NK", count=439, parent_count=3077))
    words = [text.text for text in root.iterfind(".//s:text", SVG)]
    assert {"Lymphocytes", "3\u202f077 events", "NK 14.3\u202f%", "CD3 (BV510-A)", "CD56 (BV605-A)"} <= set(words)


def test_the_percentage_carries_the_record_of_the_count(gate: Make) -> None:
    (label,) = drawn(gate()).xpath("//s:text[@class='gate']", namespaces=SVG)
    assert label.get("data-record") == "ab" * 32


def test_the_outline_lies_where_the_axes_say(gate: Make) -> None:
    below, outline = drawn(gate()).xpath("//s:path[@clip-path]", namespaces=SVG)
    assert below.get("d") == outline.get("d")  # a white line below the dark one, so that it is seen on any colour
    corners = [tuple(map(float, pair.split())) for pair in outline.get("d").strip("MZ").split("L")]
    (frame,) = drawn(gate()).xpath("//s:image", namespaces=SVG)
    left, top, side = (float(frame.get(name)) for name in ("x", "y", "width"))
    assert corners[0] == pytest.approx((left + 0.25 * side, top + 0.75 * side))
    assert corners[2] == pytest.approx((left + 0.75 * side, top + 0.5 * side))


def test_the_density_is_a_png_inside_the_svg(gate: Make) -> None:
    (image,) = drawn(gate()).xpath("//s:image", namespaces=SVG)
    head, _, data = image.get("href").partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")


def test_every_lonely_event_is_a_dot_and_no_event_is_lost(
    gate: Make, pack: Make, rng: np.random.Generator, decoded_png: Make, walked: Make
) -> None:
    counts = np.zeros((256, 256), dtype=np.uint32)
    cloud = np.clip(np.rint(rng.normal(80, 6, (5000, 2))), 0, 255).astype(int)
    np.add.at(counts, (cloud[:, 0], cloud[:, 1]), 1)
    alone = [(200, 30), (220, 220), (10, 240), (0, 0), (255, 255)]
    for row, column in alone:
        counts[row, column] = 1
    root = drawn(gate(grid=pack(counts, "<u4"), grid_shape=(256, 256)))
    (dots,) = root.xpath("//s:path[@class='dots']", namespaces=SVG)
    places = walked(dots.get("d"))
    assert {(column, 255 - row) for row, column in alone} <= set(places)
    assert len(set(places)) == len(places)
    (image,) = root.xpath("//s:image", namespaces=SVG)
    pixels = decoded_png(base64.b64decode(image.get("href").partition(",")[2]))[0]
    coloured = pixels.reshape(256, 2, 256, 2).max(axis=(1, 3))[::-1] > 0
    shown = coloured.copy()
    shown[[255 - row for _, row in places], [column for column, _ in places]] = True
    assert shown[counts > 0].all()
    assert 5 <= len(places) < 500  # the cloud itself is pixels
    # A pixel is coloured only where an event lies, or beside one.
    near = np.pad(counts > 0, 1)
    near = near[:-2] | near[1:-1] | near[2:]
    assert not (coloured & ~(near[:, :-2] | near[:, 1:-1] | near[:, 2:])).any()


def test_dots_lie_in_the_middle_of_their_cells(gate: Make, pack: Make, walked: Make) -> None:
    counts = np.zeros((4, 4), dtype=np.uint32)
    counts[0, 3] = 1
    (dots,) = drawn(gate(grid=pack(counts, "<u4"), grid_shape=(4, 4))).xpath("//s:path[@class='dots']", namespaces=SVG)
    assert walked(dots.get("d")) == [(3, 3)]
    assert dots.get("transform") == f"translate({LEFT:g} {TOP:g}) scale({PLOT / 4:g} {PLOT / 4:g}) translate(.5 .5)"


def test_ticks_with_a_label_are_longer_than_those_between(gate: Make) -> None:
    root = drawn(gate(x_ticks=((0.0, "0"), (0.25, ""), (0.5, "10³"), (2.0, "10⁹"))))
    moves = [path.get("d") for path in root.iterfind(".//s:path", SVG) if "v5" in path.get("d")]
    assert len(moves) == 1
    lengths = [int(part.rpartition("v")[2]) for part in moves[0].strip("M").split("M")]
    assert lengths == [5, 3, 5]  # what lies beyond the axis has no tick


def test_the_same_gates_give_the_same_bytes(gate: Make) -> None:
    panels = gate_panels([gate(), gate("L/T")])
    assert gate_sheet_svg(panels, name="a", title="t") == gate_sheet_svg(panels, name="a", title="t")


def test_nk_fig_03_a_sheet_without_panels_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-FIG-03"):
        gate_sheet_svg((), name="a", title="only boolean gates")


def test_a_boolean_gate_has_a_label_and_no_outline(gate: Make) -> None:
    root = drawn(gate(outline=()))
    assert not root.xpath("//s:path[@clip-path]", namespaces=SVG)
    assert root.xpath("//s:text[@class='gate']", namespaces=SVG)


def test_an_empty_parent_is_said_and_not_divided_by(gate: Make) -> None:
    (label,) = drawn(gate(count=0, parent_count=0)).xpath("//s:text[@class='gate']", namespaces=SVG)
    assert label.text == "NK of no events"


def test_labels_of_gates_in_one_place_do_not_cover_each_other(gate: Make) -> None:
    labels = drawn(gate("L/A"), gate("L/B"), gate("L/C")).xpath("//s:text[@class='gate']", namespaces=SVG)
    heights = sorted(float(label.get("y")) for label in labels)
    assert len(heights) == 3
    assert all(lower - upper >= 12.0 for upper, lower in pairwise(heights))


def test_tick_labels_that_would_touch_are_left_out(gate: Make) -> None:
    crowded = tuple((place / 100, f"10^{place}") for place in range(100))
    root = drawn(gate(x_ticks=crowded))
    kept = [text for text in root.iterfind(".//s:text", SVG) if (text.text or "").startswith("10^")]
    assert 2 <= len(kept) <= 8


def test_markup_in_names_stays_text(gate: Make) -> None:
    svg = gate_sheet_svg(gate_panels([gate("<script>x</script>/NK & <b>", x_label='"<i>')]), name="n", title="<svg>")
    assert "<script" not in svg
    assert "<b>" not in svg
    etree.fromstring(svg.encode())
