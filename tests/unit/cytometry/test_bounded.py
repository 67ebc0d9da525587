"""Bounds of scales and ratios, and matrices that are inverted already."""

import math

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.compensation import compensation
from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.transforms import displayed, scale_bracket, scale_of
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import (
    Bounded,
    Dimension,
    GatingStrategy,
    Linear,
    Log,
    PolygonGate,
    Ratio,
    RectangleGate,
    SpectrumMatrix,
    Transform,
)

RAW = "uncompensated"
HUNDREDTHS = Bounded(Linear(100.0, 0.0), 0.2, 0.8)


def events(*columns: list[float]) -> EventMatrix:
    channels = tuple(Channel(i, name, "", 64, 1024.0) for i, name in enumerate("XYZ"[: len(columns)]))
    return EventMatrix(np.array(columns).T, channels, None, {}, "FCS3.1")


def inside(matrix: EventMatrix, gate: RectangleGate | PolygonGate, strategy: GatingStrategy) -> list[bool]:
    whole = GatingStrategy((gate,), strategy.transforms, strategy.matrices, strategy.ratios)
    return [bool(flag) for flag in gate_events(matrix, whole, membership=True).membership[gate.id]]


def test_a_bounded_scale_is_cut_off() -> None:
    assert displayed(HUNDREDTHS, np.array([-5.0, 20.0, 50.0, 90.0])).tolist() == [0.2, 0.2, 0.5, 0.8]
    assert scale_of(HUNDREDTHS, np.array([0.5])).tolist() == [50.0]
    assert math.isnan(displayed(Bounded(Log(100.0, 2.0), 0.0), np.array([-1.0]))[0])
    assert displayed(Bounded(Log(100.0, 2.0), 0.0), np.array([0.0])).tolist() == [0.0]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.2, None, [True, True, True, True]),  # all are displayed at 0.2 or above
        (None, 0.2, [False, False, False, False]),
        (0.8, None, [False, False, False, True]),
        (0.81, None, [False, False, False, False]),
        (None, 0.8, [True, True, True, False]),
        (None, 0.9, [True, True, True, True]),
        (0.3, 0.7, [False, False, True, False]),
    ],
)
def test_a_rectangle_on_a_bounded_scale(low: float | None, high: float | None, expected: list[bool]) -> None:
    gate = RectangleGate("A", None, (Dimension("X", RAW, "b", low, high),))
    assert inside(events([-5.0, 20.0, 50.0, 90.0]), gate, GatingStrategy((), {"b": HUNDREDTHS})) == expected


def test_a_polygon_on_a_bounded_scale_holds_what_lies_beyond_the_bounds() -> None:
    square = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]])
    gate = PolygonGate("P", None, (Dimension("X", RAW, "b"), Dimension("Y", RAW, "b")), square)
    matrix = events([-1000.0, 50.0, 1e9], [50.0, 50.0, -7.0])
    assert inside(matrix, gate, GatingStrategy((), {"b": HUNDREDTHS})) == [True, True, True]
    assert inside(matrix, gate, GatingStrategy((), {"b": Linear(100.0, 0.0)})) == [False, True, False]


def test_negative_events_stay_outside_a_bounded_log_scale() -> None:
    scales: dict[str, Transform] = {"b": Bounded(Log(100.0, 2.0), 0.0, 1.0)}
    gate = RectangleGate("A", None, (Dimension("X", RAW, "b", 0.0),))
    assert inside(events([-1.0, 0.0, 1.0, 100.0]), gate, GatingStrategy((), scales)) == [False, True, True, True]


def test_brackets_beyond_the_bounds_decide_every_event() -> None:
    assert scale_bracket(HUNDREDTHS, 0.2) == (-math.inf, -math.inf)
    assert scale_bracket(HUNDREDTHS, 0.9) == (math.inf, math.inf)
    below, above = scale_bracket(HUNDREDTHS, 0.5)
    assert below < 50.0 < above


def test_a_ratio_is_cut_off() -> None:
    gate = RectangleGate("A", None, (Dimension("", RAW, None, 3.0, ratio="r"),))
    matrix = events([2.0, 8.0], [1.0, 1.0])
    assert inside(matrix, gate, GatingStrategy((), ratios={"r": Ratio("X", "Y", 1, 0, 0, None, 3.0)})) == [False, True]
    assert inside(matrix, gate, GatingStrategy((), ratios={"r": Ratio("X", "Y", 1, 0, 0, None, 2.5)})) == [False, False]
    assert inside(matrix, gate, GatingStrategy((), ratios={"r": Ratio("X", "Y", 1, 0, 0, 3.0)})) == [True, True]


def test_an_inverted_matrix_gives_what_its_inverse_gives() -> None:
    # By hand: the inverse of ((1, 0.25), (0.5, 1)) is ((1, -0.25), (-0.5, 1)) / 0.875.
    spill = SpectrumMatrix(("a", "b"), ("X", "Y"), ((1.0, 0.25), (0.5, 1.0)))
    rows = ((1 / 0.875, -0.25 / 0.875), (-0.5 / 0.875, 1 / 0.875))
    direct = compensation(SpectrumMatrix(("a", "b"), ("X", "Y"), rows, inverted=True), {"X": 0, "Y": 1}, "m")
    found = compensation(spill, {"X": 0, "Y": 1}, "m")
    for dye in ("a", "b", "X", "Y"):
        np.testing.assert_allclose(direct[dye].weights, found[dye].weights, rtol=1e-15)
    assert direct["a"].weights == (1 / 0.875, -0.5 / 0.875)  # a column of the inverse: events x S^-1


def test_an_inverted_spectral_matrix_has_a_row_a_detector() -> None:
    positions = {"X": 0, "Y": 1, "Z": 2}
    rows = ((1.0, 0.0), (0.0, 2.0), (-0.5, 4.0))
    mixtures = compensation(SpectrumMatrix(("a", "b"), ("X", "Y", "Z"), rows, inverted=True), positions, "m")
    assert (mixtures["a"].channels, mixtures["a"].weights) == ((0, 2), (1.0, -0.5))
    assert (mixtures["b"].channels, mixtures["b"].weights) == ((1, 2), (2.0, 4.0))
    with pytest.raises(MethodError, match="NK-CYT-05"):
        compensation(SpectrumMatrix(("a", "b"), ("X", "Y", "Z"), rows), positions, "m")


def test_dyes_seen_each_by_one_detector_need_no_third() -> None:
    spectra = SpectrumMatrix(("a", "b"), ("X", "Y", "Z"), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
    mixtures = compensation(spectra, {"X": 0, "Y": 1, "Z": 2}, "m")
    assert (mixtures["b"].channels, mixtures["b"].weights) == ((1,), (1.0,))
