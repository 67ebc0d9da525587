"""What a gate of activated Treg looks at: the simulated panel's own gates, and the same with one marker changed."""

from dataclasses import replace

import pytest

from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.treg_gate import PHENOTYPE, treg_markers
from nktrial.model.events import EventMatrix
from nktrial.model.gates import Dimension, GatingStrategy, RectangleGate
from nktrial.simulate.cytometer import Tube, acquire
from nktrial.simulate.streams import stream
from nktrial.simulate.treg_panel import TREG_PANEL, treg_gates

SHARES = (("CD4", 0.5), ("Treg resting", 0.05), ("Treg activated", 0.05), ("T other", 0.2), ("B", 0.1), ("NK", 0.1))
LIVE = "Singlets/Lymphocytes/Live"
ACTIVATED = f"{LIVE}/CD4/Treg/Activated"


@pytest.fixture(scope="module")
def matrix() -> EventMatrix:
    tube = Tube(0.1, (*SHARES, ("debris", 0.0)))
    return acquire(stream(5, "treg gate"), tube, events=6_000, panel=TREG_PANEL)


def uses(matrix: EventMatrix, strategy: GatingStrategy, path: str = ACTIVATED) -> dict[str, str]:
    gated = gate_events(matrix, strategy, membership=True)
    return dict(treg_markers(matrix, strategy, gated, activated=path, lymphocytes=LIVE))


def with_gate(name: str, change: object) -> GatingStrategy:
    strategy = treg_gates()
    gates = tuple(
        replace(gate, dimensions=tuple(change(dimension) for dimension in gate.dimensions))  # type: ignore[operator]
        if isinstance(gate, RectangleGate) and gate.id == name
        else gate
        for gate in strategy.gates
    )
    return replace(strategy, gates=gates)


def test_the_panels_own_gates_use_all_five(matrix: EventMatrix) -> None:
    assert uses(matrix, treg_gates()) == dict.fromkeys(PHENOTYPE, "as it should")


def test_the_gate_holds_the_activated_cells(matrix: EventMatrix) -> None:
    counts = {one.path: one.count for one in gate_events(matrix, treg_gates()).populations}
    live, cd4, activated = counts[LIVE], counts[f"{LIVE}/CD4"], counts[ACTIVATED]
    assert cd4 / live == pytest.approx(0.6, abs=0.03)  # shares of the tube, three standard deviations of 4,700 events
    assert activated / cd4 == pytest.approx(0.05 / 0.6, abs=0.017)


@pytest.mark.parametrize(
    ("gate", "channel", "marker"),
    [
        ("CD4", "BV421-A", "CD4"),
        ("Treg", "PE-A", "CD25"),
        ("Treg", "PE-Cy7-A", "CD127"),
        ("Activated", "APC-A", "FoxP3"),
        ("Activated", "PerCP-Cy5-5-A", "Ki-67"),
    ],
)
def test_a_turned_marker_is_on_the_wrong_side_and_an_unbounded_one_has_none(
    matrix: EventMatrix, gate: str, channel: str, marker: str
) -> None:
    def turned(one: Dimension) -> Dimension:
        return replace(one, low=one.high, high=one.low) if one.channel == channel else one

    def unbounded(one: Dimension) -> Dimension:
        return replace(one, low=None, high=None) if one.channel == channel else one

    assert uses(matrix, with_gate(gate, turned))[marker] == "wrong side"
    assert uses(matrix, with_gate(gate, unbounded))[marker] in {"no clear side", "not used"}


def test_a_marker_that_no_gate_looks_at_is_not_used(matrix: EventMatrix) -> None:
    found = uses(matrix, treg_gates(), f"{LIVE}/CD4/Treg")
    assert (found["Ki-67"], found["FoxP3"], found["CD25"]) == ("not used", "not used", "as it should")
