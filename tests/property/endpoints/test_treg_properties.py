"""Activated Treg and IL-2: the order of rows and the unit of the count do not matter; plain twin of the ratio."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.cytometry.absolute import dual_platform_count
from nktrial.cytometry.activated_treg import activated_treg
from nktrial.endpoints.il2 import derive_il2
from nktrial.endpoints.treg import TregSample, derive_treg
from nktrial.model.clinic import Medication, Row
from nktrial.model.origin import Extent
from nktrial.model.plan import Il2Rule, TregRule

RULE = TregRule("treg", "L", "L/CD4", "L/CD4/A", (-7, 0), (7, 28), "closest_then_earlier", 14)


def sample(day: int, events: int, alc: float, name: str) -> TregSample:
    counted = activated_treg(dual_platform_count(events, 20_000, alc, lymphocyte_gate="L"), 6_000)
    return TregSample(name, day, "PB", "ok", events, 6_000, counted.count.per_ul, counted.share_of_cd4)


TUBES = st.lists(st.tuples(st.integers(-9, 30), st.integers(0, 900), st.floats(50.0, 3_000.0)), min_size=0, max_size=6)


@settings(max_examples=25, deadline=None)
@given(TUBES, st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(tubes: list[tuple[int, int, float]], random: object) -> None:
    samples = [sample(*tube, f"s{index}") for index, tube in enumerate(tubes)]
    mixed = list(samples)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert derive_treg("S", mixed, RULE) == derive_treg("S", samples, RULE)


@settings(max_examples=25, deadline=None)
@given(st.integers(50, 900), st.integers(50, 900), st.floats(100.0, 2_000.0), st.sampled_from([1e-3, 1e3, 7.0]))
def test_the_unit_of_the_count_leaves_the_ratio_alone(before: int, after: int, alc: float, unit: float) -> None:
    found = [
        derive_treg("S", [sample(-1, before, alc * scale, "a"), sample(14, after, 500.0 * scale, "b")], RULE).per_ul
        for scale in (1.0, unit)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].value == pytest.approx(found[1].value, rel=1e-12)
    assert (found[0].low, found[0].high) == pytest.approx((found[1].low, found[1].high), rel=1e-9)


@settings(max_examples=10, deadline=None)
@given(st.integers(60, 900), st.integers(60, 900))
def test_the_plain_twin_draws_every_pair(before: int, after: int) -> None:
    one, two = sample(-1, before, 400.0, "a"), sample(14, after, 800.0, "b")
    change = derive_treg("S", [one, two], RULE)
    assert change.per_ul is not None
    quotients = np.divide.outer(np.array(two.per_ul.quantiles), np.array(one.per_ul.quantiles)).ravel()  # type: ignore[union-attr]
    low, high = np.quantile(quotients, [0.025, 0.975])
    assert (change.per_ul.low, change.per_ul.high) == pytest.approx((low, high), rel=0.01)
    if low > 1.02:
        assert change.rose is True
    if high < 0.98:
        assert change.rose is False


DRUGS = st.lists(
    st.tuples(
        st.sampled_from(["aldesleukin", "IL-15", "IL-2v", "basiliximab", "IL-2"]),
        st.one_of(st.none(), st.integers(-20, 40)),
        st.sampled_from(["SC", "inhaled", ""]),
        st.sampled_from(["yes", "no", ""]),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(DRUGS, st.randoms(use_true_random=False))
def test_the_order_of_drugs_does_not_matter_and_a_further_row_takes_nothing_back(
    drugs: list[tuple[str, int | None, str, str]], random: object
) -> None:
    rows = [
        Medication("S", name, day, day, route, systemic, Row("medications.csv", line, Extent("line", 0, 1)))
        for line, (name, day, route, systemic) in enumerate(drugs, start=2)
    ]
    rule = Il2Rule((-7, 28))
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    answer = derive_il2(mixed, rule)
    assert answer == derive_il2(rows, rule)
    if rows:
        order = ["none_given", "not_evaluable", "given"]
        assert order.index(derive_il2(rows[:-1], rule).status) <= order.index(answer.status)
        shifted = [replace(row, day_start=None, day_stop=None) for row in rows]
        assert derive_il2(shifted, rule).status in {"none_given", "not_evaluable"}
