"""What must hold of any sample's reads: a plain search agrees, names and alleles may change places."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import betabinom

from nktrial.chimerism.ngs import fit_marker_counts
from nktrial.chimerism.ngs_fit import fit_counts
from nktrial.chimerism.ngs_likelihood import EPSILON_PRIOR, RHO_PRIOR, MarkerData
from nktrial.model.marker_counts import MarkerCounts, MarkerReads

MARKERS = 24


def drawn(rng: np.random.Generator, shares: tuple[float, ...]) -> tuple[MarkerCounts, list[MarkerCounts]]:
    copies = rng.integers(0, 3, (len(shares), MARKERS))
    bias = np.exp(rng.normal(0.0, 0.1, MARKERS))

    def table(name: str, dna: np.ndarray, depth: int) -> MarkerCounts:
        p = bias * dna / (1 - dna + bias * dna) * 0.9998 + 1e-4
        alt = rng.binomial(depth, p)
        return MarkerCounts(name, {f"M{m}": MarkerReads(depth - int(k), int(k)) for m, k in enumerate(alt)})

    references = [table(f"P{k}", row / 2, 500) for k, row in enumerate(copies)]
    return table("S", np.array(shares) @ copies / 2, 8000), references


def exchanged(table: MarkerCounts) -> MarkerCounts:
    return MarkerCounts(table.sample, {name: MarkerReads(item.alt, item.ref) for name, item in table.reads.items()})


@pytest.mark.parametrize("shares", [(0.02, 0.98), (0.3, 0.1, 0.6)])
def test_order_and_allele_names_do_not_matter(rng: np.random.Generator, shares: tuple[float, ...]) -> None:
    for _ in range(3):
        sample, references = drawn(rng, shares)
        first = fit_marker_counts(sample, references).measurement
        turned = fit_marker_counts(
            MarkerCounts("S", dict(reversed(list(sample.reads.items())))), list(reversed(references))
        ).measurement
        other = fit_marker_counts(exchanged(sample), [exchanged(item) for item in references]).measurement
        for person in first.persons:
            for again in (turned.of(person.person), other.of(person.person)):
                assert again.share.value == pytest.approx(person.share.value, abs=3e-5)
                assert again.share.interval() == pytest.approx(person.share.interval(), abs=3e-4)


SEARCH_SD = 0.05


def plain_loss(point: np.ndarray, data: MarkerData) -> float:
    """Write the definition out with scipy's betabinom: logit of the first person's share, log rho, log eps."""
    x, rho, misread = 1 / (1 + math.exp(-point[0])), math.exp(point[1]), math.exp(point[2])
    q = x * data.copies[0] / 2 + (1 - x) * data.copies[1] / 2
    p = misread + (1 - 2 * misread) * q
    pairs = 1 / (rho + SEARCH_SD**2 * p * (1 - p)) - 1
    value = -betabinom.logpmf(data.alt, data.depth, p * pairs, (1 - p) * pairs).sum()
    for at, (mean, spread) in ((point[1], RHO_PRIOR), (point[2], EPSILON_PRIOR)):
        value += 0.5 * ((at - mean) / spread) ** 2
    return float(value)


@pytest.mark.parametrize("share", [0.005, 0.2, 0.7])
def test_a_plain_search_with_scipys_distribution_finds_the_same_shares(rng: np.random.Generator, share: float) -> None:
    copies = np.array([[0] * 8 + [1] * 4 + [2] * 4, [2] * 6 + [0] * 6 + [1] * 4], dtype=float)
    depth = rng.integers(3000, 9000, 16)
    dna = share * copies[0] / 2 + (1 - share) * copies[1] / 2
    alt = rng.binomial(depth, 1e-4 + 0.9998 * dna)
    names = tuple(map(str, range(16)))
    data = MarkerData(names, copies, alt.astype(float), depth.astype(float), np.ones(16), np.full(16, SEARCH_SD))
    start = np.array([math.log(share / (1 - share)), math.log(3e-5), math.log(1e-4)])
    options = {"xatol": 1e-5, "fatol": 1e-7, "maxiter": 4000}
    oracle = minimize(plain_loss, start, args=(data,), method="Nelder-Mead", options=options)
    assert fit_counts(data).shares[0] == pytest.approx(1 / (1 + math.exp(-oracle.x[0])), rel=2e-3)
