"""The isolation tree: what R's functions give, and its edges."""

import numpy as np
import pytest

from nktrial.cytometry.quality.isolation import largest_leaf

A = [1, 1.1, 0.9, 1.05, 1.02, 5, 5.1, 0.95, 1.01, 0.98]
B = [2, 2.2, 2.1, 1.9, 2.05, 2.1, 2, 2.15, 9, 1.95]


def test_equal_to_r() -> None:
    # PeacoQC's isolationTreeSD in R 4.2.2, limit 0.55: one split of track 2 at 2.2, gain 0.9779912, bin 9 left out.
    # Track 1's split (gain 0.96) no longer exceeds the limit, which the first split has raised.
    kept, splits = largest_leaf(np.column_stack([A, B]), 0.55)
    assert np.flatnonzero(~kept).tolist() == [8]
    (split,) = splits
    assert (split.track, split.value) == (1, 2.2)
    assert split.gain == pytest.approx(0.9779912, abs=1e-7)


def test_three_bins_are_not_split() -> None:
    kept, splits = largest_leaf(np.array([[1.0], [1.0], [9.0]]), 0.1)
    assert kept.all()
    assert splits == ()


def test_equal_bins_are_not_split() -> None:
    kept, splits = largest_leaf(np.full((20, 2), 3.0), 0.1)
    assert kept.all()
    assert splits == ()


def test_a_limit_above_every_gain_keeps_all(rng: np.random.Generator) -> None:
    kept, _ = largest_leaf(rng.normal(size=(200, 3)), 0.9)
    assert kept.all()
