"""Expectation and maximisation against the formulas written out point by point."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, multivariate_t

from nktrial.cytometry.automatic.mixture_fit import Mixture, em_step, fit_mixture, posteriors

Start = tuple[list[float], list[float], list[float]]  # weights, means, squared scales


def plain_t(x: float, mean: float, square: float, nu: float) -> float:
    constant = math.gamma((nu + 1) / 2) / (math.gamma(nu / 2) * math.sqrt(nu * math.pi * square))
    return constant * math.pow(1 + (x - mean) ** 2 / (square * nu), -(nu + 1) / 2)


def plain_step(values: list[float], counts: list[float], start: Start, nu: float) -> tuple[Start, float]:
    weights, means, squares = start
    shares, log_likelihood = [], 0.0
    for x, count in zip(values, counts, strict=True):
        parts = [w * plain_t(x, m, s, nu) for w, m, s in zip(weights, means, squares, strict=True)]
        log_likelihood += count * math.log(sum(parts))
        shares.append([count * part / sum(parts) for part in parts])
    after: Start = ([], [], [])
    for k in range(len(weights)):
        z = [share[k] for share in shares]
        u = [(nu + 1) / (nu + (x - means[k]) ** 2 / squares[k]) for x in values]
        mean = sum(a * b * x for a, b, x in zip(z, u, values, strict=True)) / sum(
            a * b for a, b in zip(z, u, strict=True)
        )
        square = sum(a * b * (x - mean) ** 2 for a, b, x in zip(z, u, values, strict=True)) / sum(z)
        after[0].append(sum(z) / sum(counts))
        after[1].append(mean)
        after[2].append(square)
    return after, log_likelihood


def mixture_of(start: Start, nu: float) -> Mixture:
    weights, means, squares = (np.array(part) for part in start)
    return Mixture(weights, means[:, None], squares[:, None, None], nu, np.array([1e-6]))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 4)), max_size=30, unique_by=lambda pair: pair[0]),
    st.sampled_from([2.0, 4.0, 30.0]),
)
def test_three_steps_equal_the_twins(pairs: list[tuple[int, int]], nu: float) -> None:
    # Points on both sides, so that no component collapses onto a single one within three steps.
    values = [x / 8 for x, _ in pairs] + [-3.0, -2.2, -1.4, -0.6, 0.3, 0.9, 1.7, 2.6]
    counts = [float(count) for _, count in pairs] + [1.0] * 8
    start: Start = ([0.3, 0.7], [-2.0, 1.5], [1.0, 2.5])
    mixture = mixture_of(start, nu)
    points = np.array(values)[:, None]
    for _ in range(3):
        start, expected = plain_step(values, counts, start, nu)
        mixture, found = em_step(points, np.array(counts), mixture)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert mixture.weights == pytest.approx(np.array(start[0]), rel=1e-8)
        assert mixture.means[:, 0] == pytest.approx(np.array(start[1]), rel=1e-7, abs=1e-9)
        assert mixture.scales[:, 0, 0] == pytest.approx(np.array(start[2]), rel=1e-7)


@pytest.mark.parametrize("nu", [4.0, math.inf])
@pytest.mark.parametrize("axes", [1, 2])
def test_the_likelihood_never_falls(rng: np.random.Generator, nu: float, axes: int) -> None:
    points = np.concatenate([rng.normal(0.0, 1.0, (300, axes)), rng.normal(3.0, 0.7, (200, axes))])
    scales = np.array([np.eye(axes), np.eye(axes), 4.0 * np.eye(axes)])
    means = np.array([[-1.0] * axes, [1.0] * axes, [4.0] * axes])
    mixture = Mixture(np.full(3, 1 / 3), means, scales, nu, np.full(axes, 1e-6))
    likelihoods = []
    for _ in range(100):
        mixture, found = em_step(points, np.ones(500), mixture)
        likelihoods.append(found)
    assert np.diff(likelihoods).min() >= -1e-9
    assert likelihoods[-1] > likelihoods[0] + 1.0


@pytest.mark.parametrize("nu", [4.0, math.inf])
def test_likelihood_and_posteriors_equal_scipys(rng: np.random.Generator, nu: float) -> None:
    points = rng.normal(size=(50, 2))
    shape = np.array([[1.0, 0.3], [0.3, 0.5]])
    parts = []
    for weight, mean in ((0.4, (0.0, 0.0)), (0.6, (1.0, -1.0))):
        law = multivariate_normal(mean, shape) if math.isinf(nu) else multivariate_t(mean, shape, df=nu)
        parts.append(weight * law.pdf(points))
    mixture = Mixture(
        np.array([0.4, 0.6]), np.array([[0.0, 0.0], [1.0, -1.0]]), np.array([shape, shape]), nu, np.ones(2)
    )
    assert em_step(points, np.ones(50), mixture)[1] == pytest.approx(float(np.log(sum(parts)).sum()))
    assert posteriors(points, mixture) == pytest.approx(np.array(parts) / sum(parts))


def test_simulated_components_are_recovered(rng: np.random.Generator) -> None:
    shape = np.array([[0.04, 0.02], [0.02, 0.03]])
    one = multivariate_t((0.0, 0.0), shape, df=4).rvs(4000, random_state=rng)
    two = multivariate_t((1.5, 1.0), 0.5 * shape, df=4).rvs(2000, random_state=rng)
    points = np.concatenate([one, two])
    mixture = fit_mixture(points, np.ones(6000), 2, nu=4.0, seed=1)
    assert mixture.converged
    assert mixture.weights == pytest.approx([2 / 3, 1 / 3], abs=0.02)
    assert mixture.means == pytest.approx(np.array([[0.0, 0.0], [1.5, 1.0]]), abs=0.02)
    assert mixture.scales[0] == pytest.approx(shape, abs=0.004)
    assert mixture.scales[1] == pytest.approx(0.5 * shape, abs=0.003)


def test_counts_act_as_repeated_points(rng: np.random.Generator) -> None:
    points = rng.normal(size=(40, 2))
    counts = rng.integers(1, 4, 40)
    mixture = Mixture(
        np.array([0.5, 0.5]), np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([np.eye(2)] * 2), 4.0, np.full(2, 1e-6)
    )
    counted, first = em_step(points, counts.astype(np.float64), mixture)
    repeated, second = em_step(np.repeat(points, counts, axis=0), np.ones(int(counts.sum())), mixture)
    assert first == pytest.approx(second)
    assert counted.means == pytest.approx(repeated.means)
    assert counted.scales == pytest.approx(repeated.scales)


def test_bic_counts_the_free_parameters() -> None:
    # Two components in two dimensions: 1 weight, 4 means, 6 of the scale matrices.
    mixture = Mixture(np.ones(2) / 2, np.zeros((2, 2)), np.array([np.eye(2)] * 2), 4.0, np.ones(2))
    assert replace(mixture, log_likelihood=-100.0).bic(1000) == pytest.approx(200.0 + 11 * math.log(1000))
