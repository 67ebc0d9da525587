"""Templates on events as no cytometer should give them: gates, "not evaluable", or an error of the family."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.core.errors import NkTrialError
from nktrial.cytometry.strategy import gate_events
from nktrial.cytometry.templates.draw import draw_gates
from nktrial.formats.gatingml import read_gating_ml
from nktrial.formats.gatingml_write import write_gating_ml
from nktrial.formats.template import load_template
from nktrial.formats.window import Window
from nktrial.model.events import Channel, EventMatrix

MARKERS = {
    "FSC-A": "", "FSC-H": "", "FSC-W": "", "SSC-A": "", "B1-A": "CD3", "B2-A": "CD56", "B3-A": "CD16", "B4-A": "Aqua",
    "B5-A": "CD4", "B6-A": "CD8", "B7-A": "CD19", "B8-A": "CD10", "B9-A": "CD14", "V1-A": "FoxP3", "V2-A": "CD127",
    "V3-A": "CD25", "V4-A": "Ki-67", "V5-A": "CD20", "V6-A": "Syto 41",
}  # fmt: skip


Values = Callable[[np.random.Generator], NDArray[np.float64]]
EVENTS, COLUMNS = 3000, len(MARKERS)


def not_finite(rng: np.random.Generator) -> NDArray[np.float64]:
    values = rng.normal(1e4, 2e3, (EVENTS, COLUMNS))
    values[::2, ::3] = np.nan
    values[1::4, 1::3] = np.inf
    return values


KINDS: dict[str, Values] = {
    "none": lambda _: np.zeros((0, COLUMNS)),
    "one": lambda _: np.full((1, COLUMNS), 1000.0),
    "equal": lambda _: np.full((EVENTS, COLUMNS), 1000.0),
    "zeros": lambda _: np.zeros((EVENTS, COLUMNS)),
    "noise": lambda rng: rng.normal(0.0, 1e4, (EVENTS, COLUMNS)),
    "huge": lambda rng: rng.normal(0.0, 1e30, (EVENTS, COLUMNS)),
    "not finite": not_finite,
    "two values": lambda rng: rng.choice([0.0, 262143.0], (EVENTS, COLUMNS)),
    "line": lambda _: np.outer(np.linspace(-1e4, 2e5, EVENTS), np.ones(COLUMNS)),
    "few integers": lambda rng: rng.integers(0, 3, (EVENTS, COLUMNS)).astype(np.float64),
}


@pytest.mark.parametrize("template", ["nk", "treg", "ball_mrd", "tbnk"])
@pytest.mark.parametrize("kind", KINDS)
def test_gates_or_a_reason(template: str, kind: str, rng: np.random.Generator) -> None:
    channels = tuple(Channel(i, name, marker, 32, 262144.0) for i, (name, marker) in enumerate(MARKERS.items()))
    matrix = EventMatrix(KINDS[kind](rng), channels, None, {}, "FCS3.1")
    try:
        drawn = draw_gates(matrix, load_template(template))
    except NkTrialError:
        return
    for gate in drawn.gates:
        assert gate.status == "drawn" or gate.reason
        assert gate.quality is None or 0.0 <= gate.quality <= 1.0
    strategy = read_gating_ml(Window(write_gating_ml(drawn.strategy), "gates.xml"))
    assert gate_events(matrix, strategy).populations == gate_events(matrix, drawn.strategy).populations
