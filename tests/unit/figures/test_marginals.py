"""One channel at a time."""

import numpy as np

from nktrial.figures.marginals import marginal_views
from nktrial.model.pictures import OverlayGate, OverlayView

COUNTS = np.arange(12, dtype=np.uint32).reshape(3, 4)
NK = OverlayGate("Live/NK", ((1.0, 0.5), (2.0, 0.5), (1.5, 2.5)), (3, 4), (5, 6))
VIEW = OverlayView(
    ("a", "b"), "Live", "CD3", "CD56", (0.0, 4.0), (0.0, 3.0), ((1.0, "x"),), ((2.0, "y"),), (COUNTS, 2 * COUNTS),
    (NK, OverlayGate("Live/B", (), (0, 0), (5, 6))),
    histogram=False,
)  # fmt: skip


def test_two_dimensions_become_two_histograms() -> None:
    below, left = marginal_views([VIEW])
    assert (below.x_label, left.x_label) == ("CD3", "CD56")
    assert (below.x_range, left.x_range) == ((0.0, 4.0), (0.0, 3.0))
    assert (below.x_ticks, left.x_ticks) == (((1.0, "x"),), ((2.0, "y"),))
    assert below.histogram
    assert left.histogram
    assert below.counts[0].sum(axis=0).tolist() == [12, 15, 18, 21]
    assert left.counts[1].sum(axis=0).tolist() == [12, 44, 76]


def test_a_gate_becomes_the_range_that_it_spans() -> None:
    below, left = marginal_views([VIEW])
    assert below.gates[0].outline == ((1.0, 0.0), (2.0, 0.0), (2.0, 3.0), (1.0, 3.0))
    assert left.gates[0].outline == ((0.5, 0.0), (2.5, 0.0), (2.5, 4.0), (0.5, 4.0))
    assert below.gates[1].outline == ()
    assert below.gates[0].counts == left.gates[0].counts == (3, 4)


def test_a_view_of_one_dimension_stays() -> None:
    (one,) = marginal_views(marginal_views([VIEW])[:1])
    assert one is not VIEW
    assert one.histogram
