"""Any strategy that can be written reads back as itself; the strategies hold every element of Gating-ML 2.0."""

from typing import Literal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.window import Window
from nktrial.model.gates import (
    Asinh,
    BooleanGate,
    Bounded,
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
    Scale,
    SpectrumMatrix,
    Transform,
)

numbers = st.floats(allow_nan=False, allow_infinity=False)
small = st.floats(0.01, 1.0)
# Names with everything that XML must escape; ids with what nktrial's own rule for ids admits.
names = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs", "Zs"]), min_size=1)
ids = names.filter(lambda text: "/" not in text and text[0] not in "=+-@" and text.isprintable() and len(text) <= 100)


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    T, M = draw(st.floats(1e-6, 1e15)), draw(st.floats(0.5, 50.0))
    W = draw(small) * M / 2
    A = min(draw(small) * (M - 2 * W), M - 2 * W)
    kind = draw(st.sampled_from([Linear, Log, Asinh, Logicle, Hyperlog]))
    if kind is Linear:
        return Linear(T, draw(st.floats(0.0, 1.0)) * T)
    if kind is Log:
        return Log(T, M)
    if kind is Asinh:
        return Asinh(T, M, draw(st.floats(0.0, 1.0)) * M)
    biexponential: type[Logicle | Hyperlog] = Logicle if kind is Logicle else Hyperlog
    return biexponential(T, W, M, draw(st.sampled_from([A, 0.0, -W])))


@st.composite
def transforms(draw: st.DrawFn) -> Transform:
    scale = draw(scales())
    low, high = sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
    return draw(st.sampled_from([scale, *(Bounded(scale, *pair) for pair in ((low, None), (None, high), (low, high)))]))


@st.composite
def matrices(draw: st.DrawFn) -> SpectrumMatrix:
    dyes = tuple(draw(st.lists(names, min_size=1, max_size=4, unique=True)))
    detectors = tuple(draw(st.lists(names, min_size=len(dyes), max_size=6, unique=True)))
    inverted = draw(st.booleans())
    height, width = (len(detectors), len(dyes)) if inverted else (len(dyes), len(detectors))
    row = st.lists(numbers, min_size=width, max_size=width).map(tuple)
    return SpectrumMatrix(dyes, detectors, tuple(draw(st.lists(row, min_size=height, max_size=height))), inverted)


@st.composite
def ratios(draw: st.DrawFn) -> Ratio:
    low, high = sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
    bounds = draw(st.sampled_from([(None, None), (low, None), (low, high)]))
    return Ratio(draw(names), draw(names), draw(numbers), draw(numbers), draw(numbers), *bounds)


def covariances(size: int) -> st.SearchStrategy[tuple[tuple[float, ...], ...]]:
    """Symmetric and positive definite: a diagonal that outweighs what stands beside it."""

    def made(parts: tuple[list[float], float]) -> tuple[tuple[float, ...], ...]:
        spread, beside = parts
        values = np.diag(np.array(spread)) + beside * min(spread) / (2 * size) * (1 - np.eye(size))
        return tuple(tuple(map(float, row)) for row in values)

    spread = st.lists(st.floats(1e-3, 1e6), min_size=size, max_size=size)
    return st.tuples(spread, st.floats(-1.0, 1.0)).map(made)


@st.composite
def gates(draw: st.DrawFn, strategy: GatingStrategy, name: str, known: list[str]) -> Gate:
    def dimension(low: float | None = None, high: float | None = None) -> Dimension:
        compensation = draw(st.sampled_from(["uncompensated", "FCS", *strategy.matrices]))
        transform = draw(st.sampled_from([None, *strategy.transforms]))
        ratio = draw(st.sampled_from([None, *strategy.ratios]))
        return Dimension("" if ratio else draw(names), compensation, transform, low, high, ratio)

    parent = draw(st.sampled_from([None, *known]))
    kind = draw(st.sampled_from(["rectangle", "polygon", "ellipsoid", "boolean"] if known else ["rectangle"]))
    if kind == "rectangle":
        pairs = st.lists(numbers, min_size=2, max_size=2, unique=True).map(sorted)
        sides = [draw(pairs) for _ in range(draw(st.integers(1, 4)))]
        open_sides = st.sampled_from([(True, True), (True, False), (False, True), (False, False)])
        shown = [draw(open_sides) for _ in sides]
        return RectangleGate(
            name,
            parent,
            tuple(
                dimension(a if low else None, b if high else None)
                for (a, b), (low, high) in zip(sides, shown, strict=True)
            ),
        )
    if kind == "polygon":
        corners = draw(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=8))
        return PolygonGate(name, parent, (dimension(), dimension()), np.array(corners))
    if kind == "ellipsoid":
        size = draw(st.integers(2, 5))
        mean = tuple(draw(st.lists(numbers, min_size=size, max_size=size)))
        distance = draw(st.floats(0.0, 1e9))
        return EllipsoidGate(
            name, parent, tuple(dimension() for _ in range(size)), mean, draw(covariances(size)), distance
        )
    operator: Literal["and", "or", "not"] = draw(st.sampled_from(["and", "or", "not"]))
    count = 1 if operator == "not" else draw(st.integers(2, 4))
    operands = tuple(Operand(draw(st.sampled_from(known)), draw(st.booleans())) for _ in range(count))
    return BooleanGate(name, parent, operator, operands)


@st.composite
def strategies(draw: st.DrawFn) -> GatingStrategy:
    taken = draw(
        st.lists(ids.filter(lambda text: text not in ("FCS", "uncompensated")), min_size=8, max_size=14, unique=True)
    )
    empty = GatingStrategy(
        (),
        {taken[0]: draw(transforms()), taken[1]: draw(transforms())},
        {taken[2]: draw(matrices())},
        {taken[3]: draw(ratios())},
    )
    found: list[Gate] = []
    for name in taken[4:]:
        found.append(draw(gates(empty, name, [gate.id for gate in found])))
    turned = draw(st.permutations(found))  # a gate may stand before those that it refers to
    return GatingStrategy(tuple(turned), empty.transforms, empty.matrices, empty.ratios)


@settings(max_examples=150, deadline=None)
@given(strategies())
def test_read_of_written_is_the_same_strategy(strategy: GatingStrategy) -> None:
    document = write_gating_ml(strategy)
    again = read_gating_ml(Window(document, "written.xml"))
    assert again == strategy
    assert write_gating_ml(again) == document
