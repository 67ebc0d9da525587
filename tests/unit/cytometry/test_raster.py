"""Cells of a curve: what is marked inside or outside is so for every event in the cell."""

import numpy as np
import pytest

from nktrial.cytometry.inside import Columns, Shape, inside, shape_of
from nktrial.cytometry.raster import BORDER, Cells, Steps, raster
from nktrial.cytometry.readout import readings
from nktrial.cytometry.scale import EventBlock
from nktrial.cytometry.transforms import scale_of
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import (
    Asinh,
    Dimension,
    EllipsoidGate,
    GatingStrategy,
    Hyperlog,
    Linear,
    Log,
    Logicle,
    PolygonGate,
    Transform,
)

CHANNELS = tuple(Channel(i, name, "", 64, 262144.0) for i, name in enumerate("XY"))
SCALES: dict[str, Transform] = {
    "lin": Linear(1000.0, 100.0),
    "asinh": Asinh(262144.0, 4.5, 0.5),
    "logicle": Logicle(262144.0, 0.5, 4.5, 0.0),
    "wide": Logicle(262144.0, 1.5, 4.5, 0.5),
    "hyper": Hyperlog(262144.0, 0.5, 4.5, 0.0),
    "log": Log(262144.0, 5.0),
}
STAR = np.array([(0.1, 0.2), (0.9, 0.35), (0.15, 0.8), (0.55, 0.05), (0.6, 0.95)])  # crossing edges make holes
LEVEL = np.array([(0.2, 0.3), (0.8, 0.3), (0.6, 0.7), (0.5, 0.7000001), (0.4, 0.7)])  # level and nearly level edges


def shape(gate: PolygonGate | EllipsoidGate) -> Shape:
    matrix = EventMatrix(np.zeros((0, 2)), CHANNELS, None, {}, "FCS3.1")
    return shape_of(gate, readings(GatingStrategy((gate,), SCALES), matrix))


def polygon(corners: np.ndarray, x: str | None, y: str | None, unit: float = 1.0) -> Shape:
    axes = (Dimension("X", "uncompensated", x), Dimension("Y", "uncompensated", y))
    return shape(PolygonGate("P", None, axes, corners * unit))


def step_numbers(steps: Steps, values: np.ndarray) -> np.ndarray:
    """Number values by the definition, one at a time."""
    if steps.octaves is None:
        numbers = [int((value - steps.offset) * steps.per_unit) for value in values]
    else:
        numbers = []
        for value in values:
            bits = int(np.array(abs(value) + steps.offset).view(np.int64)) >> steps.octaves.shift
            upwards = bits - steps.octaves.key
            numbers.append((-1 - upwards if value < 0 else upwards) - steps.octaves.first)
    return np.clip(numbers, 0, steps.edges.size - 2)


def compare(curve: Shape, rng: np.random.Generator) -> tuple[Cells, int]:
    """Look up drawn events, many of them at the ends of steps, and return the cells and the events on no border."""
    cells = raster(curve)
    assert cells is not None
    columns = []
    for axis, steps in zip(curve.axes, (cells.columns, cells.rows), strict=True):
        assert axis.low is not None
        assert axis.high is not None
        ends = scale_of(axis.transform, rng.choice(steps.edges, 2000))
        ends = ends * (1.0 + rng.choice([-1e-15, 0.0, 1e-15], ends.size))
        drawn = scale_of(axis.transform, rng.uniform(steps.edges[0], steps.edges[-1], 4000))
        values = rng.permutation(np.concatenate([ends, drawn]))
        columns.append(np.clip(values, axis.low[1], np.nextafter(axis.high[2], -np.inf)))
    x, y = columns
    answers = cells.answers[step_numbers(cells.rows, y), step_numbers(cells.columns, x)]
    block = EventBlock(np.stack(columns, axis=1), CHANNELS, 1.0)
    truth = np.zeros(x.size, dtype=np.uint8)
    truth[inside(curve, Columns(block), np.arange(x.size))] = 1
    sure = answers != BORDER
    np.testing.assert_array_equal(answers[sure], truth[sure])
    assert set(np.unique(answers[sure])) == {0, 1}
    return cells, int(sure.sum())


@pytest.mark.parametrize("corners", [STAR, LEVEL])
@pytest.mark.parametrize("x", ["lin", "asinh", "logicle", "wide", "hyper", "log"])
@pytest.mark.parametrize("y", ["logicle", "log", "lin"])
def test_a_polygons_cells(corners: np.ndarray, x: str, y: str, rng: np.random.Generator) -> None:
    cells, sure = compare(polygon(corners, x, y), rng)
    assert np.mean(cells.answers == BORDER) < 0.2
    assert sure > 3000


def test_a_polygon_without_transforms(rng: np.random.Generator) -> None:
    cells, _ = compare(polygon(STAR, None, None, 262144.0), rng)
    assert np.mean(cells.answers == BORDER) < 0.1


def test_a_polygon_that_crosses_zero(rng: np.random.Generator) -> None:
    cells, _ = compare(polygon(STAR - 0.3, "logicle", "asinh"), rng)
    assert cells.columns.octaves is not None
    assert cells.columns.octaves.first < 0


@pytest.mark.parametrize("x", [None, "logicle", "log"])
def test_an_ellipses_cells(x: str | None, rng: np.random.Generator) -> None:
    axes = (Dimension("X", "uncompensated", x), Dimension("Y", "uncompensated", "logicle"))
    ellipse = EllipsoidGate("E", None, axes, (0.6, 0.5), ((0.02, 0.012), (0.012, 0.015)), 1.7)
    cells, sure = compare(shape(ellipse), rng)
    assert np.mean(cells.answers == BORDER) < 0.15
    assert sure > 3000


def test_an_ellipsoid_in_three_dimensions_has_no_cells() -> None:
    axes = tuple(Dimension(name, "uncompensated", None) for name in "XYX")
    unit = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    assert raster(shape(EllipsoidGate("E", None, axes, (0.0, 0.0, 0.0), unit, 1.0))) is None


def test_a_polygon_beyond_all_numbers_has_no_cells() -> None:
    assert raster(polygon(STAR, None, None, 1e308)) is None
    assert raster(polygon(STAR * 200.0, "asinh", "asinh")) is None
