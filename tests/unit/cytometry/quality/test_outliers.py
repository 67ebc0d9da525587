"""The generalised ESD test: Rosner's example and refusals."""

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.quality.outliers import extreme_deviates, generalised_esd

ROSNER = np.array(
    [
        -0.25,
        0.68,
        0.94,
        1.15,
        1.2,
        1.26,
        1.26,
        1.34,
        1.38,
        1.43,
        1.49,
        1.49,
        1.55,
        1.56,
        1.58,
        1.65,
        1.69,
        1.7,
        1.76,
        1.77,
        1.81,
        1.91,
        1.94,
        1.96,
        1.99,
        2.06,
        2.09,
        2.1,
        2.14,
        2.15,
        2.23,
        2.24,
        2.26,
        2.35,
        2.37,
        2.4,
        2.47,
        2.54,
        2.62,
        2.64,
        2.9,
        2.92,
        2.92,
        2.93,
        3.21,
        3.26,
        3.3,
        3.59,
        3.68,
        4.3,
        4.64,
        5.34,
        5.42,
        6.01,
    ]
)


def test_rosners_statistics() -> None:
    # Rosner 1983; NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.5.17.3
    published = [3.118, 2.942, 3.179, 2.810, 2.815, 2.848, 2.279, 2.310, 2.101, 2.067]
    assert extreme_deviates(ROSNER, 10)[0] == pytest.approx(published, abs=1.5e-3)


def test_rosners_three_outliers() -> None:
    assert ROSNER[generalised_esd(ROSNER, 10, 0.05)].tolist() == [6.01, 5.42, 5.34]


def test_outliers_that_hide_each_other_are_found() -> None:
    values = np.concatenate((np.linspace(-1.0, 1.0, 60), np.full(20, 9.0)))
    assert sorted(generalised_esd(values, 39, 0.01).tolist()) == list(range(60, 80))


def test_equal_values_have_no_outlier() -> None:
    assert generalised_esd(np.full(50, 4.0), 24, 0.01).size == 0


@pytest.mark.parametrize(("most", "alpha"), [(49, 0.05), (-1, 0.05), (5, 0.0), (5, 1.0)])
def test_refusals(most: int, alpha: float) -> None:
    with pytest.raises(MethodError, match="NK-QCF-13"):
        generalised_esd(np.arange(50.0), most, alpha)
