"""NK cells of healthy children."""

import pytest

from nktrial.endpoints.normal_nk import normal_nk_per_ul


@pytest.mark.parametrize(
    ("age_days", "expected"),
    [
        (0, (170, 1100)),
        (91, (170, 1100)),
        (92, (170, 830)),
        (280, (160, 950)),
        (400, (180, 920)),
        (17 * 365, (70, 480)),
    ],
)
def test_the_band_of_an_age(age_days: int, expected: tuple[int, int]) -> None:
    assert normal_nk_per_ul(age_days) == expected


@pytest.mark.parametrize("age_days", [-1, 18 * 366, 20_000])
def test_outside_the_table_there_is_none(age_days: int) -> None:
    assert normal_nk_per_ul(age_days) is None
