"""Genotypes and bias from references."""

import numpy as np
import pytest
from scipy.stats import binomtest

from nktrial.chimerism.ngs_bias import marker_bias
from nktrial.chimerism.ngs_genotype import count_genotype
from nktrial.model.marker_counts import MarkerCounts, MarkerReads


def called(ref: int, alt: int) -> int | None:
    return count_genotype(MarkerCounts("R", {"M": MarkerReads(ref, alt)})).copies.get("M")


@pytest.mark.parametrize(
    ("ref", "alt", "copies"),
    [(400, 0, 0), (461, 2, 0), (0, 400, 2), (1, 572, 2), (176, 200, 1), (150, 250, 1), (30, 0, 0)],
)
def test_clear_reads_give_a_genotype(ref: int, alt: int, copies: int) -> None:
    assert called(ref, alt) == copies


@pytest.mark.parametrize(("ref", "alt"), [(0, 0), (10, 0), (5, 5), (360, 40), (320, 80), (94, 6), (1000, 4000)])
def test_few_or_mixed_reads_give_none(ref: int, alt: int) -> None:
    assert called(ref, alt) is None


@pytest.mark.parametrize("depth", [20, 23, 24, 30, 100, 800])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.05, 0.22, 0.3, 0.5])
def test_the_rule_is_scipys_exact_interval(depth: int, part: float) -> None:
    alt = round(depth * part)
    interval = binomtest(alt, depth).proportion_ci(0.99, method="exact")
    heterozygous = 1 if interval.low > 0.2 and interval.high < 0.8 else None
    expected = 0 if alt <= 0.05 * depth and interval.high < 0.2 else heterozygous
    assert called(depth - alt, alt) == expected


def test_markers_left_out_are_named() -> None:
    reads = {"M1": MarkerReads(400, 0), "M2": MarkerReads(360, 40)}
    genotype = count_genotype(MarkerCounts("R", reads))
    assert list(genotype.left_out) == ["M2"]
    (finding,) = genotype.findings
    assert (finding.code, finding.severity) == ("NK-NGS-23", "warning")
    assert "M2" in finding.message


def test_bias_lies_between_its_own_estimate_and_none() -> None:
    alt, ref = np.array([[240.0, 24.0, 900.0]]), np.array([[160.0, 16.0, 0.0]])
    bias, sd = marker_bias(alt, ref, np.array([[True, True, False]]))
    assert 1.0 < bias[1] < bias[0] < 1.5  # the same ratio, but fewer reads: drawn closer to 1
    assert bias[2] == 1.0
    assert sd[0] < sd[1] < sd[2]


def test_bias_of_a_wide_panel_is_found() -> None:
    rng = np.random.default_rng(7)
    truth = rng.normal(0.0, 0.2, 2000)
    p = 1.0 / (1.0 + np.exp(-truth))
    alt = rng.binomial(400, p).astype(float)[None]
    bias, sd = marker_bias(alt, 400.0 - alt, np.ones((1, 2000), dtype=bool))
    z = (np.log(bias) - truth) / sd
    assert abs(float(z.mean())) < 0.1
    assert float(z.std()) == pytest.approx(1.0, abs=0.06)
