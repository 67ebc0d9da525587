"""Digital PCR: Poisson counts, shares, intervals, refusals."""

import math

import numpy as np
import pytest
from scipy.stats import beta

from nktrial.chimerism.dpcr import copies_per_partition, partition_shares
from nktrial.core.errors import MethodError
from nktrial.model.partitions import Partitions
from nktrial.model.uncertainty import PROBABILITIES


def test_copies_are_the_poisson_law() -> None:
    found = copies_per_partition(Partitions("R", 5000, 20000))
    assert found.value == pytest.approx(-math.log(0.75))
    low, high = found.interval()
    sd = math.sqrt(0.25 / 0.75 / 20000)  # delta method on -ln(1 - p)
    assert low == pytest.approx(found.value - 1.96 * sd, abs=2e-4)
    assert high == pytest.approx(found.value + 1.96 * sd, abs=2e-4)


@pytest.mark.parametrize(("positive", "total"), [(1, 20000), (7, 1000), (150, 900)])
def test_quantiles_are_the_mean_of_the_two_exact_distributions(positive: int, total: int) -> None:
    p = 1.0 - np.exp(-np.asarray(copies_per_partition(Partitions("R", positive, total)).quantiles))
    mean = 0.5 * (beta.cdf(p, positive, total - positive + 1) + beta.cdf(p, positive + 1, total - positive))
    np.testing.assert_allclose(mean, PROBABILITIES, atol=2e-3)


def test_nothing_positive_leaves_half_the_weight_at_zero() -> None:
    found = copies_per_partition(Partitions("R", 0, 10_000))
    assert (found.value, found.quantiles[190]) == (0.0, 0.0)
    assert found.interval()[0] == 0.0
    assert found.interval()[1] == pytest.approx(3.0 / 10_000, rel=0.01)  # rule of three


def test_a_common_gene_gives_each_share_by_itself() -> None:
    n = 20_000
    wells = [
        Partitions("R", round(n * (1 - math.exp(-0.01))), n, 1.0),
        Partitions("", round(n * (1 - math.exp(-1))), n),
    ]
    measured, findings = partition_shares("S", wells)
    assert measured.technique == "dpcr"
    assert measured.of("R").share.value == pytest.approx(0.02, rel=0.01)  # 0.01 genomes of 0.5
    assert findings == ()


def test_two_assays_close_to_one() -> None:
    measured, findings = partition_shares("S", [Partitions("R", 30, 20_000), Partitions("D", 9_000, 20_000, 1.0)])
    r, d = (measured.of(person).share for person in ("R", "D"))
    assert r.value + d.value == pytest.approx(1.0)
    genomes = -math.log(1 - 30 / 20_000) / 2, -math.log(1 - 0.45)
    assert r.value == pytest.approx(genomes[0] / sum(genomes))
    assert findings == ()
    assert not measured.of("R").below_lod


def test_the_interval_covers_counted_samples(rng: np.random.Generator) -> None:
    n, tried = 10_000, 100
    for share in (0.0, 0.002, 0.1, 0.6, 1.0):
        inside = 0
        for _ in range(tried):
            r, d = (int(rng.binomial(n, 1 - math.exp(-2 * 0.4 * part))) for part in (share, 1 - share))
            low, high = (
                partition_shares("S", [Partitions("R", r, n), Partitions("D", d, n)])[0].of("R").share.interval()
            )
            inside += low <= share <= high
        assert inside / tried >= 0.89, share  # what 95 % give in 99 of 100


def test_cautions() -> None:
    few = partition_shares("S", [Partitions("R", 30, 500), Partitions("D", 90, 500)])[1]
    assert {finding.code for finding in few} == {"NK-DPC-20"}
    off = partition_shares("S", [Partitions("D", 9_000, 20_000), Partitions("", 4_000, 20_000)])[1]
    assert {finding.code for finding in off} == {"NK-DPC-21"}


@pytest.mark.parametrize(
    ("wells", "code"),
    [
        ([Partitions("R", 5, 4), Partitions("D", 1, 4)], "NK-DPC-10"),
        ([Partitions("R", 0, 0), Partitions("D", 1, 4)], "NK-DPC-10"),
        ([Partitions("R", 4, 4), Partitions("D", 1, 4)], "NK-DPC-11"),
        ([Partitions("R", 1, 4)], "NK-DPC-12"),
        ([Partitions("R", 1, 4), Partitions("R", 1, 4)], "NK-DPC-12"),
        ([Partitions("R", 0, 4), Partitions("D", 0, 4)], "NK-DPC-13"),
    ],
)
def test_what_cannot_be_counted_is_refused(wells: list[Partitions], code: str) -> None:
    with pytest.raises(MethodError) as caught:
        partition_shares("S", wells)
    assert caught.value.code == code
