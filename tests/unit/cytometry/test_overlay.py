"""Two samples on the same axes."""

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.overlay import overlay_views
from nktrial.cytometry.strategy import gate_events
from nktrial.model.events import Channel, EventMatrix
from nktrial.model.gates import BooleanGate, Dimension, GatingStrategy, Operand, RectangleGate

RAW = "uncompensated"
STRATEGY = GatingStrategy(
    (
        RectangleGate("A", None, (Dimension("X", RAW, None, 5.0), Dimension("Y", RAW, None, 0.0))),
        RectangleGate("B", "A", (Dimension("Y", RAW, None, 10.0),)),
        BooleanGate("C", None, "not", (Operand("A"),)),
    )
)


def events(rng: np.random.Generator, centre: float, n: int) -> EventMatrix:
    channels = tuple(Channel(i, name, "", 64, 1024.0) for i, name in enumerate("XY"))
    return EventMatrix(rng.normal(centre, 2.0, (n, 2)), channels, None, {}, "FCS3.1")


def test_both_samples_are_counted_on_axes_that_hold_both(rng: np.random.Generator) -> None:
    matrices = events(rng, 20.0, 800), events(rng, 6.0, 500)
    gated = tuple(gate_events(matrix, STRATEGY, membership=True) for matrix in matrices)
    two, one = overlay_views(("a", "b"), matrices, STRATEGY, (gated[0], gated[1]))
    assert (two.parent_path, two.histogram, one.parent_path, one.histogram) == ("", False, "A", True)
    assert [counts.sum() for counts in two.counts] == [800, 500]
    assert two.x_range[0] < 2.0
    assert two.x_range[1] > 24.0
    columns = [counts.sum(axis=0) @ np.arange(256) / counts.sum() for counts in two.counts]
    low, high = two.x_range
    assert [low + (column + 0.5) * (high - low) / 256 for column in columns] == pytest.approx([20.0, 6.0], abs=0.5)
    (gate,) = one.gates
    assert (gate.path, gate.counts) == ("A/B", tuple(result.population("A/B").count for result in gated))
    assert gate.parent_counts == tuple(result.population("A").count for result in gated)
    assert [counts.sum() for counts in one.counts] == list(gate.parent_counts)


def test_nk_cyt_20_membership_of_both_is_needed(rng: np.random.Generator) -> None:
    matrix = events(rng, 5.0, 10)
    full, bare = gate_events(matrix, STRATEGY, membership=True), gate_events(matrix, STRATEGY)
    with pytest.raises(MethodError, match="NK-CYT-20"):
        overlay_views(("a", "b"), (matrix, matrix), STRATEGY, (full, bare))
