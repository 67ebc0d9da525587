"""Absolute lymphocyte count of a sample."""

import math

import numpy as np
import pytest

from nktrial.blood import LymphocyteCount, NotEvaluable, absolute_lymphocytes
from nktrial.core.errors import MethodError
from nktrial.model.clinic import Count, Row
from nktrial.model.origin import Extent


def count(test: str, value: float, unit: str, qualifier: str = "", *, sample: str = "S1", line: int = 2) -> Count:
    return Count(sample, test, value, unit, qualifier, Row("counts.csv", line, Extent(f"row {line}", 0, 1)))


def had(*rows: Count, alc_cv: float = 0.05, cells_counted: int = 1000) -> LymphocyteCount:
    found = absolute_lymphocytes(rows, alc_cv=alc_cv, cells_counted=cells_counted)
    assert isinstance(found, LymphocyteCount)
    return found


def refused(*rows: Count) -> NotEvaluable:
    found = absolute_lymphocytes(rows)
    assert isinstance(found, NotEvaluable)
    return found


def test_alc_as_the_laboratory_gives_it() -> None:
    row = count("ALC", 1.10, "10^9/L")
    found = had(row)
    assert found.alc.value == pytest.approx(1100, abs=1e-6)
    assert (found.basis, found.used, found.other, found.findings) == ("ALC", (row,), None, ())


def test_alc_from_leukocytes_and_percent() -> None:
    wbc, percent = count("WBC", 2.5, "10^9/L"), count("LYMPH_PCT", 36, "%", line=3)
    found = had(percent, wbc)
    assert found.alc.value == pytest.approx(900, abs=1e-6)
    assert (found.basis, found.used) == ("WBC x LYMPH_PCT", (wbc, percent))


@pytest.mark.parametrize(
    ("value", "unit"),
    [(0.5, "10^9/L"), (0.5, "10^3/µL"), (500, "/uL"), (500, "cells/μL"), (500, "10^6/L"), (0.5, "K/uL")],
)
def test_the_same_count_in_other_units(value: float, unit: str) -> None:
    assert had(count("ALC", value, unit)).alc.value == pytest.approx(500, abs=1e-9)


def test_both_ways_given_and_in_agreement() -> None:
    found = had(count("ALC", 1.0, "10^9/L"), count("WBC", 2.0, "10^9/L"), count("LYMPH_PCT", 45, "%"))
    assert found.alc.value == pytest.approx(1000)
    assert found.other is not None
    assert found.other.value == pytest.approx(900)
    assert (found.other_basis, found.findings) == ("WBC x LYMPH_PCT", ())


def test_both_ways_given_and_in_disagreement() -> None:
    found = had(count("ALC", 1.0, "10^9/L"), count("WBC", 2.0, "10^9/L"), count("LYMPH_PCT", 30, "%"))
    assert found.alc.value == pytest.approx(1000)
    assert [finding.code for finding in found.findings] == ["NK-BLD-07"]


@pytest.mark.parametrize(("other", "codes"), [(0.801, []), (0.799, ["NK-BLD-07"]), (1.249, []), (1.251, ["NK-BLD-07"])])
def test_the_two_ways_may_differ_by_a_fifth_of_the_larger(other: float, codes: list[str]) -> None:
    found = had(count("ALC", 1.0, "10^9/L"), count("WBC", 2 * other, "10^9/L"), count("LYMPH_PCT", 50, "%"))
    assert [finding.code for finding in found.findings] == codes


def test_the_analysers_error_is_log_normal_about_the_value() -> None:
    found = had(count("ALC", 1.0, "10^9/L"), alc_cv=0.10)
    sigma = math.sqrt(math.log(1.01))
    low, high = found.alc.interval()
    assert low == pytest.approx(1000 * math.exp(-1.959964 * sigma), rel=2e-4)
    assert high == pytest.approx(1000 * math.exp(1.959964 * sigma), rel=2e-4)


def test_a_differential_of_100_cells_has_the_error_of_a_proportion() -> None:
    # Binomial: sd of 0.36 over 100 cells is sqrt(0.36 * 0.64 / 100) = 0.048, 13 % of the share.
    wide = had(count("WBC", 2.5, "10^9/L"), count("LYMPH_PCT", 36, "%"), alc_cv=0.0, cells_counted=100)
    assert np.std(wide.alc.quantiles) == pytest.approx(2500 * 0.048, rel=0.02)


def test_errors_of_both_counts_add() -> None:
    found = had(count("WBC", 2.5, "10^9/L"), count("LYMPH_PCT", 36, "%"), alc_cv=0.05, cells_counted=1000)
    expected = 900 * math.sqrt(0.05**2 + (0.64 / 0.36) / 1000)
    assert np.std(found.alc.quantiles) == pytest.approx(expected, rel=0.02)


def test_no_lymphocytes_at_all_is_a_count() -> None:
    found = had(count("ALC", 0.0, "10^9/L"))
    assert found.alc.value == 0.0
    assert found.alc.interval() == (0.0, 0.0)


@pytest.mark.parametrize(
    "rows", [[], [count("WBC", 2.5, "10^9/L")], [count("LYMPH_PCT", 36, "%")], [count("ANC", 1.0, "10^9/L")]]
)
def test_no_count(rows: list[Count]) -> None:
    assert refused(*rows).code == "NK-BLD-01"


@pytest.mark.parametrize(
    "rows",
    [
        [count("ALC", 1.1, "")],
        [count("ALC", 1.1, "g/L")],
        [count("ALC", 30, "%")],
        [count("WBC", 2.5, "10^9/L"), count("LYMPH_PCT", 0.36, "fraction")],
        [count("WBC", 2.5, "10^9/L"), count("LYMPH_PCT", 36, "")],
        [count("ALC", 1.1, ""), count("WBC", 2.5, "10^9/L"), count("LYMPH_PCT", 36, "%")],
    ],
)
def test_a_unit_is_never_guessed(rows: list[Count]) -> None:
    assert refused(*rows).code == "NK-BLD-02"


def test_two_rows_that_differ() -> None:
    found = refused(count("ALC", 1.1, "10^9/L"), count("ALC", 1.2, "10^9/L", line=3))
    assert found.code == "NK-BLD-03"
    assert "1.1 10^9/L" in found.reason
    assert "1.2 10^9/L" in found.reason


def test_two_rows_that_say_the_same_in_other_units() -> None:
    assert had(count("ALC", 1.1, "10^9/L"), count("ALC", 1100, "/uL", line=3)).alc.value == pytest.approx(1100)


def test_a_limit_and_a_value_are_not_the_same() -> None:
    assert refused(count("ALC", 0.1, "10^9/L"), count("ALC", 0.1, "10^9/L", "<")).code == "NK-BLD-03"


def test_below_the_analysers_limit() -> None:
    found = refused(count("ALC", 0.05, "10^9/L", "<"))
    assert found.code == "NK-BLD-04"
    assert found.upper_per_ul == pytest.approx(50)


def test_leukocytes_below_the_limit_bound_the_lymphocytes() -> None:
    found = refused(count("WBC", 0.1, "10^9/L", "<"), count("LYMPH_PCT", 60, "%"))
    assert found.code == "NK-BLD-04"
    assert found.upper_per_ul == pytest.approx(60)


def test_limits_in_both_directions_bound_nothing() -> None:
    found = refused(count("WBC", 0.1, "10^9/L", "<"), count("LYMPH_PCT", 60, "%", ">"))
    assert (found.code, found.upper_per_ul) == ("NK-BLD-04", None)


def test_above_the_analysers_limit() -> None:
    found = refused(count("ALC", 400, "10^9/L", ">"))
    assert (found.code, found.upper_per_ul) == ("NK-BLD-05", None)


@pytest.mark.parametrize(
    "rows",
    [
        [count("ALC", -0.1, "10^9/L")],
        [count("ALC", math.nan, "10^9/L")],
        [count("ALC", math.inf, "10^9/L")],
        [count("WBC", 2.5, "10^9/L"), count("LYMPH_PCT", 136, "%")],
    ],
)
def test_a_value_that_cannot_be(rows: list[Count]) -> None:
    assert refused(*rows).code == "NK-BLD-06"


@pytest.mark.parametrize(("value", "unit"), [(1.1, "/uL"), (1100, "10^9/L")])
def test_a_count_that_looks_like_another_unit(value: float, unit: str) -> None:
    assert [finding.code for finding in had(count("ALC", value, unit)).findings] == ["NK-BLD-08"]


def test_an_unknown_qualifier_is_refused() -> None:
    with pytest.raises(MethodError) as caught:
        absolute_lymphocytes([count("ALC", 1.1, "10^9/L", "~")])
    assert caught.value.code == "NK-BLD-09"
    assert caught.value.where == "counts.csv, row 2 (qualifier)"


def test_rows_of_two_samples_are_refused() -> None:
    with pytest.raises(MethodError) as caught:
        absolute_lymphocytes([count("ALC", 1.1, "10^9/L"), count("ALC", 1.1, "10^9/L", sample="S2")])
    assert caught.value.code == "NK-BLD-10"


@pytest.mark.parametrize("wrong", [{"alc_cv": 5.0}, {"alc_cv": -0.1}, {"alc_cv": math.nan}, {"cells_counted": 0}])
def test_a_parameter_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(MethodError) as caught:
        absolute_lymphocytes([count("ALC", 1.1, "10^9/L")], **wrong)  # type: ignore[arg-type]
    assert caught.value.code == "NK-COR-05"
