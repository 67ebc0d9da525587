"""The lymphocyte count in words: the laboratory's own value; else leukocytes times percent by a hundred."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.blood import LymphocyteCount, absolute_lymphocytes
from nktrial.model.clinic import Count, Row
from nktrial.model.origin import Extent

ROW = Row("counts.csv", 2, Extent("row 2", 0, 1))
hundredths = st.integers(1, 5000)  # 0.01 .. 50.00 x 10^9/L, as an analyser prints


def rows(alc: int | None, wbc: int | None, percent: int | None) -> list[Count]:
    given_rows = []
    if alc is not None:
        given_rows.append(Count("S1", "ALC", alc / 100, "10^9/L", "", ROW))
    if wbc is not None:
        given_rows.append(Count("S1", "WBC", wbc / 100, "10^9/L", "", ROW))
    if percent is not None:
        given_rows.append(Count("S1", "LYMPH_PCT", percent / 10, "%", "", ROW))
    return given_rows


@settings(max_examples=60, deadline=None)
@given(st.none() | hundredths, st.none() | hundredths, st.none() | st.integers(0, 1000))
def test_value_in_words(alc: int | None, wbc: int | None, percent: int | None) -> None:
    found = absolute_lymphocytes(rows(alc, wbc, percent))
    if alc is not None:
        expected = Fraction(alc, 100) * 1000
    elif wbc is not None and percent is not None:
        expected = Fraction(wbc, 100) * 1000 * Fraction(percent, 10) / 100
    else:
        assert not isinstance(found, LymphocyteCount)
        return
    assert isinstance(found, LymphocyteCount)
    assert found.alc.value == pytest.approx(float(expected), rel=1e-12)
    low, high = found.alc.interval()
    assert low <= found.alc.value <= high or percent in {0, 1000}


@settings(max_examples=30, deadline=None)
@given(hundredths, hundredths, st.integers(1, 999), st.permutations([0, 1, 2]))
def test_the_order_of_rows_does_not_matter(alc: int, wbc: int, percent: int, order: list[int]) -> None:
    listed = rows(alc, wbc, percent)
    assert absolute_lymphocytes([listed[k] for k in order]) == absolute_lymphocytes(listed)


@settings(max_examples=30, deadline=None)
@given(hundredths)
def test_units_only_scale(alc: int) -> None:
    giga = absolute_lymphocytes([Count("S1", "ALC", alc / 100, "10^9/L", "", ROW)])
    each = absolute_lymphocytes([Count("S1", "ALC", alc * 10.0, "/uL", "", ROW)])
    assert isinstance(giga, LymphocyteCount)
    assert isinstance(each, LymphocyteCount)
    assert giga.alc.quantiles == pytest.approx(each.alc.quantiles, rel=1e-12)
