"""Whether the NK gate holds CD56+ CD3- cells: drawn lymphocytes of known kinds, gates right and wrong."""

from dataclasses import replace

import numpy as np
import pytest

from nktrial.cytometry.nk_gate import GateCheck, check_nk_gate
from nktrial.cytometry.strategy import gate_events
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import (
    BooleanGate,
    Dimension,
    Gate,
    GatingStrategy,
    Logicle,
    Operand,
    PolygonGate,
    RectangleGate,
    SpectrumMatrix,
)

RAW = "uncompensated"
SCALE = {"biex": Logicle(T=262144.0, W=0.5, M=4.5, A=0.0)}
# Logicle values of 1,000 and 1,500 on that scale, from FlowKit 1.3.2.
AT_1000, AT_1500 = 0.45433757617239867, 0.49595851939878344
# Kind -> median brightness of CD3, CD56, CD16.
KINDS = {"T": (16e3, 60, 60), "NKT": (16e3, 6e3, 60), "B": (60, 60, 60), "NK": (60, 9e3, 8e3)}
MARKERS = ("CD3", "CD56", "CD16")


def blood(rng: np.random.Generator, markers: tuple[str, ...] = MARKERS, **cells: int) -> EventMatrix:
    rows = [
        np.exp(rng.normal(np.log(KINDS[kind]), 0.35, (count, 3))) + rng.normal(0.0, 30.0, (count, 3))
        for kind, count in cells.items()
    ]
    channels = tuple(Channel(i, f"D{i}-A", marker, 32, 262144.0) for i, marker in enumerate(markers))
    return EventMatrix(np.concatenate([*rows, np.zeros((0, 3))]).astype(np.float32), channels, None, {}, "FCS3.1")


def axis(column: int, low: float | None = None, high: float | None = None, scale: str | None = "biex") -> Dimension:
    return Dimension(f"D{column}-A", RAW, scale, low, high)


ALL = RectangleGate("L", None, (axis(0),))
CD3_LOW, CD3_HIGH = axis(0, high=AT_1500), axis(0, low=AT_1500)
CD56_LOW, CD56_HIGH = axis(1, high=AT_1000), axis(1, low=AT_1000)
CD16_HIGH = axis(2, low=AT_1000)


def check(matrix: EventMatrix, *gates: Gate, nk: str = "L/NK", **parts: object) -> GateCheck:
    strategy = GatingStrategy((ALL, *gates), transforms=SCALE)
    strategy = replace(strategy, **parts)  # type: ignore[arg-type]
    gated = gate_events(matrix, strategy, membership=True)
    return check_nk_gate(matrix, strategy, gated, nk_cells=nk, lymphocytes="L")


def box(*dimensions: Dimension, name: str = "NK", parent: str = "L") -> RectangleGate:
    return RectangleGate(name, parent, dimensions)


@pytest.fixture
def usual(rng: np.random.Generator) -> EventMatrix:
    return blood(rng, T=1400, NKT=60, B=200, NK=340)


def test_cd56_high_and_cd3_low_are_confirmed(usual: EventMatrix) -> None:
    found = check(usual, box(CD3_LOW, CD56_HIGH))
    assert (found.state, found.reason) == ("confirmed", "")
    assert (found.cd3.side, found.cd56.side) == ("low", "high")


def test_a_polygon_and_a_parent_for_each_marker_are_confirmed(usual: EventMatrix) -> None:
    corners = np.array([[-0.2, AT_1000], [AT_1500, AT_1000], [AT_1500, 1.2], [-0.2, 1.2]])
    polygon = PolygonGate("NK", "L", (axis(0), axis(1)), corners)
    assert check(usual, polygon).state == "confirmed"
    steps = (box(CD3_LOW, name="not T"), box(CD56_HIGH, parent="not T"))
    assert check(usual, *steps, nk="L/not T/NK").state == "confirmed"


def test_a_complement_of_the_t_gate_is_cd3_low(usual: EventMatrix) -> None:
    both = BooleanGate("NK", "L", "and", (Operand("T", complement=True), Operand("CD56")))
    found = check(usual, box(CD3_HIGH, name="T"), box(CD56_HIGH, name="CD56"), both)
    assert (found.state, found.cd3.side) == ("confirmed", "low")
    negated = BooleanGate("no T", "L", "not", (Operand("T"),))
    within = box(CD56_HIGH, parent="no T")
    assert check(usual, box(CD3_HIGH, name="T"), negated, within, nk="L/no T/NK").state == "confirmed"


@pytest.mark.parametrize(
    ("dimensions", "words"),
    [
        ((CD3_HIGH, CD56_LOW), "of its events are CD3+"),
        ((CD3_HIGH,), "of its events are CD3+"),
        ((CD3_HIGH, CD56_HIGH), "100 % of its events are CD3+"),
        ((CD3_LOW, CD56_LOW), "of its events are CD56-"),
        ((CD16_HIGH,), "neither CD56 nor CD3"),
    ],
)
def test_other_cells_are_contradicted(usual: EventMatrix, dimensions: tuple[Dimension, ...], words: str) -> None:
    found = check(usual, box(*dimensions))
    assert found.state == "contradicted"
    assert words in found.reason


def test_bounds_that_take_in_the_t_cells_are_contradicted(usual: EventMatrix) -> None:
    found = check(usual, box(axis(0, high=1.1), axis(1, low=-0.5)))
    assert found.state == "contradicted"
    assert found.cd3.positive is not None
    assert abs(found.cd3.positive - 1460 / 2000) < 0.01


def test_a_marker_that_is_not_used_is_a_doubt(rng: np.random.Generator) -> None:
    few = blood(rng, T=1400, NKT=20, B=200, NK=380)
    assert check(few, box(CD56_HIGH)).reason == "it does not use CD3"
    many = blood(rng, T=1400, NKT=80, B=140, NK=380)
    assert "17 % of its events are CD3+" in check(many, box(CD56_HIGH)).reason
    found = check(few, box(CD3_LOW, CD16_HIGH))
    assert (found.state, found.reason) == ("doubtful", "it does not use CD56")


def test_without_t_cells_the_region_decides(rng: np.random.Generator) -> None:
    depleted = blood(rng, B=900, NK=600)
    right = check(depleted, box(CD3_LOW, CD56_HIGH))
    assert (right.state, right.cd3.positive) == ("confirmed", None)
    assert check(depleted, box(CD3_HIGH, CD56_HIGH)).state == "contradicted"
    only_t = blood(rng, T=1500)
    assert check(only_t, box(CD3_HIGH)).state == "contradicted"


def test_an_empty_gate_is_judged_by_its_region(rng: np.random.Generator) -> None:
    none = blood(rng, T=1400, B=600)
    assert check(none, box(CD3_LOW, CD56_HIGH)).state == "confirmed"
    assert check(blood(rng), box(CD3_LOW, CD56_HIGH)).state == "confirmed"
    assert check(blood(rng), box(CD3_LOW, CD56_LOW)).state == "contradicted"


def test_gates_on_a_linear_scale_are_judged_alike(usual: EventMatrix) -> None:
    linear = box(axis(0, high=1500, scale=None), axis(1, low=1000, scale=None))
    turned = box(axis(0, low=1500, scale=None), axis(1, low=1000, scale=None))
    assert check(usual, linear).state == "confirmed"
    assert check(usual, turned).state == "contradicted"


def test_without_a_name_nothing_is_confirmed(rng: np.random.Generator) -> None:
    unnamed = blood(rng, ("CD3", "CD335", "CD16"), T=1400, B=200, NK=400)
    found = check(unnamed, box(CD3_LOW, CD56_HIGH))
    assert (found.state, found.reason) == ("unchecked", "no channel of the file is named CD56")
    turned = check(unnamed, box(CD3_HIGH))
    assert turned.state == "contradicted"
    neither = blood(rng, ("", "", ""), T=1400, B=200, NK=400)
    assert check(neither, box(CD3_LOW, CD56_HIGH)).state == "unchecked"


def test_a_dye_of_a_matrix_stands_for_the_detector_that_sees_it(usual: EventMatrix) -> None:
    matrix = SpectrumMatrix(("F3", "F56"), ("D0-A", "D1-A"), ((1.0, 0.01), (0.0, 1.0)))
    dimensions = (Dimension("F3", "M", "biex", high=AT_1500), Dimension("F56", "M", "biex", low=AT_1000))
    assert check(usual, box(*dimensions), matrices={"M": matrix}).state == "confirmed"


def test_a_check_of_many_events_thins_both_populations_evenly(rng: np.random.Generator) -> None:
    many = blood(rng, T=60_000, NKT=400, B=5_000, NK=30_000)
    found = check(many, box(CD56_HIGH))
    assert found.state == "doubtful"
    assert found.cd3.positive is not None
    assert abs(found.cd3.positive - 400 / 30_400) < 0.005
