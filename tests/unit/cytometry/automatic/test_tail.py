"""Cut in the tail of the main population."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.tail import mad_cut, tail_cut


def normal_values(events: int, mean: float = 0.0, sd: float = 1.0) -> np.ndarray:
    """Return values spaced as the quantiles of a normal distribution."""
    return np.asarray(norm.ppf((np.arange(events) + 0.5) / events, mean, sd))


def flat_point(sd: float, tolerance: float) -> float:
    """Return where the slope of a normal density falls to a share of its steepest, at 1 sd."""
    steepest = norm.pdf(1.0)
    return sd * float(brentq(lambda z: z * norm.pdf(z) - tolerance * steepest, 1.0, 10.0))


@pytest.mark.parametrize("tolerance", [0.1, 0.05, 0.01])
def test_cut_of_a_normal_population_is_where_its_slope_is_small(tolerance: float) -> None:
    cut = tail_cut(normal_values(100_000, 5.0, 0.5), tolerance=tolerance)
    width = float(np.hypot(0.5, cut.evidence["bandwidth"]))
    assert cut.value == pytest.approx(5.0 + flat_point(width, tolerance), abs=0.05 * width)
    assert cut.evidence["peak"] == pytest.approx(5.0, abs=0.05)
    assert cut.evidence["spread"] == pytest.approx(width, rel=0.1)
    assert cut.quality > 0.9


def test_side_is_obeyed(rng: np.random.Generator) -> None:
    values = rng.normal(0.4, 0.05, 20_000)
    right, left = tail_cut(values), tail_cut(-values, side="left")
    assert right.value is not None
    assert right.value > 0.5
    assert left.value == -right.value
    assert left.quality == right.quality
    mirrored = tail_cut(values, side="left")
    assert mirrored.value is not None
    assert mirrored.value < 0.3
    narrow = tail_cut(values, low=0.3, high=0.6)
    assert tail_cut(-values, side="left", low=-0.6, high=-0.3).value == -float(narrow.value or 0.0)


def test_a_second_population_is_not_followed(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.normal(0.3, 0.04, 20_000), rng.normal(0.7, 0.02, 8000)])
    cut = tail_cut(values)
    assert cut.value is not None
    assert 0.35 < cut.value < 0.62
    # The positive population is the highest peak here; the first one is still the negative.
    values = np.concatenate([rng.normal(0.3, 0.04, 8000), rng.normal(0.7, 0.04, 20_000)])
    first, highest = tail_cut(values, reference="first"), tail_cut(values)
    assert first.value is not None
    assert highest.value is not None
    assert first.value < 0.6
    assert highest.value > 0.75


def test_rare_positive_events_do_not_move_the_cut_far(rng: np.random.Generator) -> None:
    negative = rng.normal(0.3, 0.05, 20_000)
    alone = tail_cut(negative)
    with_rare = tail_cut(np.concatenate([negative, rng.normal(0.7, 0.05, 100)]))
    assert alone.value is not None
    assert with_rare.value == pytest.approx(alone.value, abs=0.3 * 0.05)


def test_like_samples_are_cut_alike(rng: np.random.Generator) -> None:
    cuts = []
    for _ in range(20):
        values = np.concatenate([rng.normal(0.3, 0.05, 4950), rng.uniform(0.45, 0.8, 50)])
        cuts.append(float(tail_cut(values).value or 0.0))
    assert np.std(cuts) < 0.2 * 0.05


@pytest.mark.parametrize(("side", "sign"), [("right", 1.0), ("left", -1.0)])
def test_robust_cut_is_k_spreads_from_the_mode(side: str, sign: float) -> None:
    # A tail of other events on the cut's side changes neither the mode nor the spread of the other half.
    values = np.concatenate([normal_values(50_000, 0.0, 0.1), np.linspace(0.5, 2.0, 2000)])
    cut = mad_cut(sign * values, side="right" if side == "right" else "left", k=2.5)
    assert cut.value == pytest.approx(sign * 0.25, abs=0.01)
    assert cut.evidence["spread"] == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize("method", [tail_cut, mad_cut])
def test_what_cannot_be_cut_is_a_problem(method: type) -> None:
    assert method([]).problem == "no events"
    assert method([1.0] * 100).problem == "all values are equal"
    assert method([1.0, 2.0]).problem == "too few events"


def test_a_flank_that_never_becomes_flat_is_a_problem() -> None:
    level = (
        np.arange(5000) + 0.5
    ) / 5000  # ends as a cliff: three bandwidths beyond, the slope is 1.1 % of the steepest
    cut = tail_cut(level, tolerance=0.001)
    assert (cut.value, cut.problem) == (None, "no tail")


@pytest.mark.parametrize(
    "options", [{"side": "up"}, {"tolerance": 0.0}, {"tolerance": 1.0}, {"adjust": -1.0}, {"reference": "third"}]
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="NK-CYT-72"):
        tail_cut([0.0, 1.0], **options)


def test_a_wrong_k_is_refused() -> None:
    with pytest.raises(MethodError, match="NK-CYT-72"):
        mad_cut([0.0, 1.0], k=0.0)
