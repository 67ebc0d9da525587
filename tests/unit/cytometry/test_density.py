"""Pictures of gates: grids, axes, ticks, outlines."""

import math

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.axes import axis_range, axis_ticks
from nktrial.cytometry.density import GateDensity, gate_densities
from nktrial.cytometry.outline import gate_outline
from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.transforms import displayed, scale_of
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import (
    Asinh,
    Biex,
    BooleanGate,
    Bounded,
    Dimension,
    EllipsoidGate,
    GatingStrategy,
    Hyperlog,
    Linear,
    Log,
    Logicle,
    OffsetLog,
    Operand,
    PolygonGate,
    Range,
    RectangleGate,
    Transform,
)

RAW = "uncompensated"
FLUOR = Dimension("BV605-A", RAW, "t")


def events(rng: np.random.Generator, n: int = 5000) -> EventMatrix:
    names = (("FSC-A", ""), ("SSC-A", ""), ("BV605-A", "CD56"))
    channels = tuple(Channel(i, name, marker, 32, 262144.0) for i, (name, marker) in enumerate(names))
    values = np.column_stack([rng.normal(1e5, 1e4, n), rng.normal(5e4, 1e4, n), rng.lognormal(6, 2, n) - 300]).astype(
        np.float32
    )
    return EventMatrix(values, channels, None, {}, "FCS3.1")


def pictures(rng: np.random.Generator, n: int = 5000) -> dict[str, GateDensity]:
    square = np.array([[8e4, 3e4], [1.2e5, 3e4], [1.2e5, 7e4], [8e4, 7e4]])
    strategy = GatingStrategy(
        (
            PolygonGate("Lymph", None, (Dimension("FSC-A", RAW), Dimension("SSC-A", RAW)), square),
            RectangleGate("NK", "Lymph", (Dimension("BV605-A", RAW, "t", 0.5),)),
            BooleanGate("Rest", "Lymph", "not", (Operand("NK"),)),
            RectangleGate("Three", None, (FLUOR, Dimension("FSC-A", RAW), Dimension("SSC-A", RAW))),
        ),
        {"t": Logicle(262144, 0.5, 4.5, 0)},
    )
    matrix = events(rng, n)
    gated = gate_events(matrix, strategy, membership=True)
    return {item.path: item for item in gate_densities(matrix, strategy, gated)}


def test_gates_of_one_or_two_dimensions_have_a_picture(rng: np.random.Generator) -> None:
    assert list(pictures(rng)) == ["Lymph", "Lymph/NK"]


def test_labels_axes_and_counts(rng: np.random.Generator) -> None:
    found = pictures(rng)
    lymph, nk = found["Lymph"], found["Lymph/NK"]
    assert (nk.x_label, nk.y_label, nk.parent_path) == ("CD56 (BV605-A)", "SSC-A", "Lymph")
    assert (lymph.x_label, lymph.parent_path, lymph.parent_count) == ("FSC-A", "", 5000)
    assert nk.parent_count == lymph.count
    assert nk.counts.shape == (256, 256)
    assert nk.counts.dtype == np.uint32
    assert nk.counts.sum() == nk.parent_count  # no event is lost, not even beyond the axes


def test_row_zero_is_the_lowest_y(rng: np.random.Generator) -> None:
    lymph = pictures(rng)["Lymph"]
    low, high = lymph.y_range
    centres = low + (np.arange(256) + 0.5) * (high - low) / 256
    mean = float((lymph.counts.sum(axis=1) * centres).sum() / lymph.counts.sum())
    assert mean == pytest.approx(5e4, rel=0.02)


def test_the_outline_of_an_open_gate_runs_to_the_axes(rng: np.random.Generator) -> None:
    nk = pictures(rng)["Lymph/NK"]
    assert set(nk.outline) == {
        (0.5, nk.y_range[0]), (nk.x_range[1], nk.y_range[0]), (nk.x_range[1], nk.y_range[1]), (0.5, nk.y_range[1])
    }  # fmt: skip


def test_a_sample_without_events_still_has_a_picture(rng: np.random.Generator) -> None:
    found = pictures(rng, 0)["Lymph/NK"]
    assert found.counts.sum() == 0
    assert found.x_range[0] < found.x_range[1]


def test_membership_is_needed(rng: np.random.Generator) -> None:
    strategy = GatingStrategy((RectangleGate("A", None, (Dimension("FSC-A", RAW, None, 1),)),))
    matrix = events(rng)
    with pytest.raises(MethodError, match="NK-CYT-20"):
        gate_densities(matrix, strategy, gate_events(matrix, strategy))


def test_logicle_ticks_are_powers_of_ten_at_their_places() -> None:
    ticks = {label: place for place, label in axis_ticks(Logicle(262144, 0.5, 4.5, 0), -0.1, 1.05)}
    assert ticks["0"] == pytest.approx(0.5 / 4.5)
    assert {"10³", "10⁴", "10⁵"} <= set(ticks)
    assert ticks["10³"] < ticks["10⁴"] < ticks["10⁵"]
    assert "10¹" not in ticks  # hidden behind 0


def test_log_ticks_have_no_zero() -> None:
    assert [label for _, label in axis_ticks(Log(10000, 4), 0.0, 1.0) if label] == ["10⁰", "10¹", "10²", "10³", "10⁴"]


@pytest.mark.parametrize(
    ("transform", "low", "high", "labels"),
    [
        (None, 0.0, 4.2e6, ["0", "1M", "2M", "3M", "4M"]),
        (None, -10.0, 262144.0, ["0", "100k", "200k"]),
        (None, 0.0, 0.9, ["0", "0.2", "0.4", "0.6", "0.8"]),
        (Linear(1000, 0), 0.0, 1.0, ["0", "200", "400", "600", "800", "1k"]),
    ],
)
def test_linear_ticks_are_round(transform: Linear | None, low: float, high: float, labels: list[str]) -> None:
    ticks = axis_ticks(transform, low, high)
    assert [label for _, label in ticks if label] == labels
    assert all(low <= place <= high for place, _ in ticks)


def test_ticks_without_a_label_stand_at_two_to_nine_times_a_power() -> None:
    ticks = axis_ticks(Log(10000, 4), 0.0, 1.0)
    between = [place for place, label in ticks if not label and 0.5 < place < 0.75]  # 10² to 10³
    assert between == pytest.approx([0.5 + math.log10(part) / 4 for part in range(2, 10)])
    logicle = Logicle(262144, 0.5, 4.5, 0)
    places = [place for place, _ in axis_ticks(logicle, -0.1, 1.05)]
    assert places == sorted(places)
    assert float(displayed(logicle, np.array([2e5]))[0]) in places  # beyond the last power
    assert min(np.diff(places)) >= 0.0109 * 1.15  # none crowds another


@pytest.mark.parametrize(
    "scale",
    [
        Log(1e4, 4),
        Asinh(1e4, 4, 1),
        Logicle(262144, 1, 4.5, 0.2),
        Hyperlog(262144, 0.5, 4.5, 0),
        Linear(500, 20),
        Biex(262144.0, -100.0, 4.42, 0.0),
        OffsetLog(1.0, 5.4),
        Range(-100.0, 4e5),
    ],
)
def test_a_labelled_tick_stands_at_the_value_that_it_names(scale: Transform) -> None:
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
    named = [(place, label) for place, label in axis_ticks(scale, -0.2, 1.1) if label]
    assert len(named) >= 3
    for place, label in named:
        text = label.translate(digits).replace("k", "e3")
        value = float(text.replace("10", "1e", 1)) if label[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹" else float(text)
        assert float(scale_of(scale, np.array([place]))[0]) == pytest.approx(
            value, rel=0.02, abs=0.02
        )  # a biex is a table of steps


def test_a_bounded_scale_has_the_ticks_of_its_scale() -> None:
    scale = Logicle(262144, 0.5, 4.5, 0)
    assert axis_ticks(Bounded(scale, 0.0, 1.0), -0.1, 1.05) == axis_ticks(scale, -0.1, 1.05)


@pytest.mark.parametrize(("high", "parts"), [(4.2e6, 5), (2.5e5, 5), (9.0, 4)])
def test_steps_of_a_linear_axis_are_divided_into_round_numbers(high: float, parts: int) -> None:
    ticks = axis_ticks(None, 0.0, high)
    named = [place for place, label in ticks if label]
    assert sum(named[0] < place < named[1] for place, label in ticks if not label) == parts - 1


def test_events_beyond_the_axes_are_counted_at_their_edge(rng: np.random.Generator) -> None:
    matrix = events(rng)
    values = np.array(matrix.values)
    values[:3, 0] = [1e9, -1e9, 1e9]
    far = EventMatrix(values, matrix.channels, None, {}, "FCS3.1")
    strategy = GatingStrategy((RectangleGate("A", None, (Dimension("FSC-A", RAW, None, 9e4),)),))
    (found,) = gate_densities(far, strategy, gate_events(far, strategy, membership=True))
    assert found.x_range[1] < 2e5
    assert found.counts[:, -1].sum() >= 2
    assert found.counts[:, 0].sum() >= 1
    assert found.counts.sum() == 5000


def test_gates_of_one_parent_on_the_same_channels_share_their_axes(rng: np.random.Generator) -> None:
    matrix = events(rng)
    low, high = (
        RectangleGate(name, None, (Dimension("FSC-A", RAW, None, start, stop), Dimension("SSC-A", RAW, None, 0.0)))
        for name, start, stop in (("low", 0.0, 9e4), ("high", 1.1e5, 2e5))
    )
    strategy = GatingStrategy((low, high))
    first, second = gate_densities(matrix, strategy, gate_events(matrix, strategy, membership=True))
    assert (first.x_range, first.y_range) == (second.x_range, second.y_range)
    assert first.counts is second.counts
    assert first.outline != second.outline


def test_without_scatter_another_channel_is_shown_on_the_gates_own_scale(rng: np.random.Generator) -> None:
    channels = tuple(Channel(i, name, "", 32, 262144.0) for i, name in enumerate(("Time", "B-A", "R-A")))
    matrix = EventMatrix(rng.lognormal(6, 1, (500, 3)).astype(np.float32), channels, None, {}, "FCS3.1")
    strategy = GatingStrategy(
        (RectangleGate("A", None, (Dimension("R-A", RAW, "t", 0.5),)),), {"t": Logicle(262144, 0.5, 4.5, 0)}
    )
    (found,) = gate_densities(matrix, strategy, gate_events(matrix, strategy, membership=True))
    assert found.y_label == "B-A"
    assert "10³" in [label for _, label in found.y_ticks]


def test_the_axis_covers_events_and_gate_but_not_a_far_vertex() -> None:
    values = np.linspace(0.0, 1.0, 10_001)
    assert axis_range([values], [1.2])[1] == pytest.approx(1.2 + 0.03 * 1.199, abs=0.01)
    assert axis_range([values], [1e9])[1] < 1.6
    low, high = axis_range([np.full(5, 3.0)], [])
    assert low < 3.0 < high


def test_a_polygon_is_clipped() -> None:
    triangle = PolygonGate(
        "P", None, (Dimension("X", RAW), Dimension("Y", RAW)), np.array([[-1.0, 0.5], [2.0, 0.2], [2.0, 0.8]])
    )
    outline = gate_outline(triangle, (0.0, 1.0), (0.0, 1.0))
    assert {x for x, _ in outline} == {0.0, 1.0}
    assert all(0.0 <= y <= 1.0 for _, y in outline)
    assert gate_outline(triangle, (5.0, 6.0), (0.0, 1.0)) == ()


def test_an_ellipse_is_drawn_on_its_boundary() -> None:
    gate = EllipsoidGate(
        "E", None, (Dimension("X", RAW), Dimension("Y", RAW)), (1.0, 2.0), ((4.0, 1.0), (1.0, 2.0)), 2.0
    )
    points = np.array(gate_outline(gate, (-50, 50), (-50, 50))) - [1.0, 2.0]
    distance = np.einsum("ni,ij,nj->n", points, np.linalg.inv(np.array(gate.covariance)), points)
    np.testing.assert_allclose(distance, 2.0)
