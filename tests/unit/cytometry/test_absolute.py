"""Absolute counts: formula, interval, limits, refusals; activated regulatory T cells."""

import numpy as np
import pytest
from scipy.stats import binomtest

from nktrial.core.errors import MethodError
from nktrial.cytometry.absolute import BeadTube, bead_count, dual_platform_count
from nktrial.cytometry.activated_treg import activated_treg

# A tube with 50,000 beads and 50 uL of blood
TUBE = BeadTube(50_000.0, 50.0, cv=0.0)


def test_the_formula_of_beads() -> None:
    # cells / beads x beads per tube / volume: 2,500 / 10,000 x 50,000 / 50 = 250 cells/uL
    count = bead_count(2_500, 10_000, TUBE, bead_gate="Beads")
    assert count.per_ul.value == 250.0
    assert count.per_event_ul == 0.1
    assert (count.lod_per_ul, count.loq_per_ul) == pytest.approx((2.0, 5.0))
    assert count.status == "quantifiable"
    assert (count.denominator, count.denominator_events) == ("Beads", 10_000)


def test_a_diluted_specimen() -> None:
    tube = BeadTube(50_000.0, 50.0, dilution=10.0, cv=0.0)
    assert bead_count(2_500, 10_000, tube, bead_gate="Beads").per_ul.value == 2_500.0


def test_the_interval_is_near_the_exact_one_where_nothing_else_varies() -> None:
    p = binomtest(300, 300 + 1_000).proportion_ci(0.95, method="exact")
    low, high = bead_count(300, 1_000, TUBE, bead_gate="Beads").per_ul.interval()
    assert (low, high) == pytest.approx((p.low / (1 - p.low) * 1000, p.high / (1 - p.high) * 1000), rel=0.01)


@pytest.mark.parametrize(("cells", "beads", "cv"), [(300, 1_000, 0.05), (4, 200, 0.2), (20_000, 15_000, 0.03)])
def test_the_interval_equals_drawing(cells: int, beads: int, cv: float, rng: np.random.Generator) -> None:
    sigma = np.sqrt(np.log1p(cv**2))
    drawn = rng.gamma(cells + 0.5, size=400_000) / rng.gamma(beads + 0.5, size=400_000)
    drawn *= np.exp(sigma * rng.normal(size=400_000)) * 1000.0
    levels = np.array([0.025, 0.25, 0.5, 0.75, 0.975])
    tube = BeadTube(50_000.0, 50.0, cv=cv)
    found = bead_count(cells, beads, tube, bead_gate="Beads").per_ul.quantile(levels)
    assert found == pytest.approx(np.quantile(drawn, levels), rel=0.02)


def test_the_formula_of_two_platforms() -> None:
    # 1,100 lymphocytes/uL x 439 / 3,077
    count = dual_platform_count(439, 3_077, 1_100.0, lymphocyte_gate="Lymphocytes")
    assert count.per_ul.value == 1_100.0 * (439 / 3_077)
    assert count.loq_per_ul == pytest.approx(50 * 1_100 / 3_077)


def test_the_interval_of_two_platforms_equals_drawing(rng: np.random.Generator) -> None:
    alc = 800.0 * np.exp(np.sqrt(np.log1p(0.01)) * rng.normal(size=400_000))
    drawn = alc * rng.beta(60.5, 940.5, 400_000)
    count = dual_platform_count(60, 1_000, 800.0, lymphocyte_gate="L", alc_cv=0.1, overdispersion=0.0)
    levels = np.array([0.025, 0.25, 0.5, 0.75, 0.975])
    assert count.per_ul.quantile(levels) == pytest.approx(np.quantile(drawn, levels), rel=0.01)


def test_few_cells() -> None:
    assert bead_count(0, 100, TUBE, bead_gate="Beads").per_ul.value == 0.0
    assert bead_count(19, 100, TUBE, bead_gate="Beads").status == "not_detected"
    assert bead_count(20, 100, TUBE, bead_gate="Beads").status == "detected_below_loq"
    assert dual_platform_count(0, 100, 0.0, lymphocyte_gate="L").per_ul.interval() == (0.0, 0.0)


@pytest.mark.parametrize(
    "numbers",
    [
        (0.0, 50.0, 1.0, 0.1),
        (10000.0, -1.0, 1.0, 0.1),
        (10000.0, 50.0, 0.0, 0.1),
        (10000.0, 50.0, 1.0, 1.1),
        (float("nan"), 50.0, 1.0, 0.1),
        (float("inf"), 50.0, 1.0, 0.1),
    ],
)
def test_tubes_that_cannot_be(numbers: tuple[float, float, float, float]) -> None:
    with pytest.raises(MethodError, match="NK-ABS-01"):
        BeadTube(*numbers)


@pytest.mark.parametrize(("alc", "cv"), [(-1.0, 0.1), (float("nan"), 0.1), (100.0, -0.1)])
def test_lymphocyte_counts_that_cannot_be(alc: float, cv: float) -> None:
    with pytest.raises(MethodError, match="NK-ABS-01"):
        dual_platform_count(1, 2, alc, lymphocyte_gate="L", alc_cv=cv)


def test_no_beads_and_no_name() -> None:
    with pytest.raises(MethodError, match="NK-ABS-02"):
        bead_count(5, 0, TUBE, bead_gate="Beads")
    with pytest.raises(MethodError, match="NK-ABS-02"):
        bead_count(-1, 5, TUBE, bead_gate="Beads")
    with pytest.raises(MethodError, match="NK-ABS-03"):
        bead_count(5, 5, TUBE, bead_gate=" ")
    with pytest.raises(MethodError, match="NK-ABS-03"):
        dual_platform_count(5, 5, 100.0, lymphocyte_gate="")


def test_activated_treg() -> None:
    count = dual_platform_count(120, 30_000, 1_500.0, lymphocyte_gate="Lymphocytes")
    treg = activated_treg(count, 20_000)
    assert treg.count.per_ul.value == 6.0
    assert treg.share_of_cd4.value == 0.006
    assert (treg.lod_share, treg.loq_share) == (0.001, 0.0025)
    low, high = treg.share_of_cd4.interval()
    assert low < 0.006 < high


def test_activated_treg_outside_cd4() -> None:
    count = dual_platform_count(120, 30_000, 1_500.0, lymphocyte_gate="Lymphocytes")
    with pytest.raises(MethodError, match="NK-ABS-04"):
        activated_treg(count, 119)
    nothing = dual_platform_count(0, 30_000, 1_500.0, lymphocyte_gate="Lymphocytes")
    with pytest.raises(MethodError, match="NK-ABS-04"):
        activated_treg(nothing, 0)
