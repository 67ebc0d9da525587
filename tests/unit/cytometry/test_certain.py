"""The compiled kernel: the same populations as the exact code, event by event, whatever the values and the gates."""

import contextlib
from typing import Any

import numpy as np
import pytest

from nktrial.cytometry import certain, strategy
from nktrial.cytometry.certain import Plan, plan_of
from nktrial.cytometry.scale import time_step
from nktrial.cytometry.steps import ordered_steps
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.model.events import Channel, EventMatrix, Spillover
from nktrial.model.gates import (
    Asinh,
    BooleanGate,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    Hyperlog,
    Linear,
    Log,
    Logicle,
    Operand,
    PolygonGate,
    Ratio,
    RectangleGate,
    Transform,
)

compiled = pytest.mark.usefixtures("kernel")

NAMES = ("Time", "FSC", "A", "B", "C")
SPILL = Spillover(("A", "B", "C"), np.array([[1.0, 0.2, 0.01], [0.1, 1.0, 0.3], [0.0, 0.05, 1.0]]))
SCALES: dict[str, Transform] = {
    "logicle": Logicle(1000.0, 0.5, 4.5, 0.0),
    "asinh": Asinh(1000.0, 4.0, 1.0),
    "hyper": Hyperlog(1000.0, 0.5, 4.5, 0.0),
    "log": Log(1000.0, 4.0),
    "lin": Linear(1000.0, 100.0),
}
TYPES = ["<f4", ">f4", "<f8", ">f8", "u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"]


@pytest.fixture(autouse=True)
def _a_plan_for_few_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategy, "WORTH_A_PLAN", 0)


def dim(channel: str, scale: str | None = None, low: float | None = None, high: float | None = None) -> Dimension:
    return Dimension(channel, "uncompensated" if channel in ("Time", "FSC") else "FCS", scale, low, high)


def tree(rng: np.random.Generator) -> tuple[Gate, ...]:
    """Return gates of all kinds with drawn bounds; some bounds are round, so that events lie on them."""
    scales = [None, *SCALES]

    def box(channel: str) -> Dimension:
        scale = scales[rng.integers(len(scales))]
        low, high = (np.sort(rng.integers(0, 260, 2)) if scale is None else np.sort(rng.uniform(0.0, 1.0, 2))).tolist()
        return dim(channel, scale, None if rng.random() < 0.3 else low, None if rng.random() < 0.3 else high)

    corners = rng.uniform(0.05, 0.95, (7, 2))
    covariance = ((0.03, 0.01), (0.01, 0.02))
    raw = rng.integers(0, 255, (6, 2)).astype(float)
    inner = ((0.05, 0.0, 0.0), (0.0, 0.04, 0.01), (0.0, 0.01, 0.06))
    ball = (dim("A", "log"), dim("B", "lin"), dim("C", "asinh"))
    return (
        RectangleGate("root", None, (dim("FSC", None, 1.0), dim("Time", None, None, 90.0))),
        PolygonGate("raw", None, (dim("FSC"), dim("A")), raw),
        PolygonGate("curve", "root", (dim("A", "logicle"), dim("B", "asinh")), corners),
        RectangleGate("box", "curve", (box("A"), box("B"), box("C"))),
        EllipsoidGate("ellipse", "root", (dim("B", "logicle"), dim("C", "hyper")), (0.5, 0.4), covariance, 2.0),
        EllipsoidGate("ball", "root", ball, (0.6, 0.3, 0.5), inner, 3.0),
        RectangleGate("all", "raw", (dim("C"), dim("B", "log"))),
        BooleanGate("and", "root", "and", (Operand("curve"), Operand("ellipse", complement=True))),
        BooleanGate("or", None, "or", (Operand("box"), Operand("ball"), Operand("raw"))),
        BooleanGate("not", "raw", "not", (Operand("and", complement=bool(rng.random() < 0.5)),)),
    )


def sample(rng: np.random.Generator, kind: str, events: int = 5000) -> EventMatrix:
    dtype = np.dtype(kind)
    values = rng.gamma(1.5, 60.0, (events, len(NAMES)))
    if dtype.kind == "f":
        values -= 30.0
        values[rng.random(values.shape) < 0.2] = 255.0
        values[:40] = np.round(values[:40])
        values[rng.random(values.shape) < 0.002] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0])
    gains = rng.choice([0.0, 1.0, 0.7, 4.0], len(NAMES))
    logs = rng.choice([0.0, 4.0], len(NAMES)) if dtype.kind == "u" and dtype.itemsize < 4 else np.zeros(len(NAMES))
    channels = tuple(
        Channel(i, name, "", 32, 256.0, gain=gains[i], decades=logs[i], offset=0.1) for i, name in enumerate(NAMES)
    )
    whole = np.clip(values, 0, 255) if dtype.kind == "u" else values
    return EventMatrix(whole.astype(dtype), channels, SPILL, {"$TIMESTEP": "0.3"}, "FCS3.1")


def compare(one: Gated, other: Gated) -> None:
    assert one.populations == other.populations
    assert (one.events, one.excluded, one.findings) == (other.events, other.excluded, other.findings)
    assert list(one.membership) == list(other.membership)
    for path, flags in one.membership.items():
        np.testing.assert_array_equal(flags, other.membership[path], path)


@compiled
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("seed", range(6))
def test_the_kernel_changes_no_event(kind: str, seed: int) -> None:
    rng = np.random.default_rng([seed, TYPES.index(kind)])
    matrix, gates = sample(rng, kind), GatingStrategy(tree(rng), SCALES)
    assert plan_of(matrix, ordered_steps(matrix, gates), time_step(matrix)) is not None
    exact = gate_events(matrix, gates, membership=True, kernel=False)
    assert any(0 < population.count < exact.events for population in exact.populations)
    compare(gate_events(matrix, gates, membership=True), exact)
    compare(gate_events(matrix, gates, membership=True, block_events=777, threads=3), exact)
    without = gate_events(matrix, gates, threads=2, block_events=1000)
    assert without.populations == exact.populations


@compiled
def test_most_events_are_sure(rng: np.random.Generator) -> None:
    matrix = sample(rng, "<f4", 20_000)
    gates = GatingStrategy(tuple(gate for gate in tree(rng) if gate.id in {"root", "raw", "curve", "box"}), SCALES)
    plan = plan_of(matrix, ordered_steps(matrix, gates), 1.0)
    assert plan is not None
    doubtful = plan.sure(np.asarray(matrix.values), np.zeros(4, dtype=np.int64), None)
    assert doubtful.size < 2000
    assert np.all(np.diff(doubtful) > 0)


@compiled
@pytest.mark.parametrize("view", ["rows", "columns", "unaligned"])
def test_values_of_any_strides(view: str, rng: np.random.Generator) -> None:
    matrix, gates = sample(rng, "<f4"), GatingStrategy(tree(rng), SCALES)
    values = np.asarray(matrix.values)
    if view == "rows":
        values = values[::-3]
    elif view == "columns":
        values = np.asfortranarray(values)
    else:
        values = np.frombuffer(b"x" + values.tobytes(), "<f4", offset=1).reshape(values.shape)
    strided = EventMatrix(values, matrix.channels, SPILL, {}, "FCS3.1")
    assert plan_of(strided, ordered_steps(strided, gates), 1.0) is not None
    exact = gate_events(strided, gates, membership=True, kernel=False)
    compare(gate_events(strided, gates, membership=True), exact)


def refused(matrix: EventMatrix, gate: Gate, ratios: dict[str, Ratio] | None = None) -> bool:
    gates = GatingStrategy((gate,), SCALES, ratios=ratios or {})
    return plan_of(matrix, ordered_steps(matrix, gates), 1.0) is None


@compiled
def test_what_only_the_exact_code_can_do(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = sample(rng, "<f4", 10)
    box = RectangleGate("box", None, (dim("FSC", None, 1.0),))
    assert not refused(matrix, box)
    logarithmic = (*matrix.channels[:1], Channel(1, "FSC", "", 32, 1024.0, decades=4.0), *matrix.channels[2:])
    assert refused(EventMatrix(matrix.values, logarithmic, SPILL, {}, "FCS2.0"), box)
    assert refused(EventMatrix(np.asarray(matrix.values, np.float16), matrix.channels, SPILL, {}, "FCS3.1"), box)
    over = Dimension("", "uncompensated", None, 0.5, None, "r")
    assert refused(matrix, RectangleGate("r", None, (over,)), {"r": Ratio("FSC", "Time", 1.0, 0.0, 0.0)})
    monkeypatch.setattr(certain, "KERNEL", None)
    assert refused(matrix, box)


def test_without_the_kernel_the_exact_code_does_all(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, gates = sample(rng, "<f4"), GatingStrategy(tree(rng), SCALES)
    exact = gate_events(matrix, gates, membership=True, kernel=False)
    monkeypatch.setattr(certain, "KERNEL", None)
    compare(gate_events(matrix, gates, membership=True, threads=2, block_events=512), exact)


@compiled
@pytest.mark.parametrize("part", range(14))
@pytest.mark.parametrize("value", [-1, 7, 10**9])
def test_a_plan_that_does_not_fit_is_refused_or_harmless(part: int, value: int, rng: np.random.Generator) -> None:
    matrix, gates = sample(rng, "<f4", 100), GatingStrategy(tree(rng), SCALES)
    plan = plan_of(matrix, ordered_steps(matrix, gates), 1.0)
    assert plan is not None
    rows, counts = np.asarray(matrix.values), np.zeros(10, dtype=np.int64)
    for place in range(0, plan.parts[part].size, max(1, plan.parts[part].size // 50)):
        parts: list[Any] = [np.array(one) for one in plan.parts]
        parts[part].flat[place] = value % 256 if parts[part].dtype == np.uint8 else value
        altered = Plan(plan.classify, plan.dtype, tuple(parts))
        with contextlib.suppress(ValueError):
            assert altered.sure(rows, counts, None).size <= 100


@compiled
@pytest.mark.parametrize(
    ("columns", "counts", "members", "first"),
    [(4, 10, 100, 0), (5, 9, 100, 0), (5, 10, 100, 1), (5, 10, 99, 0), (5, 10, 200, -1)],
)
def test_rows_that_do_not_fit_are_refused(
    columns: int, counts: int, members: int, first: int, rng: np.random.Generator
) -> None:
    matrix, gates = sample(rng, "<f4", 100), GatingStrategy(tree(rng), SCALES)
    plan = plan_of(matrix, ordered_steps(matrix, gates), 1.0)
    assert plan is not None
    rows = np.asarray(matrix.values)[:, :columns]
    flags = np.zeros((10, members), dtype=np.bool_)
    with pytest.raises(ValueError, match="does not fit"):
        plan.sure(rows, np.zeros(counts, dtype=np.int64), flags, first=first)


class Stored:
    """Values that are no array but give blocks of rows, as those of a large file do."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values
        self.shape, self.dtype = values.shape, values.dtype

    def __getitem__(self, rows: slice) -> np.ndarray:
        return self._values[rows].copy()


def test_values_that_stay_in_the_file(rng: np.random.Generator) -> None:
    matrix, gates = sample(rng, ">u2"), GatingStrategy(tree(rng), SCALES)
    exact = gate_events(matrix, gates, membership=True, kernel=False)
    stored: Any = Stored(np.asarray(matrix.values))
    for kernel in (True, False):
        lazy = EventMatrix(stored, matrix.channels, SPILL, matrix.keywords, "FCS3.1")
        compare(gate_events(lazy, gates, membership=True, kernel=kernel, threads=2, block_events=700), exact)
