"""Marrow class against its plain twin."""

from hypothesis import given
from hypothesis import strategies as st

from nktrial.criteria.all_marrow_class import marrow_class


@given(st.integers(0, 1000))
def test_marrow_class_by_counting_cells(blasts_of_1000: int) -> None:
    if blasts_of_1000 < 50:
        expected = "M1"
    elif blasts_of_1000 > 250:
        expected = "M3"
    else:
        expected = "M2"
    assert marrow_class(blasts_of_1000 / 10) == expected
