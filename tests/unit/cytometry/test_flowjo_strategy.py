"""From drawn gates to gates of a file: names, scales, dependencies, what is left out, and the way back."""

from collections.abc import Mapping

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.flowjo_drawing import drawn_sample
from nktrial.cytometry.flowjo_strategy import SampleGates, sample_gates
from nktrial.cytometry.strategy import Gated, gate_events
from nktrial.formats.flowjo_sample import events_finding, workspace_sample
from nktrial.model.events import Channel, EventMatrix, Spillover
from nktrial.model.gates import (
    Dimension,
    EllipsoidGate,
    GatingStrategy,
    Hyperlog,
    Logicle,
    PolygonGate,
    Range,
    Ratio,
    RectangleGate,
    SpectrumMatrix,
    Transform,
)
from nktrial.model.workspace import (
    DrawnAxis,
    DrawnBoolean,
    DrawnGate,
    DrawnPopulation,
    Workspace,
    WorkspaceSample,
)

CHANNELS = tuple(Channel(index, name, "", 32, 1000.0) for index, name in enumerate(("X", "Y", "A/B", "Time")))
SCALES: dict[str, Transform | str] = {"X": Range(0.0, 1000.0), "Y": Range(0.0, 1000.0), "A_B": Range(0.0, 1000.0)}
LEFT = DrawnGate("rectangle", (DrawnAxis("X", 0.0, 500.0),))
LOWER = DrawnGate("rectangle", (DrawnAxis("Y", 0.0, 500.0),))


def population(path: str, gate: DrawnGate | DrawnBoolean | str) -> DrawnPopulation:
    parent, _, name = path.rpartition("/")
    return DrawnPopulation(path, parent or None, name, gate, None)


def sample_of(
    *populations: DrawnPopulation,
    matrix: SpectrumMatrix | None = None,
    scales: Mapping[str, Transform | str] = SCALES,
    names: tuple[str, str, str] = ("a.fcs", "a.fcs", "a.fcs"),
) -> WorkspaceSample:
    return WorkspaceSample("1", *names, 4, scales, matrix, populations)


def gates(sample: WorkspaceSample, *, as_flowjo: bool = False, version: str = "10.7.1") -> SampleGates:
    return sample_gates(sample, CHANNELS, version=version, as_flowjo=as_flowjo)


def counted(sample: WorkspaceSample, values: np.ndarray, *, as_flowjo: bool = False) -> Gated:
    return gate_events(EventMatrix(values, CHANNELS, None, {}, "FCS3.1"), gates(sample, as_flowjo=as_flowjo).strategy)


VALUES = np.array([[100.0, 100, 0, 0], [100, 900, 0, 0], [900, 100, 0, 0], [900, 900, 0, 0]])


def counts(gated: Gated) -> dict[str, int]:
    return {one.path: one.count for one in gated.populations}


def test_nested_gates_and_booleans_that_name_later_populations() -> None:
    sample = sample_of(
        population("Either", DrawnBoolean("or", ("Left", "/Lower"))),
        population("Left", LEFT),
        population("Left/Lower", LOWER),
        population("Lower", LOWER),
        population("Left/Not lower", DrawnBoolean("not", ("Lower",))),
    )
    assert counts(counted(sample, VALUES)) == {"Either": 3, "Left": 2, "Left/Lower": 1, "Lower": 2, "Left/Not lower": 1}


def test_a_gate_turned_outside_in_holds_the_others_of_its_parent() -> None:
    outside = DrawnGate("rectangle", LOWER.axes, outside=True)
    sample = sample_of(population("Left", LEFT), population("Left/Upper", outside))
    assert counts(counted(sample, VALUES)) == {"Left": 2, "Left/Upper": 1}


def test_what_is_left_out_is_named_with_all_that_depends_on_it() -> None:
    found = gates(
        sample_of(
            population("S", "the gate 'SpiderGate' is not supported"),
            population("S/Below", LEFT),
            population("With", DrawnBoolean("and", ("S", "Left"))),
            population("Left", LEFT),
            population("Gone", DrawnGate("rectangle", (DrawnAxis("Q", 0.0, 1.0),))),
            population("Circle 1", DrawnBoolean("not", ("Circle 2",))),
            population("Circle 2", DrawnBoolean("not", ("Circle 1",))),
        )
    )
    assert [gate.id for gate in found.strategy.gates] == ["Left"]
    reasons = {one.path: one.reason for one in found.unsupported}
    assert reasons["S"] == "the gate 'SpiderGate' is not supported"
    assert reasons["S/Below"] == "its parent is not counted"
    assert reasons["With"] == "population 'S', of which it is made, is not counted"
    assert reasons["Gone"] == "the file has no channel 'Q'"
    assert reasons["Circle 1"] == reasons["Circle 2"] == "it depends on itself"
    (finding,) = [one for one in found.strategy.findings if one.code == "NK-WSP-11"]
    assert all(path in finding.message for path in reasons)


def test_a_scale_that_cannot_be_read_leaves_its_gates_out() -> None:
    found = gates(sample_of(population("L", LEFT), scales={"X": "the scale 'miltenyi' is not supported"}))
    assert [one.reason for one in found.unsupported] == ["the scale 'miltenyi' is not supported"]


def test_underscore_stands_for_a_slash_and_is_said() -> None:
    found = gates(sample_of(population("L", DrawnGate("rectangle", (DrawnAxis("A_B", 0.0, 1.0),)))))
    (gate,) = found.strategy.gates
    assert isinstance(gate, RectangleGate)
    assert gate.dimensions[0].channel == "A/B"
    assert [one.code for one in found.strategy.findings] == ["NK-WSP-15"]


def test_a_gain_is_said() -> None:
    gained = (Channel(0, "X", "", 32, 1000.0, gain=8.0),)
    found = sample_gates(sample_of(population("L", LEFT)), gained, version="10.8", as_flowjo=False)
    assert [one.code for one in found.strategy.findings] == ["NK-WSP-18"]


def test_a_dye_of_the_matrix_is_compensated() -> None:
    matrix = SpectrumMatrix(("Comp-X", "Comp-Y"), ("X", "Y"), ((1.0, 0.0), (0.5, 1.0)))
    low = DrawnGate("rectangle", (DrawnAxis("Comp-X", None, 60.0),))
    sample = sample_of(population("Low", low), matrix=matrix)
    assert counts(counted(sample, VALUES)) == {"Low": 2}  # 100 - 50, 100 - 450; 900 - 50, 900 - 450 stay above


def test_a_matrix_of_channels_that_the_file_lacks() -> None:
    matrix = SpectrumMatrix(("Comp-X", "Comp-Q"), ("X", "Q"), ((1.0, 0.0), (0.5, 1.0)))
    found = gates(sample_of(population("L", DrawnGate("rectangle", (DrawnAxis("Comp-X", 0.0, 1.0),))), matrix=matrix))
    assert [one.reason for one in found.unsupported] == ["the file has no channel 'Q', which the compensation needs"]


def test_as_flowjo_bins_polygons_and_says_where_it_cannot() -> None:
    triangle = DrawnGate(
        "polygon", (DrawnAxis("X"), DrawnAxis("Y")), ((0.0, 0.0), (501.0, 0.0), (0.0, 501.0)), bins=256
    )
    timed = DrawnGate("polygon", (DrawnAxis("Time"), DrawnAxis("Y")), triangle.points, bins=256)
    quadrant = DrawnGate("polygon", triangle.axes, triangle.points, bins=256, quadrant=True)
    sample = sample_of(population("T", triangle), population("Timed", timed), population("Q", quadrant))
    exact, binned = gates(sample), gates(sample, as_flowjo=True)
    assert all(isinstance(gate, PolygonGate) and gate.bin_vertices is None for gate in exact.strategy.gates)
    first = binned.strategy.gates[0]
    assert isinstance(first, PolygonGate)
    assert first.bin_vertices == ((0, 0), (128, 0), (0, 128))
    assert [one.code for one in binned.strategy.findings] == ["NK-WSP-17", "NK-WSP-16"]
    on_the_edge = np.array([[501.9, 0.0, 0, 0]])  # beyond the side, in the same bin
    assert counts(counted(sample, on_the_edge, as_flowjo=True))["T"] == 1
    assert counts(counted(sample, on_the_edge))["T"] == 0


def test_curves_are_said_to_be_approximate() -> None:
    centre = DrawnGate("curly quadrant", (DrawnAxis("X", 500.0, None), DrawnAxis("Y", None, 500.0)))
    ellipse = DrawnGate(
        "ellipse",
        centre.axes,
        foci=((10.0, 10.0), (20.0, 10.0)),
        edge=((5.0, 10.0), (25.0, 10.0), (15.0, 1.0), (15.0, 19.0)),
        distance=60.0,
    )
    flat = DrawnGate("ellipse", centre.axes, foci=ellipse.foci, distance=5.0)
    found = gates(sample_of(population("C", centre), population("E", ellipse), population("F", flat)), as_flowjo=True)
    assert [one.code for one in found.strategy.findings] == [
        "NK-WSP-17", "NK-WSP-13", "NK-WSP-17", "NK-WSP-14", "NK-WSP-17", "NK-WSP-11",
    ]  # fmt: skip
    assert [one.reason for one in found.unsupported] == ["the foci of its ellipse lie outside it"]
    assert isinstance(found.strategy.gates[1], EllipsoidGate)


def test_sample_by_file_then_name_then_fil() -> None:
    tube = sample_of(names=("Tube 1", "x.fcs", "orig.fcs"))
    other = sample_of(names=("Tube 2", "y.fcs", "orig2.fcs"))
    known = Workspace("10.8", (tube, other), ())
    assert workspace_sample(known, "X.FCS", "") is tube
    assert workspace_sample(known, "tube 2", "") is other
    assert workspace_sample(known, "renamed.fcs", "orig2.fcs ") is other
    with pytest.raises(MethodError, match=r"NK-WSP-08.*'Tube 1', 'Tube 2'"):
        workspace_sample(known, "z.fcs", "")
    twice = Workspace("10.8", (tube, sample_of(names=("Tube 3", "x.fcs", "orig3.fcs"))), ())
    assert workspace_sample(twice, "x.fcs", "orig3.fcs") is twice.samples[1]
    with pytest.raises(MethodError, match="NK-WSP-09"):
        workspace_sample(twice, "x.fcs", "")


def test_another_number_of_events_is_said() -> None:
    assert events_finding(sample_of(), 4, "a.fcs") == ()
    (finding,) = events_finding(sample_of(), 5, "a.fcs")
    assert (finding.code, finding.severity) == ("NK-WSP-10", "warning")


AXES = (Dimension("X", "FCS", "l"), Dimension("Y", "uncompensated", "l"))
STRATEGY = GatingStrategy(
    (
        PolygonGate("P", None, AXES, np.array([[0.1, 0.1], [0.9, 0.2], [0.5, 0.95]])),
        EllipsoidGate("E", "P", AXES, (0.5, 0.4), ((0.02, 0.005), (0.005, 0.03)), 1.5),
        RectangleGate("R", "E", (Dimension("X", "FCS", "l", 0.3, 0.6),)),
    ),
    {"l": Logicle(1000.0, 0.5, 3.0, 0.0), "h": Hyperlog(1000.0, 0.5, 3.0, 0.0)},
    ratios={"r": Ratio("X", "Y", 1.0, 0.0, 0.0)},
)
SPILLOVER = Spillover(("X", "Y"), np.array([[1.0, 0.1], [0.05, 1.0]]))


def drawn(strategy: GatingStrategy) -> WorkspaceSample:
    return drawn_sample(
        strategy, CHANNELS, SPILLOVER, sample_id="1", file_name="a.fcs", fil="", events=4, counts={"P": 3}
    )


def test_drawn_and_made_again_holds_the_same_events() -> None:
    rng = np.random.default_rng(5)
    values = rng.lognormal(4.0, 1.5, (5_000, 4))
    matrix = EventMatrix(values, CHANNELS, SPILLOVER, {}, "FCS3.1")
    one = gate_events(matrix, STRATEGY, membership=True)
    sample = drawn(STRATEGY)
    two = gate_events(matrix, gates(sample).strategy, membership=True)
    assert sample.populations[0].count == 3
    assert 0 < one.populations[2].count < one.populations[1].count < one.populations[0].count
    for path, flags in one.membership.items():
        assert np.count_nonzero(flags != two.membership[path]) == 0, path


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (RectangleGate("G", None, (Dimension("", "FCS", None, 0.0, 1.0, ratio="r"),)), "ratio"),
        (RectangleGate("G", None, (Dimension("X", "FCS", "h", 0.0, 1.0),)), "hyperlog"),
        (
            RectangleGate("G", None, (Dimension("X", "FCS"), Dimension("Y", "FCS"), Dimension("Time", "FCS"))),
            "at most 2",
        ),
        (
            EllipsoidGate("G", None, (Dimension("X", "FCS"), Dimension("Y", "FCS")), (0, 0), ((1, 0), (0, 1)), 1),
            "scale values",
        ),
    ],
)
def test_what_flowjo_cannot_hold_is_refused_by_name(gate: RectangleGate | EllipsoidGate, words: str) -> None:
    with pytest.raises(MethodError, match=f"NK-WSP-20.*'G'.*{words}"):
        drawn(GatingStrategy((gate,), STRATEGY.transforms, ratios=STRATEGY.ratios))
