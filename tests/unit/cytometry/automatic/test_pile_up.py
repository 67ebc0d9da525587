"""Values that pile up at an end of the axis, and lattices."""

import numpy as np
import pytest

from nktrial.cytometry.automatic.mixture import mixture_cut
from nktrial.cytometry.automatic.pile_up import lattice_gap, piled_up, without_clipped_tails, without_pile_ups


def test_piled_up_values_are_counted_at_both_ends(rng: np.random.Generator) -> None:
    values = np.sort(np.clip(rng.normal(0.0, 1.0, 10_000), -1.5, 2.0))
    at_low, at_high = piled_up(values, 0.01)
    assert (at_low, at_high) == (int(np.sum(values == -1.5)), int(np.sum(values == 2.0)))
    inner, low, high = without_pile_ups(values)
    assert (low, high) == (at_low, at_high)
    assert (inner.min() > -1.5, inner.max() < 2.0) == (True, True)


def test_a_small_share_and_ordinary_integers_do_not_pile_up(rng: np.random.Generator) -> None:
    assert piled_up(np.sort(np.append(rng.random(2000), [0.0] * 19)), 0.01) == (0, 0)
    assert piled_up(np.sort(rng.integers(0, 50, 5000).astype(float)), 0.01) == (0, 0)


def test_two_values_are_no_pile_up() -> None:
    assert piled_up(np.array([0.0] * 90 + [1.0] * 10), 0.01) == (0, 0)


def test_a_pile_up_with_nothing_beside_it_is_a_population(rng: np.random.Generator) -> None:
    apart = np.sort(np.append(rng.normal(0.7, 0.05, 2000), [0.0] * 1000))
    assert without_clipped_tails(apart)[1:] == (0, 0)
    clipped = np.sort(np.maximum(rng.normal(0.2, 0.2, 3000), 0.0))
    assert without_clipped_tails(clipped)[1] == int(np.sum(clipped == 0.0))


def test_a_clipped_tail_does_not_attract_the_cut_of_a_mixture(rng: np.random.Generator) -> None:
    values = np.concatenate([np.maximum(rng.normal(200.0, 120.0, 9000), 0.0), rng.normal(700.0, 60.0, 3000)])
    cut = mixture_cut(np.rint(values), components=(1, 4), nu=np.inf)
    assert cut.evidence["pile_up_low"] > 300
    assert cut.value == pytest.approx(540.0, abs=60.0)


@pytest.mark.parametrize(
    ("values", "gap"),
    [
        ([0.0, 0.0, 1.0, 1.0, 2.0, 2.0], 1.0),
        ([0.0, 1.0, 2.0, 3.0], 0.0),  # all distinct
        ([4.0] * 9, 0.0),
        (list(np.repeat(np.arange(20.0), 3)) + [100.0] * 2, 1.0),  # one wide gap beyond the 0.9 quantile
    ],
)
def test_gap_of_a_lattice(values: list[float], gap: float) -> None:
    assert lattice_gap(np.array(values)) == gap
