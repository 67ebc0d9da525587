"""What holds of every cut: order, shift and scale of the values, and values of any kind."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.cytometry.automatic.cut import Cut
from nktrial.cytometry.automatic.mixture import mixture_cut
from nktrial.cytometry.automatic.quantile import quantile_cut
from nktrial.cytometry.automatic.tail import mad_cut, tail_cut
from nktrial.cytometry.automatic.valley import valley_cut

CUTS: dict[str, Callable[[np.ndarray], Cut]] = {
    "valley": valley_cut,
    "tail": tail_cut,
    "left tail": partial(tail_cut, side="left"),
    "mad": mad_cut,
    "quantile": partial(quantile_cut, q=0.95),
    "mixture": mixture_cut,
    "normal mixture": partial(mixture_cut, components=(1, 3), nu=math.inf),
}


@pytest.fixture
def two_populations(rng: np.random.Generator) -> np.ndarray:
    return np.concatenate([rng.normal(0.3, 0.05, 2000), rng.normal(0.65, 0.06, 900)])


@pytest.mark.parametrize("name", CUTS)
def test_the_order_of_events_changes_no_bit(name: str, two_populations: np.ndarray, rng: np.random.Generator) -> None:
    assert CUTS[name](two_populations) == CUTS[name](rng.permutation(two_populations))


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 4.0), (3.0, 1.0), (-200.0, 250.0)])
def test_a_cut_moves_with_the_values(name: str, shift: float, scale: float, two_populations: np.ndarray) -> None:
    here, there = CUTS[name](two_populations), CUTS[name](shift + scale * two_populations)
    assert here.value is not None
    assert there.value == pytest.approx(shift + scale * here.value, abs=1e-6 * scale)
    assert there.quality == pytest.approx(here.quality, abs=1e-6)


@pytest.mark.parametrize("name", CUTS)
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=60)
    | st.lists(st.integers(0, 5).map(float), max_size=300)
)
def test_any_values_give_a_finite_cut_or_a_problem(name: str, values: list[float]) -> None:
    cut = CUTS[name](np.array(values))
    assert 0.0 <= cut.quality <= 1.0
    assert all(np.isfinite(number) for number in cut.evidence.values())
    assert (cut.value is None) == bool(cut.problem)
    if cut.value is not None:
        assert np.isfinite(cut.value)
