import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.chimerism.sizing import local_southern
from nktrial.core.errors import MethodError

SCANS = np.array([1_000.0, 2_500.0, 4_000.0, 6_000.0, 8_000.0, 9_000.0])


def plain_southern(scan: float, m: list[float], l: list[float]) -> float:  # noqa: E741  # the paper's symbols
    """Solve L = c / (m - m0) + L0 through three standards, as the paper writes it, by its own elimination."""
    (m1, m2, m3), (l1, l2, l3) = m, l
    a = (l1 - l2) * (m2 - m3) / ((l2 - l3) * (m1 - m2)) if m1 != m2 else 1.0
    # (l1-l2)/(l2-l3) = (m2-m1)(m3-m0) / ((m3-m2)(m1-m0)), linear in m0.
    m0 = (m3 - a * m1) / (1.0 - a)
    c = (l1 - l2) / (1.0 / (m1 - m0) - 1.0 / (m2 - m0))
    return c / (scan - m0) + l1 - c / (m1 - m0)


def test_is_exact_on_the_curve_that_it_assumes() -> None:
    lengths = -4e6 / (SCANS - 14_000.0) - 200.0
    scan = np.linspace(1_000.0, 9_000.0, 41)
    assert local_southern(scan, SCANS, lengths) == pytest.approx(-4e6 / (scan - 14_000.0) - 200.0)


def test_equals_the_mean_of_the_two_triplets_of_the_paper() -> None:
    lengths = np.array([75.0, 100.0, 139.0, 200.0, 300.0, 340.0])
    for scan, interval in ((3_000.0, 1), (5_000.0, 2), (7_000.0, 3)):
        below = plain_southern(
            scan, list(SCANS[interval - 1 : interval + 2]), list(lengths[interval - 1 : interval + 2])
        )
        above = plain_southern(scan, list(SCANS[interval : interval + 3]), list(lengths[interval : interval + 3]))
        assert local_southern(np.array([scan]), SCANS, lengths)[0] == pytest.approx((below + above) / 2.0)


def test_is_finite_where_the_standards_lie_on_a_line() -> None:
    lengths = SCANS / 20.0
    assert local_southern(np.array([1_234.0, 5_555.0]), SCANS, lengths) == pytest.approx([61.7, 277.75])


def test_hits_the_standards_and_gives_nothing_outside() -> None:
    lengths = np.array([75.0, 100.0, 139.0, 200.0, 300.0, 340.0])
    assert local_southern(SCANS, SCANS, lengths) == pytest.approx(lengths)
    assert np.isnan(local_southern(np.array([999.0, 9_001.0]), SCANS, lengths)).all()


@pytest.mark.parametrize(
    ("scan", "size", "code"),
    [
        ([1.0, 2.0], [75.0, 100.0], "NK-SIZ-01"),
        ([1.0, 1.0, 2.0], [75.0, 100.0, 139.0], "NK-COR-03"),
        ([1.0, 2.0, 3.0], [75.0, 100.0], "NK-COR-02"),
    ],
)
def test_refuses_standards_that_are_none(scan: list[float], size: list[float], code: str) -> None:
    standards: tuple[NDArray[np.float64], NDArray[np.float64]] = (np.array(scan), np.array(size))
    with pytest.raises(MethodError) as caught:
        local_southern(np.array([1.5]), *standards)
    assert caught.value.code == code
