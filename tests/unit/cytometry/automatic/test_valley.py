"""Cut at the valley between two populations."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.valley import valley_cut

Part = tuple[float, float, float]  # share, mean, standard deviation


def sample(rng: np.random.Generator, events: int, parts: Sequence[Part]) -> np.ndarray:
    return np.concatenate([rng.normal(mean, sd, round(share * events)) for share, mean, sd in parts])


def lowest_density(parts: Sequence[Part], bandwidth: float, low: float, high: float) -> float:
    """Return where the true density, smoothed by the kernel, is lowest."""

    def density(x: float) -> float:
        return float(sum(share * norm.pdf(x, mean, np.hypot(sd, bandwidth)) for share, mean, sd in parts))

    return float(minimize_scalar(density, bounds=(low, high), method="bounded", options={"xatol": 1e-9}).x)


TWO: Sequence[Part] = ((0.7, 0.3, 0.05), (0.3, 0.6, 0.06))
THREE: Sequence[Part] = ((0.5, 0.2, 0.04), (0.1, 0.45, 0.03), (0.4, 0.75, 0.05))


@pytest.mark.parametrize(("parts", "low", "high"), [(TWO, 0.3, 0.6), (THREE, 0.5, 0.75)])
def test_cut_is_where_the_true_density_is_lowest(
    rng: np.random.Generator, parts: Sequence[Part], low: float, high: float
) -> None:
    cut = valley_cut(sample(rng, 200_000, parts), adjust=1.0)
    assert cut.value is not None
    assert cut.value == pytest.approx(lowest_density(parts, cut.evidence["bandwidth"], low, high), abs=0.008)
    assert cut.value == pytest.approx(lowest_density(parts, 0.0, low, high), abs=0.015)
    assert abs(cut.evidence["standard_error"]) < 0.01


def test_quality_is_the_depth_against_the_lower_peak(rng: np.random.Generator) -> None:
    cut = valley_cut(sample(rng, 100_000, TWO))
    expected = 1 - cut.evidence["valley_height"] / min(cut.evidence["left_height"], cut.evidence["right_height"])
    assert cut.quality == pytest.approx(expected)
    width = np.hypot(0.06, cut.evidence["bandwidth"])
    assert cut.evidence["right_height"] == pytest.approx(0.3 * norm.pdf(0.0, 0.0, width), rel=0.03)
    assert cut.evidence["left_share"] == pytest.approx(0.7, abs=0.01)
    # The peaks are 0.3 apart, and their standard deviations 0.05 and 0.06.
    assert cut.evidence["separation"] == pytest.approx(0.3 / 0.055, rel=0.05)


def test_empty_valley_is_cut_in_the_middle(rng: np.random.Generator) -> None:
    values = sample(rng, 2000, ((0.5, 0.2, 0.01), (0.5, 0.8, 0.01)))
    cut = valley_cut(values, adjust=0.2)
    assert cut.value == pytest.approx(0.5, abs=0.02)
    assert cut.quality == pytest.approx(1.0)


@pytest.mark.parametrize("events", [30, 300, 3000, 30_000])
def test_one_population_has_no_valley(rng: np.random.Generator, events: int) -> None:
    for draw in (rng.normal, rng.random, rng.standard_exponential):
        for _ in range(10):
            cut = valley_cut(draw(size=events))
            assert (cut.value, cut.problem, cut.quality) == (None, "no valley", 0.0)


def test_a_few_stray_events_are_no_population(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.normal(0.3, 0.05, 5000), np.full(5, 0.9)])
    assert valley_cut(values).problem == "no valley"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([], "no events"),
        ([np.nan] * 50, "no events"),
        ([0.5] * 1000, "all values are equal"),
        (list(np.linspace(0.0, 1.0, 19)), "too few events"),
        ([0.0] * 50 + [1.0] * 50, "no valley"),
    ],
)
def test_what_cannot_be_cut_is_a_problem(values: list[float], problem: str) -> None:
    cut = valley_cut(values)
    assert (cut.value, cut.problem) == (None, problem)


def test_integers_of_a_display_channel_have_no_comb(rng: np.random.Generator) -> None:
    one = np.rint(rng.normal(200.0, 8.0, 20_000))
    assert valley_cut(one, adjust=0.05).problem == "no valley"
    two = np.concatenate([one, np.rint(rng.normal(300.0, 10.0, 5000))])
    assert valley_cut(two).value == pytest.approx(lowest_density(((0.8, 200, 8), (0.2, 300, 10)), 2.0, 200, 300), abs=5)


def test_a_pile_up_at_the_axis_is_not_taken_for_a_population(rng: np.random.Generator) -> None:
    negative, positive = rng.normal(0.3, 0.04, 4000), rng.normal(0.7, 0.04, 2000)
    piled = np.concatenate([np.zeros(6000), negative, positive])
    cut = valley_cut(piled)
    assert cut.evidence["pile_up_low"] == 6000
    assert cut.value == valley_cut(np.concatenate([negative, positive])).value
    # Where nothing else is left to part, the piled-up events are the negative population.
    cut = valley_cut(np.concatenate([np.zeros(6000), positive]))
    assert cut.value is not None
    assert 0.05 < cut.value < 0.65


def test_a_clipped_tail_is_not_taken_for_a_population(rng: np.random.Generator) -> None:
    cut = valley_cut(np.maximum(np.rint(rng.normal(250.0, 130.0, 20_000)), 0.0))
    assert cut.evidence["pile_up_low"] > 200
    assert (cut.value, cut.problem) == (None, "no valley")


def test_a_range_excludes_values_and_a_cut_range_excludes_cuts(rng: np.random.Generator) -> None:
    values = sample(rng, 50_000, THREE)
    assert valley_cut(values, adjust=1.0).value == pytest.approx(0.56, abs=0.05)
    inner = valley_cut(values, high=0.55, adjust=1.0)
    assert inner.value == pytest.approx(0.34, abs=0.03)
    assert inner.evidence["outside"] > 0
    assert valley_cut(values, cut_range=(0.2, 0.45), adjust=1.0).value == pytest.approx(0.34, abs=0.03)
    assert valley_cut(values, cut_range=(0.8, 0.9)).problem == "no valley"


def test_values_that_are_no_numbers_are_counted(rng: np.random.Generator) -> None:
    values = sample(rng, 5000, TWO)
    cut = valley_cut(np.concatenate([values, [np.nan, np.inf]]))
    assert cut.evidence["not_finite"] == 2
    assert cut.value == valley_cut(values).value


def test_wrong_options_are_refused() -> None:
    for options in ({"adjust": 0.0}, {"adjust": float("nan")}, {"cut_range": (1.0, 0.0)}):
        with pytest.raises(MethodError, match="NK-CYT-72"):
            valley_cut([0.0, 1.0], **options)


def test_ends_far_from_the_values_change_nothing(rng: np.random.Generator) -> None:
    values = sample(rng, 5000, TWO)
    assert valley_cut(values, low=-1e6, high=1e6) == valley_cut(values)
