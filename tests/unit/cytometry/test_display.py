"""Display values: those of the formula, for whichever events and however often they are asked for."""

import numpy as np
import pytest

from nktrial.cytometry.display import Readable, readable
from nktrial.cytometry.logicle import logicle
from nktrial.cytometry.readout import readings, readout
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import Dimension, GatingStrategy, Log, Logicle, RectangleGate, Transform

EVENTS = 150_000  # more than two blocks
TOP = 262144.0
RAW = "uncompensated"
SCALES: dict[str, Transform] = {"l": Logicle(TOP, 0.5, 4.5, 0.0), "g": Log(TOP, 4.5)}
DIMENSIONS = (Dimension("A", RAW, "l", 0.2), Dimension("B", RAW, "l", 0.2), Dimension("C", RAW, "g", 0.2))
STRATEGY = GatingStrategy((RectangleGate("g", None, DIMENSIONS),), SCALES)


@pytest.fixture
def matrix(rng: np.random.Generator) -> EventMatrix:
    channels = tuple(Channel(i, name, "", 32, TOP) for i, name in enumerate("ABC"))
    return EventMatrix(rng.normal(500, 700, (EVENTS, 3)).astype(np.float32), channels, None, {}, "FCS3.1")


@pytest.mark.parametrize("kept_bytes", [0, 9 * EVENTS, 10**9])
def test_each_population_has_its_own_events(rng: np.random.Generator, matrix: EventMatrix, kept_bytes: int) -> None:
    sample = Readable(matrix, readings(STRATEGY, matrix), kept_bytes=kept_bytes)
    sources = [(readout(item, sample.known, "g")[0], SCALES[item.transform or ""]) for item in DIMENSIONS]
    raw = np.asarray(matrix.values[:], dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        wanted = [*(logicle(raw[:, axis], TOP, 0.5, 4.5, 0.0) for axis in (0, 1)), np.log10(raw[:, 2] / TOP) / 4.5 + 1]
    last_block = np.arange(EVENTS) >= 140_000
    parents = [rng.random(EVENTS) < 0.1, last_block, np.zeros(EVENTS, dtype=bool), None, rng.random(EVENTS) < 0.5]
    for parent in parents:
        chosen = np.ones(EVENTS, dtype=bool) if parent is None else parent
        for x, y in ((0, 1), (1, 2), (0, 0), (2, 0)):
            shown = sample.shown(sources[x], sources[y], parent)
            good = chosen & np.isfinite(wanted[x]) & np.isfinite(wanted[y])
            for found, axis in zip(shown, (x, y), strict=True):
                np.testing.assert_allclose(found, wanted[axis][good], rtol=0, atol=1e-14)


def test_a_file_without_events_has_no_values(matrix: EventMatrix) -> None:
    sample = readable(EventMatrix(matrix.values[:0], matrix.channels, None, {}, "FCS3.1"), STRATEGY)
    source = (readout(DIMENSIONS[0], sample.known, "g")[0], None)
    for parent in (None, np.zeros(0, dtype=bool)):
        x, y = sample.shown(source, source, parent)
        assert x.size == y.size == 0
