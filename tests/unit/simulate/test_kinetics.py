"""Expansion and contraction (Stein 2019) and recovery, against the formulas worked by hand."""

import math

import pytest

from nktrial.simulate.kinetics import Expansion, Recovery


def test_cells_double_with_the_doubling_time_until_the_peak() -> None:
    curve = Expansion(peak_per_ul=400.0, peak_day=10.0, growth_per_day=math.log(2.0))
    assert curve.per_ul(10.0) == pytest.approx(400.0)
    assert curve.per_ul(9.0) == pytest.approx(200.0)
    assert curve.per_ul(7.0) == pytest.approx(50.0)


def test_after_the_peak_two_exponentials_add_up() -> None:
    curve = Expansion(100.0, 10.0, fast_loss_per_day=math.log(2.0), slow_loss_per_day=0.0, persistent=0.2)
    # Two days after the peak: 80 cells halved twice, and 20 that stay.
    assert curve.per_ul(12.0) == pytest.approx(20.0 + 20.0)


def test_nothing_is_there_before_the_infusion() -> None:
    assert Expansion(100.0).per_ul(-1.0) == 0.0


def test_half_has_recovered_on_the_half_day() -> None:
    assert Recovery(600.0, half_day=35.0).per_ul(35.0) == pytest.approx(300.0)


def test_recovery_rises_to_its_plateau() -> None:
    curve = Recovery(600.0, half_day=35.0)
    assert curve.per_ul(20.0) < curve.per_ul(40.0) < curve.per_ul(400.0) == pytest.approx(600.0)
