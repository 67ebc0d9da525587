"""Gates in scale values on the scale on which they are shown."""

import numpy as np
import pytest

from nktrial.cytometry.density import gate_densities
from nktrial.cytometry.inside import Columns, inside, shape_of
from nktrial.cytometry.readout import readings
from nktrial.cytometry.scale import EventBlock
from nktrial.cytometry.shown import shown_gate, shown_scale
from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.transforms import displayed
from nktrial.model.events import Channel, EventMatrix, Spillover
from nktrial.model.gates import (
    Dimension,
    EllipsoidGate,
    GatingStrategy,
    Log,
    Logicle,
    PolygonGate,
    RectangleGate,
)

RAW = "uncompensated"
X, Y = Dimension("FL1-H", RAW), Dimension("FL2-H", RAW)
CHANNELS = (
    Channel(0, "FL1-H", "", 16, 1024.0, decades=4.0, offset=1.0),
    Channel(1, "FL2-H", "", 16, 1024.0, decades=4.0, offset=1.0),
    Channel(2, "FSC-H", "", 16, 1024.0),
)
SCALES = (Log(1e4, 4.0), Log(1e4, 4.0))


def events(rng: np.random.Generator) -> EventMatrix:
    spill = Spillover(("FL1-H", "FL2-H"), np.array([[1.0, 0.3], [0.1, 1.0]]))
    return EventMatrix(rng.integers(0, 1024, (4000, 3)), CHANNELS, spill, {}, "FCS2.0")


def test_what_a_channel_is_shown_on(rng: np.random.Generator) -> None:
    strategy = GatingStrategy((RectangleGate("A", None, (Dimension("FL1-H", "FCS", None, 1.0),)),))
    known = readings(strategy, events(rng))
    assert shown_scale(X, CHANNELS, known) == Log(1e4, 4.0)
    assert shown_scale(Dimension("FL1-H", "FCS"), CHANNELS, known) == Logicle(1e4, 0.5, 4.5, 0.0)
    assert shown_scale(Dimension("FSC-H", RAW), CHANNELS, known) is None


def test_a_gate_on_its_own_scale_is_shown_as_it_is() -> None:
    gate = RectangleGate("A", None, (Dimension("FSC-H", RAW, None, 1.0),))
    assert shown_gate(gate, (None, None)) is gate
    transformed = RectangleGate("A", None, (Dimension("FL1-H", RAW, "t", 0.5),))
    assert shown_gate(transformed, SCALES) is transformed


def test_the_bounds_of_a_rectangle_move_and_an_unreachable_one_is_open() -> None:
    moved = shown_gate(RectangleGate("A", None, (Dimension("FL1-H", RAW, None, 0.0, 100.0), Y)), SCALES)
    assert isinstance(moved, RectangleGate)
    assert moved.dimensions[0].low is None
    assert moved.dimensions[0].high == pytest.approx(0.5)


@pytest.mark.parametrize(
    "gate",
    [
        PolygonGate("P", None, (X, Y), np.array([[2.0, 3.0], [5000.0, 10.0], [800.0, 2000.0]])),
        EllipsoidGate("E", None, (X, Y), (60.0, 50.0), ((900.0, 300.0), (300.0, 700.0)), 1.5),
    ],
)
def test_the_moved_outline_holds_the_events_of_the_gate(
    gate: PolygonGate | EllipsoidGate, rng: np.random.Generator
) -> None:
    matrix = events(rng)
    moved = shown_gate(gate, SCALES)
    assert isinstance(moved, PolygonGate)
    on_log = PolygonGate("P", None, (Dimension("FL1-H", RAW, "t"), Dimension("FL2-H", RAW, "t")), moved.vertices)
    found = []
    for item, scales in ((gate, {}), (on_log, {"t": SCALES[0]})):
        known = readings(GatingStrategy((item,), scales), matrix)
        columns = Columns(EventBlock(matrix.values, CHANNELS, 1.0))
        found.append(set(inside(shape_of(item, known), columns, np.arange(4000)).tolist()))
    assert len(found[0]) > 50
    assert len(found[0] ^ found[1]) <= 0.005 * len(found[0])  # the outline is for the eye: a side has 20 points


def test_a_picture_of_a_logarithmic_channel_has_a_logarithmic_axis(rng: np.random.Generator) -> None:
    matrix = events(rng)
    gate = RectangleGate("A", None, (Dimension("FL1-H", RAW, None, 100.0), Dimension("FSC-H", RAW, None, 10.0)))
    strategy = GatingStrategy((gate,))
    (found,) = gate_densities(matrix, strategy, gate_events(matrix, strategy, membership=True))
    assert [label for _, label in found.x_ticks if label] == ["10⁰", "10¹", "10²", "10³", "10⁴"]
    assert min(x for x, _ in found.outline) == pytest.approx(float(displayed(Log(1e4, 4.0), np.array([100.0]))[0]))
    low, high = found.x_range
    edge = round((0.5 - low) / (high - low) * 256)
    assert found.counts[:, edge + 1 :].sum() == pytest.approx(found.count, rel=0.05)
