"""Factors of a sample guard their ranges."""

import math
from collections.abc import Callable

import pytest

from nktrial.core.errors import MethodError
from nktrial.endpoints import NkFraction, SampleFactors, TypedDna
from nktrial.model.uncertainty import Uncertain, certain


def refused(build: Callable[[], object]) -> str:
    with pytest.raises(MethodError) as caught:
        build()
    return caught.value.code


@pytest.mark.parametrize("share", [-0.1, 1.1, 80.0, math.nan])
def test_a_share_outside_0_to_1_is_refused(share: float) -> None:
    wrong = Uncertain(share, certain(0.5).quantiles)
    assert refused(lambda: TypedDna(wrong)) == "NK-EXP-01"
    assert refused(lambda: TypedDna(certain(0.5), any_donor=wrong)) == "NK-EXP-01"
    assert refused(lambda: NkFraction(wrong, 1, 2)) == "NK-EXP-01"


def test_a_distribution_outside_0_to_1_is_refused() -> None:
    assert refused(lambda: TypedDna(Uncertain(0.9, certain(1.2).quantiles))) == "NK-EXP-01"


@pytest.mark.parametrize(("nk", "lymphocytes"), [(5, 4), (-1, 4)])
def test_counts_that_are_no_part_of_a_whole_are_refused(nk: int, lymphocytes: int) -> None:
    assert refused(lambda: NkFraction(certain(0.5), nk, lymphocytes)) == "NK-EXP-01"


@pytest.mark.parametrize("alc", [-1.0, math.nan, math.inf])
def test_an_impossible_lymphocyte_count_is_refused(alc: float) -> None:
    wrong = Uncertain(alc, certain(1.0).quantiles)
    nk = NkFraction(certain(0.5), 1, 2)
    assert refused(lambda: SampleFactors("S1", 14, "PB", "ok", wrong, nk)) == "NK-EXP-01"
    assert refused(lambda: SampleFactors("S1", 14, "PB", "ok", certain(1.0), nk, alc_other=wrong)) == "NK-EXP-01"
