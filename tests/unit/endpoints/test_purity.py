"""Donor share corrected for the purity of a sort."""

import pytest

from nktrial.core.errors import MethodError
from nktrial.endpoints import purity_corrected


def test_a_pure_sort_needs_no_correction() -> None:
    assert purity_corrected(0.42, 1.0, 0.9) == 0.42


def test_the_mixture_is_undone() -> None:
    # 90 % NK cells with a donor share of 0.70 and 10 % others with 0.20 show 0.65.
    assert purity_corrected(0.65, 0.9, 0.2) == pytest.approx(0.70)


@pytest.mark.parametrize(("observed", "purity", "contaminant"), [(0.05, 0.5, 0.9), (0.95, 0.5, 0.1), (0.5, 0.0, 0.5)])
def test_numbers_that_contradict_each_other_are_refused(observed: float, purity: float, contaminant: float) -> None:
    with pytest.raises(MethodError) as caught:
        purity_corrected(observed, purity, contaminant)
    assert caught.value.code == "NK-EXP-02"


@pytest.mark.parametrize(("observed", "purity", "contaminant"), [(65, 0.9, 0.2), (0.65, 90, 0.2), (0.65, 0.9, 20)])
def test_percent_is_refused(observed: float, purity: float, contaminant: float) -> None:
    with pytest.raises(MethodError) as caught:
        purity_corrected(observed, purity, contaminant)
    assert caught.value.code == "NK-COR-05"
