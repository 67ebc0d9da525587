"""Gating against a plain twin: one event at a time, pure Python, every event transformed."""

import math
from typing import Literal
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.cytometry import strategy as gating
from nktrial.cytometry.logicle import logicle, logicle_inverse
from nktrial.cytometry.strategy import gate_events
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import (
    Asinh,
    BooleanGate,
    Dimension,
    Gate,
    GatingStrategy,
    Linear,
    Logicle,
    Operand,
    PolygonGate,
    RectangleGate,
    SpectrumMatrix,
    Transform,
)

SPILL = SpectrumMatrix(("X", "Y"), ("X", "Y"), ((1.0, 0.25), (0.5, 1.0)))
# Inverse of SPILL by hand: 1 / (1 - 0.125) x ((1, -0.25), (-0.5, 1))
UNMIX = ((1 / 0.875, -0.25 / 0.875), (-0.5 / 0.875, 1 / 0.875))
TRANSFORMS: dict[str, Transform] = {
    "lin": Linear(1000.0, 100.0),
    "asinh": Asinh(1000.0, 4.0, 1.0),
    "logicle": Logicle(1000.0, 1.0, 4.0, 0.0),
}


def falling_rate(b: float, w: float) -> float:
    low, high = 1e-9, b
    for _ in range(200):
        d = math.sqrt(low * high)
        low, high = (d, high) if 2 * math.log(d / b) + w * (b + d) < 0 else (low, d)
    return low


LOGICLE_D = falling_rate(4.0 * math.log(10.0), 0.25)


def plain_display(name: str | None, x: float) -> float:
    if name is None:
        return x
    if name == "lin":
        return (x + 100.0) / 1100.0
    if name == "asinh":
        return (math.asinh(x * math.sinh(4.0 * math.log(10.0)) / 1000.0) + math.log(10.0)) / (5.0 * math.log(10.0))
    w, b, d = 0.25, 4.0 * math.log(10.0), LOGICLE_D
    ca = math.exp(2 * w * (b + d))
    fa = math.exp(b * w) - ca * math.exp(-d * w)
    a = 1000.0 / (math.exp(b) - fa - ca * math.exp(-d))
    low, high = w, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        value = a * (math.exp(b * middle) - ca * math.exp(-d * middle) - fa)
        low, high = (middle, high) if value < abs(x) else (low, middle)
    return 2 * w - low if x < 0 else low


def plain_value(dimension: Dimension, event: tuple[float, float]) -> float:
    column = "XY".index(dimension.channel)
    if dimension.compensation == "uncompensated":
        return plain_display(dimension.transform, event[column])
    return plain_display(dimension.transform, event[0] * UNMIX[0][column] + event[1] * UNMIX[1][column])


def plain_polygon(vertices: list[tuple[float, float]], x: float, y: float) -> bool:
    odd = False
    for (ax, ay), (bx, by) in zip(vertices, vertices[1:] + vertices[:1], strict=True):
        if (ay <= y) != (by <= y):
            side = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
            if (side > 0) == (by > ay) and side != 0:
                odd = not odd
    return odd


def plain_member(gate: Gate, gates: dict[str, Gate], event: tuple[float, float]) -> bool:
    if gate.parent is not None and not plain_member(gates[gate.parent], gates, event):
        return False
    if isinstance(gate, BooleanGate):
        found = [plain_member(gates[o.gate], gates, event) != o.complement for o in gate.operands]
        return all(found) if gate.operator == "and" else any(found) if gate.operator == "or" else not found[0]
    values = [plain_value(dimension, event) for dimension in gate.dimensions]
    if isinstance(gate, PolygonGate):
        return plain_polygon([(float(x), float(y)) for x, y in gate.vertices], values[0], values[1])
    assert isinstance(gate, RectangleGate)
    return all(
        (d.low is None or v >= d.low) and (d.high is None or v < d.high)
        for d, v in zip(gate.dimensions, values, strict=True)
    )


eighth = st.integers(-8000, 8000).map(lambda n: n / 8)
pairs = st.lists(st.tuples(eighth, eighth), min_size=1, max_size=40)
# Bounds in 64ths plus an irrational bit: no event of the lattice lies within rounding of a transformed bound.
bound = st.integers(-64, 96).map(lambda n: n / 64 + math.pi * 1e-5)
compensations = st.sampled_from(["uncompensated", "m"])
transforms = st.sampled_from([None, "lin", "asinh", "logicle"])


@st.composite
def dimension(draw: st.DrawFn, channel: str, *, bounded: bool) -> Dimension:
    transform, compensation = draw(transforms), draw(compensations)
    scale = 1000.0 if transform is None else 1.0
    low, high = sorted((draw(bound), draw(bound) + 1.0)) if bounded else (None, None)
    sides = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    return Dimension(
        channel,
        compensation,
        transform,
        low * scale if low is not None and sides[0] else None,
        high * scale if high is not None and sides[1] else None,
    )


@st.composite
def strategies(draw: st.DrawFn) -> GatingStrategy:
    first = RectangleGate("R", None, (draw(dimension("X", bounded=True)), draw(dimension("Y", bounded=True))))
    transform = draw(transforms)
    scale = 1000.0 if transform is None else 1.0
    points = draw(st.lists(st.tuples(bound, bound), min_size=3, max_size=7))
    axes = (Dimension("X", draw(compensations), transform), Dimension("Y", draw(compensations), transform))
    second = PolygonGate("P", draw(st.sampled_from([None, "R"])), axes, np.array(points) * scale)
    operator: Literal["and", "or", "not"] = draw(st.sampled_from(["and", "or", "not"]))
    flags = draw(st.tuples(st.booleans(), st.booleans()))
    operands = (Operand("P", flags[0]),) if operator == "not" else (Operand("P", flags[0]), Operand("R", flags[1]))
    third = BooleanGate("B", draw(st.sampled_from([None, "R", "P"])), operator, operands)
    return GatingStrategy((third, second, first), TRANSFORMS, {"m": SPILL})


@settings(max_examples=150, deadline=None)
@given(pairs, strategies())
def test_membership_equals_the_plain_twin(events: list[tuple[float, float]], strategy: GatingStrategy) -> None:
    channels = tuple(Channel(i, name, "", 64, 1024.0) for i, name in enumerate("XY"))
    matrix = EventMatrix(np.array(events), channels, None, {}, "FCS3.1")
    with patch.object(gating, "WORTH_A_PLAN", 0):
        ways = [gate_events(matrix, strategy, membership=True, block_events=16, kernel=use) for use in (False, True)]
    gates = {gate.id: gate for gate in strategy.gates}
    for exact, compiled in zip(*(gated.populations for gated in ways), strict=True):
        expected = [plain_member(gates[exact.gate], gates, event) for event in events]
        for gated, population in zip(ways, (exact, compiled), strict=True):
            assert gated.membership[population.path].tolist() == expected
            assert population.count == sum(expected)


@settings(max_examples=200)
@given(
    st.floats(0.0, 0.5),
    st.floats(0.0, 0.999),
    st.floats(1.0, 7.0),
    st.lists(st.floats(-1e7, 1e7), min_size=2, max_size=30),
)
def test_logicle_rises_inverts_and_reflects(w: float, a: float, M: float, values: list[float]) -> None:
    W, T = w * M, 262144.0
    A = -W + a * (M - W)
    scale = (T, W, M, A)
    x = np.array(sorted(values))
    y = logicle(x, *scale)
    assert np.all(np.diff(y) >= -1e-14)
    near = np.maximum(np.abs(x), T * 10 ** (W - M) * 1e-3)
    assert np.all(np.abs(logicle_inverse(y, *scale) - x) <= 1e-8 * near + 1e-6)
    np.testing.assert_allclose(y + logicle(-x, *scale), 2 * (A + W) / (M + A), atol=1e-12)


@settings(max_examples=100)
@given(pairs, st.randoms(use_true_random=False))
def test_counts_do_not_depend_on_the_order_of_events(events: list[tuple[float, float]], random: object) -> None:
    channels = tuple(Channel(i, name, "", 64, 1024.0) for i, name in enumerate("XY"))
    strategy = GatingStrategy(
        (RectangleGate("A", None, (Dimension("X", "m", "logicle", 0.3),)),), TRANSFORMS, {"m": SPILL}
    )
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    counts = {
        gate_events(EventMatrix(np.array(rows), channels, None, {}, "FCS3.1"), strategy).populations[0].count
        for rows in (events, shuffled)
    }
    assert len(counts) == 1
