"""Residual disease: limits, statuses, published rules."""

import pytest
from scipy.stats import binomtest

from nktrial.core.errors import MethodError
from nktrial.cytometry.exact_limits import proportion_limits, ratio_limits
from nktrial.cytometry.mrd import RULES, measurable_residual_disease
from nktrial.model.rare import MrdMeasured, MrdNotEvaluable


def measured(cells: int, denominator: int, rule: str = "20/50 events", compartment: int | None = None) -> MrdMeasured:
    result = measurable_residual_disease(cells, denominator, rule, compartment=compartment)
    assert isinstance(result, MrdMeasured)
    return result


@pytest.mark.parametrize(("x", "n"), [(0, 2), (0, 5_000_000), (1, 10), (50, 5_000_000), (10, 10), (34_174, 77_546)])
def test_limits_equal_scipy(x: int, n: int) -> None:
    expected = binomtest(x, n).proportion_ci(0.95, method="exact")
    assert proportion_limits(x, n) == pytest.approx(
        (expected.low, expected.high), rel=1e-6
    )  # scipy's root is of about 1e-8


def test_limits_of_nothing_of_two() -> None:
    # 1 - 0.025^(1/2) = 84.2 %, Clopper and Pearson 1934
    assert proportion_limits(0, 2) == pytest.approx((0.0, 0.8418861), abs=1e-7)


def test_ratio_limits_are_those_of_the_conditional_binomial() -> None:
    p = binomtest(30, 130).proportion_ci(0.95, method="exact")
    assert ratio_limits(30, 100) == pytest.approx((p.low / (1 - p.low), p.high / (1 - p.high)), rel=1e-9)
    assert ratio_limits(3, 0)[1] == float("inf")


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        (0, "not_detected"),
        (19, "not_detected"),
        (20, "detected_below_loq"),
        (49, "detected_below_loq"),
        (50, "quantifiable"),
        (5000, "quantifiable"),
    ],
)
def test_the_status_follows_the_events(cells: int, status: str) -> None:
    result = measured(cells, 1_000_000)
    assert result.status == status
    assert (result.fraction, result.lod, result.loq) == (cells / 1e6, 2e-5, 5e-5)
    assert result.call is None


def test_euroflow_at_five_million_events() -> None:
    # Theunissen 2017: 20 of 5 million = 4e-6, 50 of 5 million = 1e-5
    result = measured(0, 5_000_000, "euroflow")
    assert (result.lod, result.loq) == (4e-6, 1e-5)
    assert result.status == "not_detected"
    assert result.findings == ()


def test_euroflow_below_four_million_events_cannot_be_negative() -> None:
    result = measurable_residual_disease(3, 3_999_999, "euroflow")
    assert isinstance(result, MrdNotEvaluable)
    assert "3,999,999" in result.reason
    assert result.upper == pytest.approx(binomtest(3, 3_999_999).proportion_ci(0.95, method="exact").high)
    positive = measured(500, 100_000, "euroflow")
    assert positive.status == "quantifiable"
    assert [finding.code for finding in positive.findings] == ["NK-MRD-03"]


@pytest.mark.parametrize(
    ("cells", "cd45", "compartment", "call"),
    [
        (600, 600_000, 150, "positive"),  # 0.1 % of CD45+
        (599, 600_000, 150, "negative"),
        (100, 600_000, 99, "not_evaluable"),
        (100, 600_000, None, "not_evaluable"),
        (100, 499_999, 150, "not_evaluable"),
        (60, 50_000, None, "positive"),  # a positive result needs no number of cells
        (100, 500_000, 100, "negative"),
    ],
)
def test_eln_2021(cells: int, cd45: int, compartment: int | None, call: str) -> None:
    result = measured(cells, cd45, "eln2021", compartment=compartment)
    assert result.call == call
    assert bool(result.call_reason) == (call == "not_evaluable")


def test_eln_2021_not_detected_needs_its_numbers() -> None:
    assert measured(5, 600_000, "eln2021", compartment=150).call == "negative"
    small = measurable_residual_disease(5, 2_000, "eln2021", compartment=150)
    assert isinstance(small, MrdNotEvaluable)
    many = measured(60, 600_000, "eln2021", compartment=150)
    assert many.status == "quantifiable"


def test_a_fraction_above_the_threshold_without_enough_events_is_no_call() -> None:
    # cannot happen with 500,000 cells; the rule without that number shows it
    assert measured(10, 5_000).fraction == 0.002
    assert RULES["eln2021"].positive_from == 0.001


def test_no_events_at_all() -> None:
    result = measurable_residual_disease(0, 0, "20/50 events")
    assert isinstance(result, MrdNotEvaluable)
    assert result.upper is None
    assert result.reason == "there are no nucleated cells"


@pytest.mark.parametrize(("cells", "all_cells", "compartment"), [(5, 4, None), (-1, 4, None), (1, 4, -1)])
def test_counts_that_contradict_each_other(cells: int, all_cells: int, compartment: int | None) -> None:
    with pytest.raises(MethodError, match="NK-MRD-01"):
        measurable_residual_disease(cells, all_cells, compartment=compartment)
    with pytest.raises(MethodError, match="NK-MRD-01"):
        proportion_limits(5, 4)


def test_an_unknown_rule() -> None:
    with pytest.raises(MethodError, match="NK-MRD-02"):
        measurable_residual_disease(1, 4, "eln2018")
