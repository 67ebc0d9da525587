"""Cut between components, and the ellipse of one."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import chi2, f, norm, t

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.mixture import mixture_cut, mixture_ellipse


def test_normal_components_are_cut_where_they_are_equally_likely(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.normal(0.3, 0.05, 70_000), rng.normal(0.55, 0.06, 30_000)])
    cut = mixture_cut(values, nu=math.inf)
    expected = brentq(lambda x: 0.7 * norm.pdf(x, 0.3, 0.05) - 0.3 * norm.pdf(x, 0.55, 0.06), 0.3, 0.55)
    assert cut.value == pytest.approx(expected, abs=0.003)
    youden = 1.0 - norm.sf(expected, 0.3, 0.05) - norm.cdf(expected, 0.55, 0.06)
    assert cut.quality == pytest.approx(youden, abs=0.005)


def test_t_components_are_cut_where_they_are_equally_likely(rng: np.random.Generator) -> None:
    values = np.concatenate([0.3 + 0.05 * rng.standard_t(4, 35_000), 0.7 + 0.06 * rng.standard_t(4, 15_000)])
    cut = mixture_cut(values, components=(1, 4))
    expected = brentq(lambda x: 0.7 * t.pdf(x, 4, 0.3, 0.05) - 0.3 * t.pdf(x, 4, 0.7, 0.06), 0.3, 0.7)
    assert cut.evidence["components"] == 2
    assert cut.value == pytest.approx(expected, abs=0.004)
    assert cut.evidence["spread_1"] == pytest.approx(0.05, rel=0.03)
    assert cut.evidence["weight_2"] == pytest.approx(0.3, abs=0.01)


def test_one_population_is_one_component(rng: np.random.Generator) -> None:
    assert mixture_cut(rng.standard_t(4, 3000), components=(1, 4)).problem == "one component"
    assert mixture_cut(rng.normal(size=3000), components=(1, 4), nu=math.inf).problem == "one component"


def test_the_best_parted_pair_is_cut_and_another_can_be_asked_for(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.normal(mean, 0.04, 5000) for mean in (0.2, 0.36, 0.8)])
    best = mixture_cut(values, components=3, nu=math.inf)
    assert best.value == pytest.approx(0.58, abs=0.03)
    other = mixture_cut(values, components=3, nu=math.inf, pair=1)
    assert other.value == pytest.approx(0.28, abs=0.01)
    assert other.quality < best.quality
    assert mixture_cut(values, components=3, nu=math.inf, pair=3).problem == "no point between the components"


def test_a_component_inside_another_has_no_cut(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.normal(0.0, 0.1, 20_000), rng.normal(0.01, 1.0, 2000)])
    cut = mixture_cut(values, nu=math.inf)
    assert (cut.value, cut.problem) == (None, "no point between the components")


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_distance_is_the_quantile_of_f_or_of_chi_square(rng: np.random.Generator, level: float) -> None:
    x, y = rng.normal(size=(2, 200))
    assert mixture_ellipse(x, y, components=1, level=level).distance_square == pytest.approx(2 * f.ppf(level, 2, 4))
    normal = mixture_ellipse(x, y, components=1, level=level, nu=math.inf)
    assert normal.distance_square == pytest.approx(chi2.ppf(level, 2))
    assert normal.evidence["inside_share"] == pytest.approx(level, abs=0.08)


def test_ellipse_of_the_component_nearest_to_the_target(rng: np.random.Generator) -> None:
    shape = np.array([[0.010, 0.004], [0.004, 0.005]])
    heavy = rng.multivariate_normal((0.3, 0.3), shape, 15_000)
    light = rng.multivariate_normal((0.8, 0.7), shape / 2, 5000)
    x, y = np.concatenate([heavy, light]).T
    ellipse = mixture_ellipse(x, y, components=(1, 3), target=(0.75, 0.75), nu=math.inf)
    assert ellipse.mean == pytest.approx(np.array([0.8, 0.7]), abs=0.01)
    assert ellipse.covariance == pytest.approx(shape / 2, abs=4e-4)
    assert ellipse.evidence["inside_share"] == pytest.approx(0.9 * 0.25, abs=0.01)
    assert ellipse.quality > 0.99
    heaviest = mixture_ellipse(x, y, components=2, nu=math.inf)
    assert heaviest.mean == pytest.approx(np.array([0.3, 0.3]), abs=0.01)
    order = rng.permutation(x.size)
    again = mixture_ellipse(x[order], y[order], components=2, nu=math.inf)
    assert np.array_equal(again.mean, heaviest.mean)
    assert np.array_equal(again.covariance, heaviest.covariance)


def test_events_far_away_do_not_widen_a_t_component(rng: np.random.Generator) -> None:
    clean = rng.normal(0.0, 1.0, (3000, 2))
    dirty = np.concatenate([clean, rng.uniform(-30.0, 30.0, (60, 2))])
    normal = mixture_ellipse(*dirty.T, components=1, nu=math.inf)
    robust, alone = mixture_ellipse(*dirty.T, components=1), mixture_ellipse(*clean.T, components=1)
    assert normal.covariance[0, 0] > 3.0
    assert robust.covariance[0, 0] == pytest.approx(alone.covariance[0, 0], rel=0.1)


@pytest.mark.parametrize(
    ("values", "problem"),
    [([], "no events"), ([1.0] * 90, "all values are equal"), (list(np.arange(39.0)), "too few events")],
)
def test_what_cannot_be_fitted_is_a_problem(values: list[float], problem: str) -> None:
    assert mixture_cut(values).problem == problem
    ellipse = mixture_ellipse(values, values, components=2)
    assert (ellipse.problem, ellipse.distance_square) == (problem, 0.0)
    assert np.isnan(ellipse.mean).all()


def test_pile_ups_and_lines_are_survived(rng: np.random.Generator) -> None:
    piled = np.concatenate([np.zeros(2000), rng.normal(0.6, 0.05, 1000)])
    cut = mixture_cut(piled)
    assert cut.value is not None
    assert 0.0 < cut.value < 0.5
    line = mixture_ellipse(piled, 2.0 * piled, components=2)
    assert np.isfinite(line.covariance).all()
    assert np.linalg.det(line.covariance) > 0.0


@pytest.mark.parametrize(
    "options",
    [{"components": 0}, {"components": (3, 2)}, {"components": 21}, {"nu": 0.0}, {"pair": 0}],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="NK-CYT-72"):
        mixture_cut([0.0, 1.0], **options)


@pytest.mark.parametrize("options", [{"level": 1.0}, {"nu": math.nan}, {"target": (math.nan, 0.0)}])
def test_wrong_options_of_an_ellipse_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(MethodError, match="NK-CYT-72"):
        mixture_ellipse([0.0, 1.0], [0.0, 1.0], components=1, **options)
