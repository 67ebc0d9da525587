"""Gate panels: which gates share one, what is written, where labels stand."""

import base64
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import pytest
from lxml import etree

from nktrial.figures.gates import gate_panels, gate_sheet_svg

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
    (outline,) = drawn(gate()).xpath("//s:path[@clip-path]", namespaces=SVG)
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
