"""What parts lymphocytes from other leukocytes on the way to their gate."""

from dataclasses import replace

import numpy as np
import pytest

from nktrial.cytometry.lymphocyte_gate import parts_lymphocytes
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import (
    BooleanGate,
    Dimension,
    Gate,
    GatingStrategy,
    Operand,
    PolygonGate,
    RectangleGate,
    SpectrumMatrix,
)

RAW = "uncompensated"
NAMES = {"FSC-A": "", "FSC-H": "", "SSC-A": "", "SS INT LIN": "", "VSSC-A": "", "FL9": "SSC-A"}
NAMES |= {"FL1-A": "CD45 KO", "FL2-A": "CD45RA", "FL3-A": "CD3"}
CHANNELS = tuple(Channel(i, name, marker, 32, 1024.0) for i, (name, marker) in enumerate(NAMES.items()))
MATRIX = EventMatrix(np.zeros((1, len(CHANNELS)), np.float32), CHANNELS, None, {}, "FCS3.1")


def box(name: str, parent: str | None, channel: str, *, low: float | None = 1.0, raw: str = RAW) -> RectangleGate:
    return RectangleGate(name, parent, (Dimension(channel, raw, None, low, None),))


def parts(*gates: Gate, **more: object) -> bool:
    strategy = replace(GatingStrategy(gates), **more)  # type: ignore[arg-type]
    return parts_lymphocytes(MATRIX, strategy, "L")


@pytest.mark.parametrize("channel", ["SSC-A", "SS INT LIN", "VSSC-A", "FL9", "FL1-A"])
def test_side_scatter_or_cd45_parts_them(channel: str) -> None:
    assert parts(box("L", None, channel))
    assert parts(box("above", None, channel), box("L", "above", "FL3-A"))


@pytest.mark.parametrize("channel", ["FSC-A", "FL2-A", "FL3-A"])
def test_nothing_else_does(channel: str) -> None:
    assert not parts(box("L", None, channel))


def test_an_axis_without_bounds_does_not() -> None:
    assert not parts(box("L", None, "SSC-A", low=None))


def test_a_polygon_bounds_both_its_axes() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    axes = Dimension("FSC-A", RAW, None), Dimension("SSC-A", RAW, None)
    assert parts(PolygonGate("L", None, axes, corners))
    assert not parts(PolygonGate("L", None, (axes[0], Dimension("FSC-H", RAW, None)), corners))


def test_a_gate_below_the_lymphocytes_does_not_help_them() -> None:
    assert not parts(box("L", None, "FSC-A"), box("NK", "L", "SSC-A"))


def test_operands_of_boolean_gates_are_looked_at() -> None:
    either = BooleanGate("L", None, "or", (Operand("one"), Operand("two")))
    assert parts(box("above", None, "SSC-A"), box("one", "above", "FSC-A"), box("two", None, "FSC-H"), either)
    assert not parts(box("one", None, "FSC-A"), box("two", None, "FSC-H"), either)


def test_a_dye_that_the_cd45_channel_sees_most_is_cd45() -> None:
    spectrum = SpectrumMatrix(("KO", "FITC"), ("FL1-A", "FL3-A"), ((1.0, 0.1), (0.2, 1.0)))
    assert parts(box("L", None, "KO", raw="m"), matrices={"m": spectrum})
    assert not parts(box("L", None, "FITC", raw="m"), matrices={"m": spectrum})
