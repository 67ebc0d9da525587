"""A reported share: scipy's truncated normal distribution, and refusals."""

import numpy as np
import pytest
from scipy.stats import truncnorm

from nktrial.chimerism.reported import reported_share
from nktrial.core.errors import MethodError
from nktrial.model.uncertainty import PROBABILITIES


@pytest.mark.parametrize(("share", "sd"), [(0.7, 0.05), (0.99, 0.02), (0.0, 0.01), (1.0, 0.03)])
def test_quantiles_are_scipys(share: float, sd: float) -> None:
    oracle = truncnorm((0 - share) / sd, (1 - share) / sd, loc=share, scale=sd)
    found = reported_share(share, sd)
    assert found.value == share
    np.testing.assert_allclose(found.quantiles, oracle.ppf(PROBABILITIES), rtol=0, atol=1e-10)


@pytest.mark.parametrize(("share", "sd"), [(1.1, 0.1), (-0.1, 0.1), (0.5, 0.0), (0.5, float("nan")), (60.0, 5.0)])
def test_what_is_no_share_is_refused(share: float, sd: float) -> None:
    with pytest.raises(MethodError, match="NK-MIX-30"):
        reported_share(share, sd)
