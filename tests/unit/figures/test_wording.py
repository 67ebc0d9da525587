"""How numbers are written."""

import math

import pytest

from nktrial.core.errors import MethodError
from nktrial.figures import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [(156.94, "157"), (1100.0, "1\u202f100"), (24.76, "25"), (9.96, "10"), (4.23, "4.2"), (0.494, "0.49"),
     (0.0371, "0.037"), (0.0, "0"), (12345.6, "12\u202f346")],
)  # fmt: skip
def test_a_concentration_has_the_digits_it_deserves(value: float, text: str) -> None:
    assert wording.per_ul_text(value) == text


@pytest.mark.parametrize(("value", "text"), [(100.4, "100.4"), (99.96, "99.96"), (100.0, "100"), (101.0, "101")])
def test_a_concentration_is_never_written_as_the_threshold_unless_it_is(value: float, text: str) -> None:
    assert wording.per_ul_text(value, line=100.0) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.14267, "14.3"), (1.0, "100"), (0.0, "0"), (0.9997, ">\u202f99.9"), (0.0042, "0.42"), (0.00004, "0.0040")],
)
def test_a_fraction_is_a_percentage_and_full_only_where_it_is(fraction: float, text: str) -> None:
    assert wording.percent_text(fraction) == f"{text}\u202f%"


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.9993, ">\u202f0.99"),
        (0.00004, "<\u202f0.01"),
        (0.5, "0.50"),
        (0.95, "0.95"),
        (0.953, "0.953"),
        (0.048, "0.048"),
    ],
)
def test_a_probability_is_not_rounded_onto_a_bound_of_the_borderline_zone(probability: float, text: str) -> None:
    assert wording.probability_text(probability) == text


def test_changes_and_days_have_a_true_minus_sign() -> None:
    assert wording.signed_per_ul_text(-12.0) == "−12"
    assert wording.signed_per_ul_text(131.2) == "+131"
    assert wording.signed_per_ul_text(0.0) == "0"
    assert wording.day_text(-1) == "−1"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_nk_fig_01_a_number_that_is_not_finite_is_refused(value: float) -> None:
    for write in (wording.per_ul_text, wording.percent_text, wording.probability_text):
        with pytest.raises(MethodError, match="NK-FIG-01"):
            write(value)
