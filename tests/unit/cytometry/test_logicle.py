"""The logicle and hyperlog scales against the numbers of Gating-ML 2.0 and against bisection."""

import math

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.cytometry.hyperlog import hyperlog, hyperlog_inverse
from nktrial.cytometry.logicle import logicle, logicle_inverse
from nktrial.cytometry.transforms import displayed, scale_bracket, scale_of
from nktrial.model.gates import Asinh, Hyperlog, Linear, Log, Logicle, Transform

VALUES = np.array([-10, -5, -1, 0, 0.3, 1, 3, 10, 100, 1000])
# Test values of the Gating-ML 2.0 specification for logicle(x, T=1000, W=1, M=4, A=0).
SPECIFIED = np.array([0.067574, 0.147986, 0.228752, 0.25, 0.256384, 0.271248, 0.312897, 0.432426, 0.739548, 1.0])


def test_logicle_gives_the_values_of_the_specification() -> None:
    np.testing.assert_allclose(logicle(VALUES, 1000, 1, 4, 0), SPECIFIED, atol=5e-7)


def plain_logicle(x: float, T: float, W: float, M: float, A: float) -> float:
    """Moore and Parks' definition, both roots by bisection, reflected below zero."""
    w, x2, b = W / (M + A), A / (M + A), (M + A) * math.log(10)
    low, high, d, y = 1e-12, b, 0.0, 0.0
    for _ in range(300):
        d = (low + high) / 2
        low, high = (d, high) if 2 * (math.log(d) - math.log(b)) + w * (b + d) < 0 else (low, d)
    x1, x0 = x2 + w, x2 + 2 * w
    ca = math.exp(x0 * (b + d))
    fa = math.exp(b * x1) - ca * math.exp(-d * x1)
    a = T / (math.exp(b) - fa - ca * math.exp(-d))
    left, right = x1, 3.0
    for _ in range(300):
        y = (left + right) / 2
        value = a * math.exp(b * y) - ca * a * math.exp(-d * y) - fa * a
        left, right = (y, right) if value < abs(x) else (left, y)
    return 2 * x1 - y if x < 0 else y


@pytest.mark.parametrize(
    "parameters", [(262144, 0.5, 4.5, 0), (4194304, 0.75, 5, 0), (1e4, 1, 4, 0.5), (1e5, 0.5, 4, -0.5)]
)
@pytest.mark.parametrize("x", [-3e5, -1234.5, -1.0, 0.0, 0.25, 17.0, 1e3, 99_999.0, 5e6])
def test_logicle_equals_bisection(parameters: tuple[float, float, float, float], x: float) -> None:
    assert logicle([x], *parameters)[0] == pytest.approx(plain_logicle(x, *parameters), abs=1e-12)


def test_logicle_at_its_landmarks() -> None:
    assert logicle([262144.0, 0.0], 262144, 0.5, 4.5, 0.0) == pytest.approx([1.0, 0.5 / 4.5], abs=1e-14)


def test_logicle_keeps_nan_and_infinity() -> None:
    shown = logicle([np.nan, np.inf, -np.inf], 262144, 0.5, 4.5, 0.0)
    assert np.isnan(shown[0])
    assert shown[1] == np.inf
    assert shown[2] == -np.inf


def test_logicle_beyond_its_table_still_inverts() -> None:
    far = np.array([-1e15, 1e9, 1e30])
    np.testing.assert_allclose(logicle_inverse(logicle(far, 262144, 0.5, 4.5, 0), 262144, 0.5, 4.5, 0), far, rtol=1e-9)


def test_hyperlog_landmarks_and_definition() -> None:
    T, W, M, A = 10000.0, 1.0, 4.5, 0.0
    y = hyperlog(np.array([T, 0.0, 500.0, -500.0]), T, W, M, A)
    assert y[:2] == pytest.approx([1.0, (W + A) / (M + A)], abs=1e-14)
    assert y[2] - y[1] == pytest.approx(y[1] - y[3], abs=1e-13)
    w, b = W / M, M * math.log(10)
    ca = math.exp(b * 2 * w) / w
    fa = math.exp(b * w) + ca * w
    a = T / (math.exp(b) + ca - fa)
    assert a * (math.exp(b * y[2]) + ca * y[2] - fa) == pytest.approx(500.0, rel=1e-11)
    np.testing.assert_allclose(hyperlog_inverse(y, T, W, M, A), [T, 0.0, 500.0, -500.0], atol=1e-7)


@pytest.mark.parametrize(
    ("T", "W", "M", "A"),
    [
        (0, 0.5, 4.5, 0),
        (-1, 0.5, 4.5, 0),
        (1, -0.1, 4.5, 0),
        (1, 0.5, 0, 0),
        (1, 2.3, 4.5, 0),
        (1, 0.5, 4.5, -0.6),
        (1, 0.5, 4.5, 3.6),
        (float("nan"), 0.5, 4.5, 0),
        (1, 0.5, 400, 0),
    ],
)
def test_parameters_outside_the_definition_are_refused(T: float, W: float, M: float, A: float) -> None:
    with pytest.raises(MethodError, match="NK-CYT-01"):
        logicle([1.0], T, W, M, A)
    with pytest.raises(MethodError, match="NK-CYT-02"):
        hyperlog([1.0], T, W, M, A)


def test_hyperlog_refuses_w_of_zero_which_the_logicle_takes() -> None:
    assert logicle([0.0], 1000, 0, 4, 0)[0] == 0.0
    with pytest.raises(MethodError, match="NK-CYT-02"):
        hyperlog([0.0], 1000, 0, 4, 0)


@pytest.mark.parametrize(
    ("transform", "x", "y"),
    [
        (None, 3.0, 3.0),
        (Linear(1000, 100), 450.0, 0.5),
        (Log(10000, 4), 100.0, 0.5),
        (Log(10000, 4), 10000.0, 1.0),
        (Asinh(1000, 4, 1), 1000.0, 1.0),
        (Asinh(1000, 4, 1), 0.0, 0.2),
    ],
)
def test_other_scales_at_their_landmarks(transform: Transform | None, x: float, y: float) -> None:
    assert displayed(transform, np.array([x]))[0] == pytest.approx(y, abs=1e-12)
    assert scale_of(transform, np.array([y]))[0] == pytest.approx(x, abs=1e-6)


def test_log_of_zero_and_below() -> None:
    shown = displayed(Log(10000, 4), np.array([0.0, -1.0]))
    assert shown[0] == -np.inf
    assert np.isnan(shown[1])


@pytest.mark.parametrize(
    "transform",
    [Logicle(262144, 0.5, 4.5, 0), Hyperlog(262144, 0.5, 4.5, 0), Asinh(262144, 4, 0), Linear(1024, 0), Log(1e4, 4)],
)
def test_a_bracket_holds_its_bound(transform: Transform) -> None:
    for bound in (0.2, 0.5, 0.9):
        below, above = scale_bracket(transform, bound)
        assert displayed(transform, np.array([below]))[0] < bound <= displayed(transform, np.array([above]))[0]


def test_without_transform_a_bound_is_its_own_bracket() -> None:
    assert scale_bracket(None, 0.3) == (0.3, 0.3)
