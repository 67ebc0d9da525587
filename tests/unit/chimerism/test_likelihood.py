"""The likelihood against plain-language twins, and its fast derivatives against differences."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

from nktrial.chimerism.likelihood import (
    BACKGROUND_DOSE,
    STUTTER_CV,
    STUTTER_SAMPLING,
    LocusData,
    Nuisance,
    expected_dose,
    log_likelihood,
)
from nktrial.chimerism.likelihood_slope import prepare, with_slope
from nktrial.chimerism.mixture_fit import nuisance_of, shares_of, sticks_of
from nktrial.chimerism.search import minimum

FloatArray = NDArray[np.float64]
NUISANCE = np.array([6.0, -0.3, np.log(0.1), np.log(0.2), np.log(0.07), np.log(0.01), np.log(0.4)])


def random_data(rng: np.random.Generator, loci: int = 6, alleles: int = 5) -> LocusData:
    shape = (3, loci, alleles)
    copies, back, forward = (rng.integers(0, 3, shape).astype(float) for _ in range(3))
    seen = rng.random(shape[1:]) < 0.6
    missing = ~seen & (rng.random(shape[1:]) < 0.7)
    heights = np.where(seen, rng.normal(6.0, 0.5, shape[1:]), 0.0)
    return LocusData(copies, back, forward, heights, seen, missing, np.full(shape[1:], 5.0), rng.normal(size=shape[1:]))


def twin(data: LocusData, locus: int, shares: FloatArray, nuisance: Nuisance) -> float:
    """Write the likelihood of one locus out and integrate the locus effect numerically."""

    def given(effect: float) -> float:
        product = float(norm.pdf(effect, 0, nuisance.locus_sd[0]))
        for allele in range(data.seen.shape[1]):
            own, stutter = BACKGROUND_DOSE, 0.0
            for person, share in enumerate(shares):
                own += share * data.copies[person, locus, allele]
                stutter += share * nuisance.back[0] * data.back[person, locus, allele]
                stutter += share * nuisance.forward[0] * data.forward[person, locus, allele]
            dose = own + stutter
            relative = nuisance.kappa[0] ** 2 * (own + STUTTER_SAMPLING * stutter) + STUTTER_CV**2 * stutter**2
            sd = np.sqrt(np.log(1 + nuisance.tau[0] ** 2 + relative / dose**2))
            mean = nuisance.log_amplitude[0] + nuisance.slope[0] * data.length[locus, allele] + np.log(dose) - sd**2 / 2
            if data.seen[locus, allele]:
                product *= float(norm.pdf(data.log_height[locus, allele], mean + effect, sd))
            elif data.missing[locus, allele]:
                product *= float(norm.cdf(data.log_limit[locus, allele], mean + effect, sd))
        return product

    grid = np.linspace(-4, 4, 400)
    peak = float(grid[int(np.argmax([given(x) for x in grid]))])
    return float(np.log(quad(given, -6, 6, points=[peak], limit=400, epsabs=0.0, epsrel=1e-8)[0]))


def test_likelihood_equals_its_twin_with_the_locus_effect_integrated_numerically() -> None:
    # heights drawn as the model expects them, cut at a limit in their midst: most loci have a missing allele
    rng = np.random.default_rng(4)
    shares = np.array([0.2, 0.5, 0.3])
    nuisance = nuisance_of(NUISANCE[None])
    empty = random_data(rng, loci=12, alleles=4)
    expected = expected_dose(empty, shares[None], nuisance)
    effects = rng.normal(0.0, 0.4, (12, 1))
    level = NUISANCE[0] + NUISANCE[1] * empty.length + np.log(expected.expected[0]) + effects
    heights = level + rng.normal(0.0, 0.15, level.shape)
    seen = heights >= 5.2
    assert int((~seen).any(axis=1).sum()) >= 5
    data = replace(empty, log_height=np.where(seen, heights, 0.0), seen=seen, missing=~seen, log_limit=seen * 0.0 + 5.2)
    fast = log_likelihood(data, shares[None], nuisance)[0]
    for locus in range(12):
        assert fast[locus] == pytest.approx(twin(data, locus, shares, nuisance), abs=0.02)


def test_fast_likelihood_and_its_derivatives_equal_the_plain_one_and_its_differences() -> None:
    data = random_data(np.random.default_rng(5))
    shares = np.array([0.2, 0.5, 0.3])

    def plain(w: FloatArray, q: FloatArray) -> float:
        return float(log_likelihood(data, w[None], nuisance_of(q[None])).sum())

    found = with_slope(prepare(data), shares, NUISANCE)
    h = 1e-6
    assert found.value == pytest.approx(plain(shares, NUISANCE), rel=1e-12)
    by_share = [(plain(shares + h * e, NUISANCE) - plain(shares - h * e, NUISANCE)) / (2 * h) for e in np.eye(3)]
    by_nuisance = [(plain(shares, NUISANCE + h * e) - plain(shares, NUISANCE - h * e)) / (2 * h) for e in np.eye(7)]
    assert found.by_share == pytest.approx(by_share, rel=1e-4, abs=1e-4)
    assert found.by_nuisance == pytest.approx(by_nuisance, rel=1e-4, abs=1e-4)


def test_broken_sticks_and_shares_are_inverse() -> None:
    shares = np.array([0.1, 0.0, 0.6, 0.3])
    assert shares_of(sticks_of(shares)[None])[0] == pytest.approx(shares)
    assert shares_of(np.array([[1.0, 0.3, 0.3]]))[0] == pytest.approx([1.0, 0.0, 0.0, 0.0])


def test_search_finds_the_minimum_inside_and_on_the_bound() -> None:
    def rosenbrock(x: FloatArray) -> tuple[float, FloatArray]:
        slope = [-2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] ** 2), 200 * (x[1] - x[0] ** 2)]
        return float((1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2), np.array(slope)

    start = np.array([-1.2, 1.0])
    inside = minimum(rosenbrock, start, np.full(2, -2.0), np.full(2, 2.0), np.eye(2))
    assert inside.point == pytest.approx([1.0, 1.0], abs=1e-2)
    bound = minimum(rosenbrock, start, np.full(2, -2.0), np.array([0.5, 2.0]), np.eye(2))
    assert bound.point == pytest.approx([0.5, 0.25], abs=1e-3)
