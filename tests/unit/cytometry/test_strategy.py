"""Gating: scale values, parents, boolean gates, refusals, events that are not finite."""

from dataclasses import replace

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.strategy import gate_events
from nktrial.model.events import Channel, EventMatrix, Spillover
from nktrial.model.gates import (
    BooleanGate,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    Log,
    Logicle,
    Operand,
    PolygonGate,
    Ratio,
    RectangleGate,
    SpectrumMatrix,
)
from nktrial.model.origin import Finding

RAW = "uncompensated"


def events(values: object, names: tuple[str, ...] = ("X", "Y"), **channel: float) -> EventMatrix:
    array = np.asarray(values, dtype=np.float32)
    channels = tuple(Channel(i, name, f"CD{i}", 32, 1024.0, **channel) for i, name in enumerate(names))
    return EventMatrix(array, channels, None, {}, "FCS3.1")


def box(name: str, channel: str, low: float | None, high: float | None = None, parent: str | None = None) -> Gate:
    return RectangleGate(name, parent, (Dimension(channel, RAW, None, low, high),))


def counts(matrix: EventMatrix, *gates: Gate, **parts: object) -> dict[str, int]:
    gated = gate_events(matrix, GatingStrategy(gates, **parts))  # type: ignore[arg-type]
    return {population.path: population.count for population in gated.populations}


DATA = events([[0, 0], [1, 5], [2, 5], [3, 1], [4, 9]])


def test_a_rectangle_is_half_open() -> None:
    assert counts(DATA, box("A", "X", 1, 3)) == {"A": 2}


def test_a_child_counts_only_its_parents_events() -> None:
    gated = gate_events(DATA, GatingStrategy((box("B", "Y", 5, parent="A"), box("A", "X", 2))), membership=True)
    assert [(p.path, p.count, p.parent_count) for p in gated.populations] == [("A/B", 2, 3), ("A", 3, 5)]
    assert gated.membership["A/B"].tolist() == [False, False, True, False, True]


def test_boolean_gates_use_populations_with_their_ancestors() -> None:
    gates = (
        box("A", "X", 2),
        box("B", "Y", 5, parent="A"),
        BooleanGate("NotB", None, "not", (Operand("B"),)),
        BooleanGate("Or", None, "or", (Operand("B"), Operand("A", complement=True))),
        BooleanGate("And", "A", "and", (Operand("A"), Operand("B", complement=True))),
    )
    assert counts(DATA, *gates) == {"A": 3, "A/B": 2, "NotB": 3, "Or": 4, "A/And": 1}


def test_gain_divides_and_log_channels_are_made_linear() -> None:
    assert counts(events([[8.0, 0]], gain=4.0), box("A", "X", 2, 2.001)) == {"A": 1}
    # FCS 3.1, $PnE 4,1 with $PnR 1024: 512 of 1024 channels of 4 decades is 100
    assert counts(events([[512.0, 0]], decades=4.0, offset=1.0), box("A", "X", 99.999, 100.001)) == {"A": 1}
    assert counts(events([[512.0, 0]], decades=4.0, offset=0.0), box("A", "X", 99.999, 100.001)) == {"A": 1}


def test_time_is_in_seconds() -> None:
    matrix = replace(events([[500, 0]], ("Time", "Y")), keywords={"$TIMESTEP": "0.01"})
    assert counts(matrix, box("A", "Time", 4.99, 5.01)) == {"A": 1}


def test_a_timestep_that_is_no_number() -> None:
    with pytest.raises(MethodError, match="NK-CYT-03"):
        counts(replace(DATA, keywords={"$TIMESTEP": "fast"}), box("A", "X", 1))


def test_the_files_own_compensation() -> None:
    spill = Spillover(("X", "Y"), np.array([[1.0, 0.5], [0.0, 1.0]]))
    matrix = replace(events([[100, 50]]), spillover=spill)
    gate = RectangleGate("A", None, (Dimension("Y", "FCS", None, -0.1, 0.1),))
    assert counts(matrix, gate) == {"A": 1}
    gated = gate_events(replace(matrix, spillover=None), GatingStrategy((gate,)))
    assert gated.populations[0].count == 0
    assert [finding.code for finding in gated.findings] == ["NK-CYT-07"]


def test_a_matrix_of_the_strategy_by_dye_name() -> None:
    matrix = SpectrumMatrix(("FITC", "PE"), ("X", "Y"), ((1.0, 0.5), (0.0, 1.0)))
    gate = RectangleGate("A", None, (Dimension("PE", "m", None, -0.1, 0.1), Dimension("Y", RAW, None, 50, 51)))
    assert counts(events([[100, 50]]), gate, matrices={"m": matrix}) == {"A": 1}


def test_an_ellipse_includes_its_boundary() -> None:
    gate = EllipsoidGate(
        "E", None, (Dimension("X", RAW), Dimension("Y", RAW)), (0.0, 0.0), ((4.0, 0.0), (0.0, 1.0)), 1.0
    )
    assert counts(events([[2, 0], [0, 1], [2.001, 0], [1.5, 0.7]]), gate) == {"E": 2}


def test_an_ellipse_without_a_positive_definite_covariance() -> None:
    dimensions = (Dimension("X", RAW), Dimension("Y", RAW))
    gate = EllipsoidGate("E", None, dimensions, (0.0, 0.0), ((1.0, 2.0), (2.0, 1.0)), 1.0)
    with pytest.raises(MethodError, match="NK-CYT-12"):
        counts(DATA, gate)


def test_a_ratio_and_its_zero_denominator() -> None:
    gate = RectangleGate("R", None, (Dimension("", RAW, None, 3, None, ratio="r"),))
    data = events([[10, 2], [3, 2], [5, 0], [0, 0]])
    assert counts(data, gate, ratios={"r": Ratio("X", "Y", 1.0, 0.0, 0.0)}) == {"R": 1}


def test_a_log_scale_has_no_place_for_negative_values() -> None:
    gate = RectangleGate("L", None, (Dimension("X", RAW, "log", None, 0.5),))
    assert counts(events([[-5, 0], [0, 0], [99, 0], [101, 0]]), gate, transforms={"log": Log(10000, 4)}) == {"L": 2}


def test_a_polygon_on_a_logicle_scale() -> None:
    square = np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])
    gate = PolygonGate("P", None, (Dimension("X", RAW, "t"), Dimension("Y", RAW, "t")), square)
    # logicle(0) = 0.11, logicle(1000) about 0.45, logicle(262144) = 1 for these parameters
    data = events([[1000, 1000], [0, 1000], [1000, 262144]])
    assert counts(data, gate, transforms={"t": Logicle(262144, 0.5, 4.5, 0)}) == {"P": 1}


def test_values_that_are_not_finite_are_excluded_and_reported() -> None:
    data = events([[np.nan, 1], [np.inf, 1], [2, np.nan], [2, 1]])
    gated = gate_events(data, GatingStrategy((box("A", "X", 1), BooleanGate("N", None, "not", (Operand("A"),)))))
    assert [(p.count, p.parent_count) for p in gated.populations] == [(2, 2), (0, 2)]
    assert gated.excluded == 2
    (finding,) = gated.findings
    assert (finding.code, finding.evidence["excluded"]) == ("NK-CYT-15", 2)


def test_no_events() -> None:
    assert counts(events(np.zeros((0, 2))), box("A", "X", 1)) == {"A": 0}


def test_integer_and_big_endian_values() -> None:
    big = replace(DATA, values=np.asarray(DATA.values, ">u2"))
    assert counts(big, box("A", "X", 1, 3)) == {"A": 2}


def test_the_result_does_not_depend_on_the_block(rng: np.random.Generator) -> None:
    data = events(rng.normal(0, 1, (1000, 2)))
    strategy = GatingStrategy((box("A", "X", 0), box("B", "Y", 0, parent="A")))
    one, many = (gate_events(data, strategy, membership=True, block_events=n) for n in (5000, 7))
    assert one.populations == many.populations
    assert all(np.array_equal(one.membership[path], many.membership[path]) for path in one.membership)


@pytest.mark.parametrize(("name", "hint"), [("x-A", "nearest name is 'X-A'"), ("CD1", "marker of channel 'Y-A'")])
def test_a_channel_that_the_file_lacks(name: str, hint: str) -> None:
    with pytest.raises(MethodError, match=f"NK-CYT-10.*{hint}"):
        counts(events([[1, 1]], ("X-A", "Y-A")), box("A", name, 1))


def test_references_of_a_strategy_made_by_hand() -> None:
    with pytest.raises(MethodError, match="NK-CYT-09"):
        counts(DATA, RectangleGate("A", None, (Dimension("X", "nowhere", None, 1),)))
    with pytest.raises(MethodError, match="NK-CYT-11"):
        counts(DATA, RectangleGate("A", None, (Dimension("X", RAW, "nowhere", 1),)))
    with pytest.raises(MethodError, match="NK-CYT-11"):
        counts(DATA, RectangleGate("A", None, (Dimension("", RAW, None, 1, None, ratio="nowhere"),)))
    with pytest.raises(MethodError, match="NK-CYT-14"):
        counts(DATA, box("A", "X", 1, parent="B"), box("B", "X", 1, parent="A"))


def test_a_population_by_path_or_id() -> None:
    gated = gate_events(DATA, GatingStrategy((box("A", "X", 2), box("B", "Y", 5, parent="A"))))
    assert gated.population("A/B") is gated.population("B")
    with pytest.raises(MethodError, match="NK-CYT-13"):
        gated.population("C")


def test_findings_of_the_gating_file_travel_with_the_result() -> None:
    finding = Finding("NK-GML-24", "warning", "g.xml", "sides cross")
    assert gate_events(DATA, GatingStrategy((), findings=(finding,))).findings == (finding,)


def test_time_is_in_seconds_whatever_its_gain() -> None:
    channels = (Channel(0, "Time", "", 32, 262144.0, gain=0.01), Channel(1, "X", "", 32, 1000.0, gain=2.0))
    matrix = EventMatrix(np.array([[100.0, 10.0], [300.0, 10.0]]), channels, None, {"$TIMESTEP": "0.01"}, "FCS3.1")
    late = RectangleGate("late", None, (Dimension("Time", "uncompensated", None, 2.0, None),))
    half = RectangleGate("half", None, (Dimension("X", "uncompensated", None, 5.0, 5.5),))
    gated = gate_events(matrix, GatingStrategy((late, half)))
    assert [population.count for population in gated.populations] == [1, 2]
