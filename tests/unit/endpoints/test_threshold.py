"""The line of success."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.endpoints.threshold import check_rule, meets, probability_beyond
from nktrial.model.plan import ExpansionRule


def test_strictly_more_than_the_threshold() -> None:
    assert not meets(100.0, 100.0, ">")
    assert meets(100.0, 100.0, ">=")
    assert meets(100.001, 100.0, ">")
    assert not meets(99.999, 100.0, ">=")


def test_the_last_bit_does_not_decide() -> None:
    below = 0.12 * 1000 * (50 / 51) * 0.85  # exactly 100 in decimals, less in binary
    assert below < 100.0
    assert meets(below, 100.0, ">=")
    assert not meets(math.nextafter(100.0, 101.0), 100.0, ">")


def test_the_probability_is_the_share_of_values_beyond() -> None:
    values = np.array([90.0, 100.0, 100.0, 110.0])
    assert probability_beyond(values, 100.0, ">") == 0.25
    assert probability_beyond(values, 100.0, ">=") == 0.75


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": (1, 2)},
        {"window": (-2, -1)},
        {"threshold_per_ul": 0.0},
        {"threshold_per_ul": math.nan},
        {"chimerism": ()},
    ],
)
def test_a_rule_that_cannot_be_applied_is_refused(wrong: dict[str, object], rule: Callable[..., ExpansionRule]) -> None:
    with pytest.raises(MethodError) as caught:
        check_rule(rule(**wrong))
    assert caught.value.code == "NK-EXP-03"
