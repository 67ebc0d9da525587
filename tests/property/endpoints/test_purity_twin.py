"""Mixing two cell populations and taking them apart again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nktrial.endpoints import purity_corrected


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.05, 1.0))
def test_what_was_mixed_is_found_again(wanted: float, others: float, purity: float) -> None:
    observed = purity * wanted + (1.0 - purity) * others
    assert purity_corrected(min(observed, 1.0), purity, others) == pytest.approx(wanted, abs=1e-9)
