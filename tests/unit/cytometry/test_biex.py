"""FlowJo's biexponential scale against FlowKit's, and what holds for any of its parameters."""

import numpy as np
import pytest
from flowkit._models.transforms._wsp_transforms import generate_biex_lut

from nktrial.core.errors import MethodError
from nktrial.cytometry.biex import biex, biex_inverse, biex_table
from nktrial.model.gates import Biex

DEFAULT = Biex(262144.0, -100.0, 4.418539922, 0.0)
SCALES = (DEFAULT, Biex(262144.000029, -10.0, 4.41854, 0.0), Biex(82897.2, -50.1187233627, 3.918539922, 1.0))


@pytest.mark.parametrize("scale", SCALES)
def test_table_equals_flowkits(scale: Biex) -> None:
    theirs, _ = generate_biex_lut(4096, scale.positive, scale.negative, scale.width, scale.T)
    np.testing.assert_allclose(biex_table(scale), theirs, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("scale", SCALES)
def test_zero_is_a_step_and_the_scale_is_odd_about_it(scale: Biex) -> None:
    zero = float(biex(scale, np.zeros(1))[0])
    assert zero * 4096 == round(zero * 4096)
    small = np.array([1.0, 10.0, 50.0])
    np.testing.assert_allclose(biex(scale, small) - zero, zero - biex(scale, -small), atol=1e-12)


@pytest.mark.parametrize("scale", SCALES)
def test_inverse_and_ends(scale: Biex) -> None:
    display = np.linspace(0.0, 1.0, 1001)
    np.testing.assert_allclose(biex(scale, biex_inverse(scale, display)), display, atol=1e-12)
    assert biex(scale, np.array([-1e9, 1e9])).tolist() == [0.0, 1.0]


def test_a_rounded_width_gives_the_table_of_the_width_that_was_meant() -> None:
    stated, meant = (biex_table(Biex(82897.211494718, width, 3.8, 0.0)) for width in (-79.4328234724, -(10**1.9)))
    np.testing.assert_allclose(stated, meant, rtol=1e-9, atol=1e-9)


def test_width_without_logarithm_is_refused() -> None:
    with pytest.raises(MethodError, match=r"NK-CYT-40.*width is 0"):
        biex_table(Biex(262144.0, 0.0, 4.4, 0.0))
